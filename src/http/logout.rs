//! `POST /logout`

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;

use countersign_auth::{Authenticate, Rejection};
use futures_util::future::BoxFuture;

use super::error::HttpError;
use super::fields::Fields;
use crate::sessions::{Caller, Scope, Sessions, Worthless, authenticated};

/// The caller's session ends; or with `scope`, the `others`, or all of them (`global`).
pub(super) async fn logout(
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
    type Future = BoxFuture<'static, Result<LogoutCaller, Rejection>>;

    fn authenticate(&self, token: &str) -> Self::Future {
        let (sessions, token) = (Arc::clone(&self.0), token.to_owned());
        Box::pin(async move {
            let checked = sessions.check(&token).await;
            if matches!(checked, Err(Worthless::SessionOver)) {
                return Ok(LogoutCaller::Ended);
            }
            authenticated(checked).map(LogoutCaller::Active)
        })
    }
}
