//! `POST /login/code`, `POST /login/code/request`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::login::logged_in;
use super::mail_sent::mail_sent;
use crate::domain::RequestContext;
use crate::http::error::HttpError;
use crate::http::extract::Fields;
use crate::login::{LoginByCode, LoginOutcome};
use crate::sessions::TokenSession;

/// Sends a login code, if the address is that of an account.
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

/// Logs in by a code.
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
