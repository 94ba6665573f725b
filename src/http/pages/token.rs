//! `POST /ui/token`: the access tokens of a browser session.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use countersign_auth::response::auth_required;
use serde::Serialize;

use super::signed_in::MaybeSignedIn;
#[cfg(test)]
use crate::http::docs::responses::{AuthRequired, TooManyRequests};
use crate::http::error::HttpError;
#[cfg(test)]
use crate::http::error::Message as Error;
use crate::http::json::Json;
use crate::sessions::{AccessToken, RefreshError, Sessions};
use crate::telemetry;

/// An access token of a browser session.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema), schema(as = IssuedToken))]
struct Issued {
    /// Access token, a JWT.
    token: String,
    /// `Bearer`.
    #[cfg_attr(test, schema(example = "Bearer"))]
    token_type: &'static str,
    /// Lifetime of the access token, in seconds.
    #[cfg_attr(test, schema(minimum = 1, example = 900))]
    expires_in: i64,
}

/// Issues an access token of the browser session.
///
/// The response to a request without one is a 401.
#[cfg_attr(test, utoipa::path(
    post, path = "/ui/token", tag = "Login", operation_id = "token_of_browser_session",
    security(("session_cookie" = [])),
    responses(
        (status = 200, description = "An access token", body = Issued),
        (status = 403, description = "A page of another origin has made the request", body = Error),
        (status = 404, description = "There are no pages", body = Error),
        AuthRequired, TooManyRequests,
    )
))]
pub(super) async fn issue(
    MaybeSignedIn(browser): MaybeSignedIn,
    State(sessions): State<Arc<Sessions>>,
) -> Result<Response, HttpError> {
    let Some(browser) = browser else { return Ok(auth_required()) };
    telemetry::record_user(browser.caller.user.id);
    match sessions.access_token(&browser).await {
        Ok(AccessToken { token, expires_in }) => {
            Ok(Json(Issued { token, token_type: "Bearer", expires_in }).into_response())
        }
        Err(RefreshError::Rejected | RefreshError::Reused) => Ok(auth_required()),
        Err(RefreshError::Throttled(wait)) => Err(HttpError::TooManyRequests(wait)),
        Err(RefreshError::Signing(error)) => Err(error.into()),
        Err(RefreshError::Store(error)) => Err(error.into()),
    }
}
