//! `GET /admin/users/{id}`

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::path::UserPath;
use crate::accounts::{Accounts, UserJson};
#[cfg(test)]
use crate::http::docs::responses::NotFound;
use crate::http::error::HttpError;
use crate::http::json::Json;

/// Shows a user.
#[cfg_attr(test, utoipa::path(
    get, path = "/admin/users/{id}", tag = "Administration",
    security(("bearer" = []), ("oauth_client" = [])),
    params(("id" = i64, Path, description = "ID of the user", minimum = 1, example = 1)),
    responses((status = 200, description = "The user", body = UserJson<'static>), NotFound)
))]
pub(in crate::http) async fn show_user(
    State(accounts): State<Arc<Accounts>>,
    UserPath(id): UserPath,
) -> Result<Response, HttpError> {
    let account = accounts.by_id(id).await?.ok_or(HttpError::NotFound)?;
    Ok(Json(UserJson::from(&account)).into_response())
}
