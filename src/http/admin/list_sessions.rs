//! `GET /admin/users/{id}/sessions`

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;

use super::path::UserPath;
use crate::accounts::Accounts;
#[cfg(test)]
use crate::http::docs::responses::NotFound;
use crate::http::error::HttpError;
use crate::http::json::Json;
use crate::sessions::SessionJson;

#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[cfg_attr(test, schema(as = Sessions))]
pub(in crate::http) struct Listed {
    sessions: Vec<SessionJson>,
}

/// Lists the sessions of a user, most recently used first; there are 100 at most.
#[cfg_attr(test, utoipa::path(
    get, path = "/admin/users/{id}/sessions", tag = "Administration", operation_id = "list_sessions_of_user",
    security(("bearer" = []), ("oauth_client" = [])),
    params(("id" = i64, Path, description = "ID of the user", minimum = 1, example = 1)),
    responses((status = 200, description = "The sessions", body = Listed), NotFound)
))]
pub(in crate::http) async fn list_sessions(
    State(accounts): State<Arc<Accounts>>,
    UserPath(id): UserPath,
) -> Result<Json<Listed>, HttpError> {
    let sessions = accounts.sessions(id).await?.ok_or(HttpError::NotFound)?;
    Ok(Json(Listed { sessions: sessions.into_iter().map(SessionJson::from).collect() }))
}
