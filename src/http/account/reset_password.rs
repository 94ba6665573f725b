//! `POST /forgot-password`, `POST /reset-password`, `POST /accept-invitation`

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
use crate::http::docs::responses::{InvalidLink, MailOff, TooManyRequests};
use crate::http::error::HttpError;
use crate::http::extract::Fields;
use crate::sessions::TokenSession;
use crate::verification::ResetPassword;

/// Sends the link to set a new password, if the address is that of an account.
#[cfg_attr(test, utoipa::path(
    post, path = "/forgot-password", tag = "Account",
    request_body = EmailRequest,
    responses(
        (status = 202, description = "A mail is on its way, if the address is eligible", body = MailSent),
        MailOff, TooManyRequests,
    )
))]
pub(in crate::http) async fn forgot_password(
    State(reset_password): State<Arc<ResetPassword>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    let email = fields.text("email")?;
    reset_password.request(&email, &context).await?;
    Ok(mail_sent())
}

/// The fields of a new password by a link.
#[cfg(test)]
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "for the OpenAPI document")]
struct NewPasswordRequest {
    /// Token of the link.
    #[schema(min_length = 1, example = "c2FtcGxl")]
    token: String,
    /// New password, of at most 1024 bytes; `--min-password-length` and other rules apply.
    #[schema(format = Password, min_length = 1, max_length = 1024, example = "correct horse battery")]
    password: String,
}

/// Sets a new password by the token of a link, and logs in.
#[cfg_attr(test, utoipa::path(
    post, path = "/reset-password", tag = "Account",
    request_body = NewPasswordRequest,
    responses(
        (status = 200, description = "The tokens of a new session; all earlier ones have ended", body = LoggedIn),
        TooManyRequests, InvalidLink,
    )
))]
pub(in crate::http) async fn reset_password(
    State(reset_password): State<Arc<ResetPassword>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    let token = fields.text("token")?;
    let password = fields.password("password")?;
    Ok(logged_in(reset_password.reset(&token, password, TokenSession, &context).await?))
}

/// Sets the first password of an invited user by the token of a link, and logs in.
#[cfg_attr(test, utoipa::path(
    post, path = "/accept-invitation", tag = "Account",
    request_body = NewPasswordRequest,
    responses(
        (status = 200, description = "The tokens of the first session", body = LoggedIn),
        TooManyRequests, InvalidLink,
    )
))]
pub(in crate::http) async fn accept_invitation(
    State(reset_password): State<Arc<ResetPassword>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    let token = fields.text("token")?;
    let password = fields.password("password")?;
    Ok(logged_in(reset_password.accept_invitation(&token, password, TokenSession, &context).await?))
}
