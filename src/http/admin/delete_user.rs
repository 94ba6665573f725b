//! `DELETE /admin/users/{id}`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::authorize::By;
use super::path::UserPath;
use crate::accounts::Accounts;
use crate::http::error::HttpError;

/// Deletes a user.
pub(in crate::http) async fn delete_user(
    State(accounts): State<Arc<Accounts>>,
    UserPath(id): UserPath,
    By(by): By,
) -> Result<StatusCode, HttpError> {
    let deleted = accounts.delete(id, &by).await.map_err(HttpError::of_administration)?;
    if deleted { Ok(StatusCode::NO_CONTENT) } else { Err(HttpError::NotFound) }
}
