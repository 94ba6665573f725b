//! Delivery of the mails that are due.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tracing::{error, info, warn};

use super::back_off::next_attempt;
use crate::clock::Clock;
use crate::keys::SharedKeySet;
use crate::mail::{DeliveryError, Inbox, InboxMail, SmtpServer};
use crate::metrics::{MailMetrics, MailOutcome};
use crate::store::{DueMail, MailAttempt, Store, StoreError};

/// The interval between looks for due mails.
const INTERVAL: Duration = Duration::from_secs(1);

/// The timeout of an attempt.
const ATTEMPT: Duration = Duration::from_mins(1);

/// How long other instances leave a mail alone that is being sent: longer than [`ATTEMPT`].
const LEASE: Duration = Duration::from_mins(2);

/// The maximum number of mails that are taken at once, and that are sent concurrently.
const TAKEN: u32 = 16;
const CONCURRENT: usize = 4;

/// How long mails are kept that are not queued any more.
const KEPT: Duration = Duration::from_hours(7 * 24);

/// The number of looks for due mails after which old mails are deleted: an hour.
const DELETE_EVERY: u32 = 3600;

/// What carries mails to their recipients.
#[derive(Debug)]
pub enum MailCarrier {
    /// Memory.
    Inbox(Inbox),
    /// An SMTP server.
    Smtp(SmtpServer),
}

/// Sends stored mails. Several instances share the work.
pub struct Delivery {
    store: Arc<dyn Store>,
    carrier: MailCarrier,
    keys: SharedKeySet,
    clock: Arc<dyn Clock>,
    metrics: MailMetrics,
}

impl Delivery {
    /// Sends the mails of `store`, whose contents were sealed with `keys`.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        carrier: MailCarrier,
        keys: SharedKeySet,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, carrier, keys, clock, metrics: MailMetrics::default() }
    }

    /// The metrics of this delivery.
    #[must_use]
    pub fn metrics(&self) -> &MailMetrics {
        &self.metrics
    }

    /// Sends mails as they become due; it never ends.
    pub async fn run(&self) {
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut has_failed = false;
        for count in (0..DELETE_EVERY).cycle() {
            ticks.tick().await;
            let mut result = self.deliver_due().await;
            if result.is_ok() && count == DELETE_EVERY - 1 {
                let before = self.clock.now().saturating_sub(KEPT);
                result = self.store.delete_old_mails(before).await;
            }
            match result {
                Err(error) if !has_failed => {
                    warn!(%error, "mails are not sent while the database is unavailable");
                    has_failed = true;
                }
                Ok(()) if has_failed => {
                    info!("mails are sent again");
                    has_failed = false;
                }
                Ok(()) | Err(_) => {}
            }
        }
    }

    /// Sends what is due.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; mails whose attempt could not be stored are sent again.
    pub async fn deliver_due(&self) -> Result<(), StoreError> {
        loop {
            let now = self.clock.now();
            let mails = self.store.take_due_mails(now, now.saturating_add(LEASE), TAKEN).await?;
            if mails.is_empty() {
                return Ok(());
            }
            let attempts = stream::iter(mails).map(|mail| self.attempt(mail));
            let results: Vec<_> = attempts.buffer_unordered(CONCURRENT).collect().await;
            results.into_iter().collect::<Result<(), StoreError>>()?;
        }
    }

    async fn attempt(&self, mail: DueMail) -> Result<(), StoreError> {
        let result = match timeout(ATTEMPT, self.send(&mail)).await {
            Ok(result) => result,
            Err(_) => Err(DeliveryError {
                reason: "the server did not accept it within a minute".to_owned(),
                is_permanent: false,
            }),
        };
        let (record, now) = (mail.record, self.clock.now());
        let (id, kind, attempt) = (record.id, record.kind, record.attempts);
        let outcome = match result {
            Ok(()) => {
                info!(mail = id, %kind, attempt, "mail sent");
                MailAttempt::Sent
            }
            Err(DeliveryError { reason, is_permanent }) => {
                let next = next_attempt(attempt, now, record.expires_at);
                if let Some(at) = next.filter(|_| !is_permanent) {
                    warn!(mail = id, %kind, attempt, error = reason, next = %at, "mail not sent");
                    MailAttempt::Retry(at, reason)
                } else {
                    error!(mail = id, %kind, attempt, error = reason, "mail given up");
                    MailAttempt::GivenUp(reason)
                }
            }
        };
        self.metrics.attempts.count(match &outcome {
            MailAttempt::Sent => MailOutcome::Sent,
            MailAttempt::Retry(..) => MailOutcome::Retried,
            MailAttempt::GivenUp(_) => MailOutcome::GivenUp,
        });
        self.store.finish_mail(id, outcome, now).await
    }

    async fn send(&self, DueMail { record, content }: &DueMail) -> Result<(), DeliveryError> {
        let permanent =
            |reason: &str| DeliveryError { reason: reason.to_owned(), is_permanent: true };
        let now = self.clock.now();
        if record.expires_at <= now {
            return Err(permanent("it expired before it could be sent"));
        }
        let content = content
            .open(record.kind, &record.recipient, &self.keys.current())
            .ok_or_else(|| permanent("it was sealed with a signing key that was removed"))?;
        match &self.carrier {
            MailCarrier::Inbox(inbox) => {
                let (id, kind, recipient) = (record.id, record.kind, record.recipient.clone());
                inbox.deliver(InboxMail { id, kind, recipient, content, delivered_at: now });
                Ok(())
            }
            MailCarrier::Smtp(server) => {
                server.send(record.id, record.created_at, &record.recipient, &content).await
            }
        }
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").field("carrier", &self.carrier).finish_non_exhaustive()
    }
}
