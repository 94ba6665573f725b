//! `POST /login`

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;

use super::error::HttpError;
use super::fields::Fields;
use super::json::Json;
use crate::accounts::Accounts;
use crate::password::Password;
use crate::sessions::Sessions;

#[derive(Serialize)]
pub(super) struct LoggedIn {
    token: String,
}

/// An e-mail address and a password become a token.
pub(super) async fn login(
    State(accounts): State<Arc<Accounts>>,
    State(sessions): State<Arc<Sessions>>,
    mut fields: Fields,
) -> Result<Json<LoggedIn>, HttpError> {
    let email = fields.text("email")?;
    let password = Password::new(fields.text("password")?)
        .map_err(|fault| HttpError::BadRequest(format!("password {fault}").into()))?;
    let user = accounts.authenticate(&email, password).await?;
    let user = user.ok_or(HttpError::WrongCredentials)?;
    Ok(Json(LoggedIn { token: sessions.open(&user)? }))
}
