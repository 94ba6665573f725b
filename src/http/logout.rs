//! `POST /logout`

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;

use super::client;
use super::error::HttpError;
use super::fields::Fields;
use crate::auth::{Authenticate, Rejection};
use crate::sessions::{Caller, InactiveToken, LogoutScope, Sessions};

/// The caller's session ends; or with `scope`, the `others`, or all of them (`global`).
pub(super) async fn logout(
    State(sessions): State<Arc<Sessions>>,
    Extension(caller): Extension<LogoutCaller>,
    client::From(context): client::From,
    mut fields: Fields,
) -> Result<StatusCode, HttpError> {
    let scope = match fields.optional_text("scope")?.as_deref() {
        None | Some("local") => LogoutScope::Local,
        Some("others") => LogoutScope::Others,
        Some("global") => LogoutScope::Global,
        Some(_) => {
            return Err(HttpError::BadRequest("scope must be local, others or global".into()));
        }
    };
    let caller = match (caller, scope) {
        (LogoutCaller::Active(caller), _) => caller,
        (LogoutCaller::Ended, LogoutScope::Local) => return Ok(StatusCode::NO_CONTENT),
        // A token whose session has ended authorises nothing.
        (LogoutCaller::Ended, LogoutScope::Others | LogoutScope::Global) => {
            return Err(HttpError::InvalidToken);
        }
    };
    sessions.log_out(&caller, scope, &context).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whose token a logout is asked with.
#[derive(Clone, Debug)]
pub(super) enum LogoutCaller {
    Active(Caller),
    /// Its session has ended already, so that a repeated request finds done what it asks for.
    Ended,
}

/// Accepts a verified token that has not expired, also if its session has ended.
#[derive(Clone)]
pub(super) struct LogoutAuthenticator(pub(super) Arc<Sessions>);

impl Authenticate for LogoutAuthenticator {
    type Identity = LogoutCaller;

    async fn authenticate(&self, token: &str) -> Result<LogoutCaller, Rejection> {
        match self.0.authenticate(token).await {
            Ok(caller) => Ok(LogoutCaller::Active(caller)),
            Err(Rejection::Invalid)
                if matches!(self.0.check(token).await, Err(InactiveToken::SessionEnded)) =>
            {
                Ok(LogoutCaller::Ended)
            }
            Err(rejection) => Err(rejection),
        }
    }
}
