//! `GET /admin/users/{id}`

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::path::UserPath;
use crate::accounts::{Accounts, UserJson};
use crate::http::error::HttpError;
use crate::http::json::Json;

/// Shows a user.
pub(in crate::http) async fn show_user(
    State(accounts): State<Arc<Accounts>>,
    UserPath(id): UserPath,
) -> Result<Response, HttpError> {
    let account = accounts.by_id(id).await?.ok_or(HttpError::NotFound)?;
    Ok(Json(UserJson::from(&account)).into_response())
}
