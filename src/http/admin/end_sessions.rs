//! `DELETE /admin/users/{id}/sessions`, `DELETE /admin/users/{id}/sessions/{session}`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::authorize::By;
use super::path::{SessionPath, UserPath};
use crate::accounts::{Accounts, Administrator};
use crate::domain::{SessionId, UserId};
use crate::http::error::HttpError;

/// Ends all sessions of a user, and revokes the tokens of no session.
pub(in crate::http) async fn end_all_sessions(
    State(accounts): State<Arc<Accounts>>,
    UserPath(id): UserPath,
    By(by): By,
) -> Result<StatusCode, HttpError> {
    end(&accounts, id, None, &by).await
}

/// Ends a session of a user.
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
