//! `DELETE /admin/users/{id}/sessions`, `DELETE /admin/users/{id}/sessions/{session}`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::authorize::By;
use super::path::{SessionPath, UserPath};
use crate::accounts::{Accounts, Administrator};
use crate::domain::{SessionId, UserId};
#[cfg(test)]
use crate::http::docs::responses::NotFound;
use crate::http::error::HttpError;

/// Ends all sessions of a user, and revokes the tokens of no session.
#[cfg_attr(test, utoipa::path(
    delete, path = "/admin/users/{id}/sessions", tag = "Administration", operation_id = "end_sessions_of_user",
    security(("bearer" = []), ("oauth_client" = [])),
    params(("id" = i64, Path, description = "ID of the user", minimum = 1, example = 1)),
    responses((status = 204, description = "All sessions have ended"), NotFound)
))]
pub(in crate::http) async fn end_all_sessions(
    State(accounts): State<Arc<Accounts>>,
    UserPath(id): UserPath,
    By(by): By,
) -> Result<StatusCode, HttpError> {
    end(&accounts, id, None, &by).await
}

/// Ends a session of a user.
#[cfg_attr(test, utoipa::path(
    delete, path = "/admin/users/{id}/sessions/{session}", tag = "Administration", operation_id = "end_session_of_user",
    security(("bearer" = []), ("oauth_client" = [])),
    params(
        ("id" = i64, Path, description = "ID of the user", minimum = 1, example = 1),
        ("session" = String, Path, description = "ID of the session", pattern = "^[0-9a-f]{32}$",
            example = "0123456789abcdef0123456789abcdef"),
    ),
    responses((status = 204, description = "The session has ended"), NotFound)
))]
pub(in crate::http) async fn end_session(
    State(accounts): State<Arc<Accounts>>,
    SessionPath(id, session): SessionPath,
    By(by): By,
) -> Result<StatusCode, HttpError> {
    end(&accounts, id, Some(session), &by).await
}

async fn end(
    accounts: &Accounts,
    user: UserId,
    session: Option<SessionId>,
    by: &Administrator,
) -> Result<StatusCode, HttpError> {
    let ended = accounts.end_sessions(user, session, by).await;
    if ended.map_err(HttpError::of_administration)? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(HttpError::NotFound)
    }
}
