//! `POST /login`

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;

use crate::accounts::Accounts;
use crate::domain::RequestContext;
use crate::http::error::HttpError;
use crate::http::extract::Fields;
use crate::http::json::Json;
use crate::sessions::{Sessions, SessionsError, Tokens};

/// The tokens of a new session; `token` is the access token, as the compatibility contract names it.
#[derive(Serialize)]
pub(in crate::http) struct LoggedIn {
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

/// How often a login is tried whose account changes between the look at the password and the session:
/// another login may have replaced the hash by a newer one of the same password.
const ATTEMPTS: usize = 3;

/// An e-mail address and a password become a session.
pub(in crate::http) async fn login(
    State(accounts): State<Arc<Accounts>>,
    State(sessions): State<Arc<Sessions>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Json<LoggedIn>, HttpError> {
    let email = fields.text("email")?;
    let password = fields.password("password")?;
    for _ in 0..ATTEMPTS {
        let account = accounts.authenticate(&email, password.clone()).await?;
        let account = account.ok_or(HttpError::WrongCredentials)?;
        match sessions.open(&account, context.client.clone().into()).await {
            Err(SessionsError::UserGone) => {}
            opened => return Ok(Json(opened?.into())),
        }
    }
    Err(HttpError::WrongCredentials)
}
