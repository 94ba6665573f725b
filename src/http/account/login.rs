//! `POST /login`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use crate::domain::RequestContext;
use crate::http::device_cookie::with_cookie;
#[cfg(test)]
use crate::http::docs::responses::TooManyRequests;
use crate::http::error::HttpError;
#[cfg(test)]
use crate::http::error::Message as Error;
use crate::http::extract::Fields;
use crate::http::json::Json;
use crate::login::{Credentials, Login, LoginOutcome};
use crate::sessions::{TokenSession, Tokens};

/// The tokens of a new session; `token` is the access token, as the compatibility contract names it.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(in crate::http) struct LoggedIn {
    /// Access token, a JWT.
    #[cfg_attr(test, schema(example = "eyJ0eXAiOiJKV1Qi…"))]
    token: String,
    /// `Bearer`.
    #[cfg_attr(test, schema(example = "Bearer"))]
    token_type: &'static str,
    /// Lifetime of the access token, in seconds.
    #[cfg_attr(test, schema(minimum = 1, example = 20))]
    expires_in: i64,
    /// Refresh token, for `POST /token`.
    refresh_token: String,
    /// Device token, for the header `X-Device-Token` of later logins; the cookie
    /// `__Host-countersign_device` has it, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(nullable = false))]
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

/// The fields of a login.
#[cfg(test)]
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "for the OpenAPI document")]
struct LoginRequest {
    /// E-mail address.
    #[schema(format = "email", max_length = 254, example = "user@email.com")]
    email: String,
    /// Password, of at most 1024 bytes.
    #[schema(format = Password, max_length = 1024, example = "password")]
    password: String,
}

/// Logs in.
#[cfg_attr(test, utoipa::path(
    post, path = "/login", tag = "Login",
    request_body = LoginRequest,
    responses(
        (status = 200, description = "The tokens of a new session", body = LoggedIn),
        (status = 400, description = "Unknown address or wrong password, or an invalid request", body = Error,
            examples(
                ("wrong" = (summary = "Wrong credentials", value = json!({"message": "Wrong credentials"}))),
                ("missing" = (summary = "Missing field", value = json!({"message": "password is missing"}))),
            )),
        (status = 403, description = "The e-mail address has to be verified first", body = Error),
        TooManyRequests,
    )
))]
pub(in crate::http) async fn login(
    State(login): State<Arc<Login>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    let email = fields.text_or_empty("email")?;
    let password = fields.password_or_empty("password")?;
    match login.attempt(&Credentials { email, password }, TokenSession, &context).await? {
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
