//! `POST /logout`

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use countersign_auth::{Authenticate, Rejection};
use futures_util::future::BoxFuture;

use crate::domain::RequestContext;
#[cfg(test)]
use crate::http::docs::responses::one_of_texts;
use crate::http::error::HttpError;
use crate::http::extract::Fields;
use crate::sessions::{Caller, InactiveToken, LogoutScope, Sessions, authenticated};

/// The fields of a logout. The body may be empty.
#[cfg(test)]
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "for the OpenAPI document")]
struct LogoutRequest {
    /// Which sessions end: this one (the default), the others, or all of them.
    #[schema(schema_with = scopes)]
    scope: Option<String>,
}

#[cfg(test)]
fn scopes() -> utoipa::openapi::schema::Object {
    one_of_texts(&["local", "others", "global"])
}

/// Ends the caller's session.
///
/// With `scope`, it ends the `others` or all of them (`global`).
#[cfg_attr(test, utoipa::path(
    post, path = "/logout", tag = "Sessions",
    security(("bearer" = []), ("bare_token" = [])),
    request_body(content = Option<LogoutRequest>),
    responses((status = 204, description = "The sessions have ended, also if this one had ended before"))
))]
pub(in crate::http) async fn logout(
    State(sessions): State<Arc<Sessions>>,
    Extension(caller): Extension<LogoutCaller>,
    context: RequestContext,
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
    type Future = BoxFuture<'static, Result<LogoutCaller, Rejection>>;

    fn authenticate(&self, token: &str) -> Self::Future {
        let (sessions, token) = (Arc::clone(&self.0), token.to_owned());
        Box::pin(async move {
            match sessions.check(&token).await {
                Err(InactiveToken::SessionEnded) => Ok(LogoutCaller::Ended),
                checked => authenticated(checked).map(LogoutCaller::Active),
            }
        })
    }
}
