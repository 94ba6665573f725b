//! `GET /admin/users/{id}/sessions`

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;

use super::path::UserPath;
use crate::accounts::Accounts;
use crate::http::error::HttpError;
use crate::http::json::Json;
use crate::sessions::SessionJson;

#[derive(Serialize)]
pub(in crate::http) struct Listed {
    sessions: Vec<SessionJson>,
}

/// Lists the sessions of a user, most recently used first; there are 100 at most.
pub(in crate::http) async fn list_sessions(
    State(accounts): State<Arc<Accounts>>,
    UserPath(id): UserPath,
) -> Result<Json<Listed>, HttpError> {
    let sessions = accounts.sessions(id).await?.ok_or(HttpError::NotFound)?;
    Ok(Json(Listed { sessions: sessions.into_iter().map(SessionJson::from).collect() }))
}
