//! `DELETE /admin/users/{id}`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::authorize::By;
use super::path::UserPath;
use crate::accounts::Accounts;
#[cfg(test)]
use crate::http::docs::responses::NotFound;
use crate::http::error::HttpError;
#[cfg(test)]
use crate::http::error::Message as Error;

/// Deletes a user.
#[cfg_attr(test, utoipa::path(
    delete, path = "/admin/users/{id}", tag = "Administration",
    security(("bearer" = []), ("oauth_client" = [])),
    params(("id" = i64, Path, description = "ID of the user", minimum = 1, example = 1)),
    responses(
        (status = 204, description = "The user is deleted"),
        (status = 409, description = "No administrator would be left", body = Error),
        NotFound,
    )
))]
pub(in crate::http) async fn delete_user(
    State(accounts): State<Arc<Accounts>>,
    UserPath(id): UserPath,
    By(by): By,
) -> Result<StatusCode, HttpError> {
    let deleted = accounts.delete(id, &by).await.map_err(HttpError::of_administration)?;
    if deleted { Ok(StatusCode::NO_CONTENT) } else { Err(HttpError::NotFound) }
}
