//! `POST /change-email`, `POST /change-email/confirm`, `POST /change-email/undo`

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;

use super::mail_sent::mail_sent;
use super::verify_email::EmailStatus;
use crate::domain::RequestContext;
use crate::http::error::HttpError;
use crate::http::extract::Fields;
use crate::http::json::Json;
use crate::sessions::Caller;
use crate::verification::ChangeEmail;

/// Sends the link that confirms a new address of the caller.
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
pub(in crate::http) async fn confirm_email_change(
    State(change_email): State<Arc<ChangeEmail>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Json<EmailStatus>, HttpError> {
    let token = fields.text("token")?;
    Ok(Json(change_email.confirm(&token, &context).await?.into()))
}

/// Restores the address before a change by the token of a link.
pub(in crate::http) async fn undo_email_change(
    State(change_email): State<Arc<ChangeEmail>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Json<EmailStatus>, HttpError> {
    let token = fields.text("token")?;
    Ok(Json(change_email.undo(&token, &context).await?.into()))
}
