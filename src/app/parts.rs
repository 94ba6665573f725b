//! Parts of a service that depend on options: mails, and the throttle.

use std::sync::Arc;

use super::error::AppError;
use super::open_store::OpenStore;
use crate::clock::Clock;
use crate::config::Config;
use crate::credentials::FailureSharing;
use crate::domain::PublicUrl;
use crate::mail::{Composer, Inbox, MailTransport, SmtpServer};
use crate::outbox::{Delivery, MailCarrier};
use crate::store::Store;
use crate::throttle::Throttle;

/// What composes and delivers mails.
pub(super) struct Mails {
    pub(super) composer: Composer,
    pub(super) delivery: Option<Arc<Delivery>>,
    pub(super) inbox: Option<Inbox>,
}

pub(super) fn mails(
    config: &Config,
    store: &Arc<dyn Store>,
    clock: &Arc<dyn Clock>,
) -> Result<Mails, AppError> {
    let off = Mails { composer: Composer::off(), delivery: None, inbox: None };
    let Some(options) = &config.mail else { return Ok(off) };
    let (keys, from) = (&config.tokens.keys, options.from.clone());
    let public_url = config.public_url.clone();
    let Some(public_url) = public_url.or_else(|| PublicUrl::of_demo(config.listen.port())) else {
        return Ok(off);
    };
    let composer = Composer::new(options.clone(), public_url, keys.clone())?;
    let (carrier, inbox) = match &options.transport {
        MailTransport::Inbox => {
            let inbox = Inbox::default();
            (MailCarrier::Inbox(inbox.clone()), Some(inbox))
        }
        MailTransport::Smtp(smtp) => (MailCarrier::Smtp(SmtpServer::new(smtp, from)?), None),
    };
    let delivery = Delivery::new(Arc::clone(store), carrier, keys.clone(), Arc::clone(clock));
    Ok(Mails { composer, delivery: Some(Arc::new(delivery)), inbox })
}

/// The throttle; where its failures are shared by a database, with their sharing.
pub(super) fn throttle(
    config: &Config,
    open: &OpenStore,
    clock: &Arc<dyn Clock>,
) -> (Throttle, Option<Arc<FailureSharing>>) {
    match open {
        OpenStore::Sql(sql) if config.throttle.enabled => {
            let throttle = Throttle::stored(config.throttle);
            let (failures, clock) = (Arc::new(sql.clone()), Arc::clone(clock));
            let sharing = FailureSharing::new(throttle.clone(), failures, clock);
            (throttle, Some(Arc::new(sharing)))
        }
        _ => (Throttle::new(config.throttle), None),
    }
}
