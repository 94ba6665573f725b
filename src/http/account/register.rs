//! `POST /register`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::login::logged_in;
use crate::accounts::Registrar;
use crate::domain::RequestContext;
use crate::http::error::HttpError;
use crate::http::extract::Fields;
use crate::sessions::TokenSession;

/// Creates an account, and opens its first session.
pub(in crate::http) async fn register(
    State(registrar): State<Arc<Registrar>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<(StatusCode, Response), HttpError> {
    let email = fields.text("email")?;
    let password = fields.password("password")?;
    let tokens = registrar.register(&email, password, TokenSession, &context).await?;
    Ok((StatusCode::CREATED, logged_in(tokens)))
}
