//! `POST /verify-email`, `POST /verify-email/request`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use super::mail_sent::mail_sent;
use crate::domain::{RequestContext, User};
use crate::http::error::HttpError;
use crate::http::extract::Fields;
use crate::http::json::Json;
use crate::verification::VerifyEmail;

/// The e-mail address of a user.
#[derive(Serialize)]
pub(in crate::http) struct EmailStatus {
    email: String,
    email_verified: bool,
}

impl From<User> for EmailStatus {
    fn from(user: User) -> Self {
        Self { email: user.email.to_string(), email_verified: user.email_verified }
    }
}

/// Sends the link that verifies an address, if it is the unverified one of an account.
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
pub(in crate::http) async fn verify_email(
    State(verify_email): State<Arc<VerifyEmail>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Json<EmailStatus>, HttpError> {
    let token = fields.text("token")?;
    Ok(Json(verify_email.verify(&token, &context).await?.into()))
}
