//! The state of the router, and the parts of it that handlers take.

use std::sync::Arc;

use axum::extract::FromRef;

use super::ops::ReadinessCheck;
use super::pages::{CurrentSite, Site};
use crate::accounts::{Accounts, DeleteAccount, Registrar};
use crate::app::App;
use crate::audit::AuditTrail;
use crate::config::HttpOptions;
use crate::credentials::{Attempts, ChangePassword};
use crate::keys::SharedKeySet;
use crate::login::{Login, LoginByCode};
use crate::oauth_clients::OAuthClients;
use crate::outbox::Outbox;
use crate::sessions::Sessions;
use crate::verification::{ChangeEmail, Invite, ResetPassword, VerifyEmail};

/// The state of the router, which axum clones several times per request.
#[derive(Clone)]
pub(super) struct Shared(Arc<State>);

pub(super) struct State {
    pub(super) app: Arc<App>,
    pub(super) readiness: Arc<ReadinessCheck>,
    pub(super) site: CurrentSite,
}

impl From<State> for Shared {
    fn from(state: State) -> Self {
        Self(Arc::new(state))
    }
}

/// Lets handlers take a part of the state: its type, and its place in [`State`].
macro_rules! parts {
    ($($part:ty: $($place:ident).+,)+) => {
        $(
            impl FromRef<Shared> for $part {
                fn from_ref(Shared(state): &Shared) -> Self {
                    state.$($place).+.clone()
                }
            }
        )+
    };
}

/// Those at the time of the request.
impl FromRef<Shared> for Arc<OAuthClients> {
    fn from_ref(Shared(state): &Shared) -> Self {
        state.app.clients.load_full()
    }
}

/// That at the time of the request.
impl FromRef<Shared> for Arc<Site> {
    fn from_ref(Shared(state): &Shared) -> Self {
        state.site.get()
    }
}

parts! {
    Arc<App>: app,
    Arc<Accounts>: app.accounts,
    Arc<AuditTrail>: app.audit,
    Arc<Invite>: app.invite,
    Outbox: app.outbox,
    Arc<DeleteAccount>: app.delete_account,
    Arc<Login>: app.login,
    Option<Arc<LoginByCode>>: app.login_by_code,
    Arc<Registrar>: app.registrar,
    Arc<ChangePassword>: app.change_password,
    Arc<VerifyEmail>: app.verify_email,
    Arc<ResetPassword>: app.reset_password,
    Arc<ChangeEmail>: app.change_email,
    Attempts: app.attempts,
    Arc<Sessions>: app.sessions,
    SharedKeySet: app.keys,
    Arc<HttpOptions>: app.http,
    Arc<ReadinessCheck>: readiness,
}
