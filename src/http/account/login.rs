//! `POST /login`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use crate::domain::RequestContext;
use crate::http::device_cookie::with_cookie;
use crate::http::error::HttpError;
use crate::http::extract::Fields;
use crate::http::json::Json;
use crate::login::{Credentials, Login, LoginOutcome};
use crate::sessions::Tokens;

/// The tokens of a new session; `token` is the access token, as the compatibility contract names it.
#[derive(Serialize)]
pub(in crate::http) struct LoggedIn {
    token: String,
    token_type: &'static str,
    expires_in: i64,
    refresh_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_token: Option<String>,
}

impl From<Tokens> for LoggedIn {
    fn from(tokens: Tokens) -> Self {
        let Tokens { access, refresh, expires_in, device } = tokens;
        Self {
            token: access,
            token_type: "Bearer",
            expires_in,
            refresh_token: refresh,
            device_token: device,
        }
    }
}

/// Logs in.
pub(in crate::http) async fn login(
    State(login): State<Arc<Login>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    let email = fields.text_or_empty("email")?;
    let password = fields.password_or_empty("password")?;
    match login.attempt(&Credentials { email, password }, &context).await? {
        LoginOutcome::LoggedIn(tokens) => Ok(logged_in(tokens)),
        LoginOutcome::Unverified => Err(HttpError::EmailUnverified),
        LoginOutcome::Rejected => Err(HttpError::WrongCredentials),
        LoginOutcome::Throttled(retry_after) => Err(HttpError::Throttled(retry_after)),
    }
}

/// The tokens of a new session, with the cookie of a known device.
pub(super) fn logged_in(tokens: Tokens) -> Response {
    let device = tokens.device.clone();
    with_cookie(device.as_deref(), Json(LoggedIn::from(tokens)))
}
