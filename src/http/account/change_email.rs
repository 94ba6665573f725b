//! `POST /change-email`, `POST /change-email/confirm`, `POST /change-email/undo`

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;

#[cfg(test)]
use super::mail_sent::MailSent;
use super::mail_sent::mail_sent;
#[cfg(test)]
use super::requests::TokenRequest;
use super::verify_email::EmailStatus;
use crate::domain::RequestContext;
#[cfg(test)]
use crate::http::docs::responses::{InvalidLink, MailOff, TooManyRequests};
use crate::http::error::HttpError;
#[cfg(test)]
use crate::http::error::Message as Error;
use crate::http::extract::Fields;
use crate::http::json::Json;
use crate::sessions::Caller;
use crate::verification::ChangeEmail;

/// The fields of a change of the e-mail address.
#[cfg(test)]
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "for the OpenAPI document")]
struct ChangeEmailRequest {
    /// New e-mail address.
    #[schema(format = "email", max_length = 254, example = "ada@example.com")]
    email: String,
    /// Current password.
    #[schema(format = Password, min_length = 1, max_length = 1024, example = "password")]
    password: String,
}

/// Sends the link that confirms a new address of the caller.
#[cfg_attr(test, utoipa::path(
    post, path = "/change-email", tag = "Account",
    security(("bearer" = []), ("bare_token" = [])),
    request_body = ChangeEmailRequest,
    responses(
        (status = 202, description = "A mail is on its way, if the address is eligible", body = MailSent),
        MailOff, TooManyRequests,
        (status = 400, description = "Wrong password, an address that is not accepted, or an invalid token", body = Error),
    )
))]
pub(in crate::http) async fn change_email(
    State(change_email): State<Arc<ChangeEmail>>,
    Extension(caller): Extension<Caller>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    let password = fields.password("password")?;
    let email = fields.text("email")?;
    change_email.request(&caller, password, &email, &context).await?;
    Ok(mail_sent())
}

/// Changes an address by the token of a link.
#[cfg_attr(test, utoipa::path(
    post, path = "/change-email/confirm", tag = "Account",
    request_body = TokenRequest,
    responses(
        (status = 200, description = "The new address", body = EmailStatus),
        (status = 409, description = "The address was taken meanwhile", body = Error),
        TooManyRequests, InvalidLink,
    )
))]
pub(in crate::http) async fn confirm_email_change(
    State(change_email): State<Arc<ChangeEmail>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Json<EmailStatus>, HttpError> {
    let token = fields.text("token")?;
    Ok(Json(change_email.confirm(&token, &context).await?.into()))
}

/// Restores the address before a change by the token of a link.
#[cfg_attr(test, utoipa::path(
    post, path = "/change-email/undo", tag = "Account",
    request_body = TokenRequest,
    responses(
        (status = 200, description = "The former address; all sessions have ended", body = EmailStatus),
        (status = 409, description = "The address was taken meanwhile", body = Error),
        TooManyRequests, InvalidLink,
    )
))]
pub(in crate::http) async fn undo_email_change(
    State(change_email): State<Arc<ChangeEmail>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Json<EmailStatus>, HttpError> {
    let token = fields.text("token")?;
    Ok(Json(change_email.undo(&token, &context).await?.into()))
}
