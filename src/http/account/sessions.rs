//! `GET /sessions`, `DELETE /sessions/{id}`

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;

use crate::domain::{RequestContext, SessionId};
use crate::http::error::HttpError;
use crate::http::json::Json;
use crate::sessions::{Caller, Sessions};
use crate::store::Session;

#[derive(Serialize)]
pub(in crate::http) struct Listed {
    sessions: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    id: String,
    /// Whether the request belongs to this session.
    current: bool,
    created_at: String,
    last_used_at: String,
    expires_at: String,
    user_agent: Option<String>,
    address: Option<String>,
}

/// Lists the caller's sessions, most recently used first. Times are those of the hour: exact ones
/// would tell a thief when a refresh token is rotated.
pub(in crate::http) async fn list_sessions(
    State(sessions): State<Arc<Sessions>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Listed>, HttpError> {
    let entry = |session: Session| Entry {
        id: session.id.to_string(),
        current: Some(session.id) == caller.session,
        created_at: session.created_at.start_of_hour().to_string(),
        last_used_at: session.last_used_at.start_of_hour().to_string(),
        expires_at: session.idle_expires_at.start_of_hour().to_string(),
        user_agent: session.client.user_agent,
        address: session.client.address.map(|address| address.to_string()),
    };
    let sessions = sessions.list(caller.user.id).await?;
    Ok(Json(Listed { sessions: sessions.into_iter().map(entry).collect() }))
}

/// Ends one of the caller's sessions.
pub(in crate::http) async fn end_session(
    State(sessions): State<Arc<Sessions>>,
    Extension(caller): Extension<Caller>,
    context: RequestContext,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, HttpError> {
    // A path that is not UTF-8 has no session.
    let id = id.ok().and_then(|Path(id)| SessionId::parse(&id)).ok_or(HttpError::NotFound)?;
    if sessions.end(&caller, id, &context).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(HttpError::NotFound)
    }
}
