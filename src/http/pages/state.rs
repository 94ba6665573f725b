//! What the handlers of the pages take from their router.

use std::sync::Arc;

use axum::extract::FromRef;

use super::site::{CurrentSite, Site};
use crate::accounts::{DeleteAccount, ExportAccount, Registrar};
use crate::app::App;
use crate::config::HttpOptions;
use crate::credentials::ChangePassword;
use crate::login::Login;
use crate::mail::Inbox;
use crate::sessions::Sessions;
use crate::verification::{ChangeEmail, ResetPassword, VerifyEmail};

/// The state of the router. A cheap handle.
#[derive(Clone)]
pub(in crate::http) struct PageState {
    pub(super) app: Arc<App>,
    pub(super) site: CurrentSite,
}

impl FromRef<PageState> for Arc<Site> {
    fn from_ref(state: &PageState) -> Self {
        state.site.get()
    }
}

impl FromRef<PageState> for Arc<Sessions> {
    fn from_ref(state: &PageState) -> Self {
        Arc::clone(&state.app.sessions)
    }
}

impl FromRef<PageState> for Arc<Login> {
    fn from_ref(state: &PageState) -> Self {
        Arc::clone(&state.app.login)
    }
}

impl FromRef<PageState> for Arc<Registrar> {
    fn from_ref(state: &PageState) -> Self {
        Arc::clone(&state.app.registrar)
    }
}

impl FromRef<PageState> for Arc<ChangePassword> {
    fn from_ref(state: &PageState) -> Self {
        Arc::clone(&state.app.change_password)
    }
}

impl FromRef<PageState> for Arc<DeleteAccount> {
    fn from_ref(state: &PageState) -> Self {
        Arc::clone(&state.app.delete_account)
    }
}

impl FromRef<PageState> for Arc<ExportAccount> {
    fn from_ref(state: &PageState) -> Self {
        Arc::clone(&state.app.export_account)
    }
}

impl FromRef<PageState> for Arc<HttpOptions> {
    fn from_ref(state: &PageState) -> Self {
        Arc::clone(&state.app.http)
    }
}

impl FromRef<PageState> for Arc<VerifyEmail> {
    fn from_ref(state: &PageState) -> Self {
        Arc::clone(&state.app.verify_email)
    }
}

impl FromRef<PageState> for Arc<ResetPassword> {
    fn from_ref(state: &PageState) -> Self {
        Arc::clone(&state.app.reset_password)
    }
}

impl FromRef<PageState> for Arc<ChangeEmail> {
    fn from_ref(state: &PageState) -> Self {
        Arc::clone(&state.app.change_email)
    }
}

impl FromRef<PageState> for Option<Inbox> {
    fn from_ref(state: &PageState) -> Self {
        state.app.inbox.clone()
    }
}
