//! `POST /verify-email`, `POST /verify-email/request`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

#[cfg(test)]
use super::mail_sent::MailSent;
use super::mail_sent::mail_sent;
#[cfg(test)]
use super::requests::EmailRequest;
#[cfg(test)]
use super::requests::TokenRequest;
use crate::domain::{RequestContext, User};
#[cfg(test)]
use crate::http::docs::responses::{InvalidLink, MailOff, TooManyRequests};
use crate::http::error::HttpError;
use crate::http::extract::Fields;
use crate::http::json::Json;
use crate::verification::VerifyEmail;

/// The e-mail address of a user.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(in crate::http) struct EmailStatus {
    #[cfg_attr(test, schema(format = "email", example = "user@email.com"))]
    email: String,
    email_verified: bool,
}

impl From<User> for EmailStatus {
    fn from(user: User) -> Self {
        Self { email: user.email.to_string(), email_verified: user.email_verified }
    }
}

/// Sends the link that verifies an address, if it is the unverified one of an account.
#[cfg_attr(test, utoipa::path(
    post, path = "/verify-email/request", tag = "Account",
    request_body = EmailRequest,
    responses(
        (status = 202, description = "A mail is on its way, if the address is eligible", body = MailSent),
        MailOff, TooManyRequests,
    )
))]
pub(in crate::http) async fn request_verification(
    State(verify_email): State<Arc<VerifyEmail>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    let email = fields.text("email")?;
    verify_email.request(&email, &context).await?;
    Ok(mail_sent())
}

/// Verifies an address by the token of a link.
#[cfg_attr(test, utoipa::path(
    post, path = "/verify-email", tag = "Account",
    request_body = TokenRequest,
    responses(
        (status = 200, description = "The verified address", body = EmailStatus),
        TooManyRequests, InvalidLink,
    )
))]
pub(in crate::http) async fn verify_email(
    State(verify_email): State<Arc<VerifyEmail>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Json<EmailStatus>, HttpError> {
    let token = fields.text("token")?;
    Ok(Json(verify_email.verify(&token, &context).await?.into()))
}
