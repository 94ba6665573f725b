//! `POST /login`

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;

use super::client;
use super::error::HttpError;
use super::fields::Fields;
use super::json::Json;
use crate::accounts::Accounts;
use crate::sessions::{Sessions, Tokens};

/// A session has been opened: the tutorial's `token`, and what continues the session.
#[derive(Serialize)]
pub(super) struct LoggedIn {
    token: String,
    token_type: &'static str,
    expires_in: i64,
    refresh_token: String,
}

impl From<Tokens> for LoggedIn {
    fn from(tokens: Tokens) -> Self {
        let Tokens { access, refresh, expires_in } = tokens;
        Self { token: access, token_type: "Bearer", expires_in, refresh_token: refresh }
    }
}

/// An e-mail address and a password become a session.
pub(super) async fn login(
    State(accounts): State<Arc<Accounts>>,
    State(sessions): State<Arc<Sessions>>,
    client::From(client): client::From,
    mut fields: Fields,
) -> Result<Json<LoggedIn>, HttpError> {
    let email = fields.text("email")?;
    let password = fields.password("password")?;
    let account = accounts.authenticate(&email, password).await?;
    let account = account.ok_or(HttpError::WrongCredentials)?;
    Ok(Json(sessions.open(&account, client).await?.into()))
}
