//! `POST /register`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::login::LoggedIn;
use crate::accounts::Accounts;
use crate::domain::RequestContext;
use crate::http::error::HttpError;
use crate::http::extract::Fields;
use crate::http::json::Json;
use crate::sessions::Sessions;

/// Creates an account, and opens its first session.
pub(in crate::http) async fn register(
    State(accounts): State<Arc<Accounts>>,
    State(sessions): State<Arc<Sessions>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<(StatusCode, Json<LoggedIn>), HttpError> {
    let email = fields.text("email")?;
    let password = fields.password("password")?;
    let user = accounts.candidate(&email, password).await?;
    Ok((StatusCode::CREATED, Json(sessions.register(user, context.client.into()).await?.into())))
}
