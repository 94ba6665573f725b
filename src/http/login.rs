//! `POST /login`

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;

use super::error::HttpError;
use super::fields::Fields;
use super::json::Json;
use crate::accounts::Accounts;
use crate::sessions::Sessions;

/// A session has been opened.
#[derive(Serialize)]
pub(super) struct LoggedIn {
    pub(super) token: String,
}

/// An e-mail address and a password become a token.
pub(super) async fn login(
    State(accounts): State<Arc<Accounts>>,
    State(sessions): State<Arc<Sessions>>,
    mut fields: Fields,
) -> Result<Json<LoggedIn>, HttpError> {
    let email = fields.text("email")?;
    let password = fields.password("password")?;
    let account = accounts.authenticate(&email, password).await?;
    let account = account.ok_or(HttpError::WrongCredentials)?;
    Ok(Json(LoggedIn { token: sessions.open(&account)? }))
}
