//! `POST /ui/token`: the access tokens of a browser session.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use countersign_auth::response::auth_required;
use serde::Serialize;

use super::signed_in::MaybeSignedIn;
use crate::http::error::HttpError;
use crate::http::json::Json;
use crate::sessions::{AccessToken, RefreshError, Sessions};
use crate::telemetry;

#[derive(Serialize)]
struct Issued {
    token: String,
    token_type: &'static str,
    expires_in: i64,
}

/// Issues an access token of the browser session. Responds with a 401 to a request without one.
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
        Err(RefreshError::Rejected) => Ok(auth_required()),
        Err(RefreshError::Throttled(wait)) => Err(HttpError::TooManyRequests(wait)),
        Err(RefreshError::Signing(error)) => Err(error.into()),
        Err(RefreshError::Store(error)) => Err(error.into()),
    }
}
