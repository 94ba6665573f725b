//! `POST /forgot-password`, `POST /reset-password`, `POST /accept-invitation`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::login::logged_in;
use super::mail_sent::mail_sent;
use crate::domain::RequestContext;
use crate::http::error::HttpError;
use crate::http::extract::Fields;
use crate::verification::ResetPassword;

/// Sends the link to set a new password, if the address is that of an account.
pub(in crate::http) async fn forgot_password(
    State(reset_password): State<Arc<ResetPassword>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    let email = fields.text("email")?;
    reset_password.request(&email, &context).await?;
    Ok(mail_sent())
}

/// Sets a new password by the token of a link, and logs in.
pub(in crate::http) async fn reset_password(
    State(reset_password): State<Arc<ResetPassword>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    let token = fields.text("token")?;
    let password = fields.password("password")?;
    Ok(logged_in(reset_password.reset(&token, password, &context).await?))
}

/// Sets the first password of an invited user by the token of a link, and logs in.
pub(in crate::http) async fn accept_invitation(
    State(reset_password): State<Arc<ResetPassword>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    let token = fields.text("token")?;
    let password = fields.password("password")?;
    Ok(logged_in(reset_password.accept_invitation(&token, password, &context).await?))
}
