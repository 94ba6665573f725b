//! `POST /logout`

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::StatusCode;

use crate::auth::{Authenticate, Rejection};
use crate::http::error::HttpError;
use crate::http::extract::Fields;
use crate::sessions::{Caller, Scope, Sessions, Worthless};

/// Ends the caller's session; with `scope`, the `others` or all of them (`global`).
pub(in crate::http) async fn logout(
    State(sessions): State<Arc<Sessions>>,
    Extension(caller): Extension<LogoutCaller>,
    mut fields: Fields,
) -> Result<StatusCode, HttpError> {
    let scope = match fields.optional_text("scope")?.as_deref() {
        None | Some("local") => Scope::Local,
        Some("others") => Scope::Others,
        Some("global") => Scope::Global,
        Some(_) => {
            return Err(HttpError::BadRequest("scope must be local, others or global".into()));
        }
    };
    let caller = match (caller, scope) {
        (LogoutCaller::Active(caller), _) => caller,
        (LogoutCaller::Ended, Scope::Local) => return Ok(StatusCode::NO_CONTENT),
        // A token whose session has ended authorises nothing.
        (LogoutCaller::Ended, Scope::Others | Scope::Global) => {
            return Err(HttpError::InvalidToken);
        }
    };
    sessions.log_out(&caller, scope).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds the [`Caller`] of an active token to the extensions, for the access log and the request context.
pub(in crate::http) fn insert_caller(mut request: Request) -> Request {
    if let Some(LogoutCaller::Active(caller)) = request.extensions().get().cloned() {
        request.extensions_mut().insert(caller);
    }
    request
}

/// The identity behind a token of a logout.
#[derive(Clone, Debug)]
pub(in crate::http) enum LogoutCaller {
    Active(Caller),
    /// The session has ended already: a repeated logout succeeds.
    Ended,
}

/// Accepts a verified token that has not expired, also if its session has ended.
#[derive(Clone)]
pub(in crate::http) struct LogoutAuthenticator(pub(in crate::http) Arc<Sessions>);

impl Authenticate for LogoutAuthenticator {
    type Identity = LogoutCaller;

    async fn authenticate(&self, token: &str) -> Result<LogoutCaller, Rejection> {
        match self.0.authenticate(token).await {
            Ok(caller) => Ok(LogoutCaller::Active(caller)),
            Err(Rejection::Invalid)
                if matches!(self.0.check(token).await, Err(Worthless::SessionOver)) =>
            {
                Ok(LogoutCaller::Ended)
            }
            Err(rejection) => Err(rejection),
        }
    }
}
