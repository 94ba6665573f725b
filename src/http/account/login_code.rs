//! `POST /login/code`, `POST /login/code/request`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

#[cfg(test)]
use super::login::LoggedIn;
use super::login::logged_in;
#[cfg(test)]
use super::mail_sent::MailSent;
use super::mail_sent::mail_sent;
#[cfg(test)]
use super::requests::EmailRequest;
use crate::domain::RequestContext;
#[cfg(test)]
use crate::http::docs::responses::{MailOff, TooManyRequests};
use crate::http::error::HttpError;
#[cfg(test)]
use crate::http::error::Message as Error;
use crate::http::extract::Fields;
use crate::login::{LoginByCode, LoginOutcome};
use crate::sessions::TokenSession;

/// Sends a login code, if the address is that of an account.
#[cfg_attr(test, utoipa::path(
    post, path = "/login/code/request", tag = "Login",
    request_body = EmailRequest,
    responses(
        (status = 202, description = "A mail is on its way, if the address is eligible", body = MailSent),
        (status = 404, description = "There are no login codes", body = Error),
        MailOff, TooManyRequests,
    )
))]
pub(in crate::http) async fn request_login_code(
    State(login): State<Option<Arc<LoginByCode>>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    let login = login.ok_or(HttpError::NotFound)?;
    let email = fields.text("email")?;
    login.request(&email, &context).await?;
    Ok(mail_sent())
}

/// The fields of a login by a code.
#[cfg(test)]
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "for the OpenAPI document")]
struct LoginCodeRequest {
    /// E-mail address.
    #[schema(format = "email", max_length = 254, example = "user@email.com")]
    email: String,
    /// Code of the mail.
    #[schema(min_length = 1, example = "ABCD-EFGH")]
    code: String,
}

/// Logs in by a code.
#[cfg_attr(test, utoipa::path(
    post, path = "/login/code", tag = "Login",
    request_body = LoginCodeRequest,
    responses(
        (status = 200, description = "The tokens of a new session", body = LoggedIn),
        (status = 400, description = "Unknown address or wrong code, or an invalid request", body = Error),
        (status = 403, description = "The e-mail address has to be verified first", body = Error),
        (status = 404, description = "There are no login codes", body = Error),
        TooManyRequests,
    )
))]
pub(in crate::http) async fn login_by_code(
    State(login): State<Option<Arc<LoginByCode>>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    let login = login.ok_or(HttpError::NotFound)?;
    let email = fields.text("email")?;
    let code = fields.text("code")?;
    match login.attempt(&email, &code, TokenSession, &context).await? {
        LoginOutcome::LoggedIn(tokens) => Ok(logged_in(tokens)),
        LoginOutcome::Rejected => Err(HttpError::WrongCredentials),
        LoginOutcome::Unverified => Err(HttpError::EmailUnverified),
        LoginOutcome::Throttled(retry_after) => Err(HttpError::Throttled(retry_after)),
    }
}
