//! `POST /register`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::client;
use super::error::HttpError;
use super::fields::Fields;
use super::json::Json;
use super::login::LoggedIn;
use crate::accounts::Registrar;

/// Registers a user, and opens a session.
pub(super) async fn register(
    State(registrar): State<Arc<Registrar>>,
    client::From(context): client::From,
    mut fields: Fields,
) -> Result<(StatusCode, Json<LoggedIn>), HttpError> {
    let email = fields.text("email")?;
    let password = fields.password("password")?;
    let tokens = registrar.register(&email, password, &context).await?;
    Ok((StatusCode::CREATED, Json(tokens.into())))
}
