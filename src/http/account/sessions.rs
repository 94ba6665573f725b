//! `GET /sessions`, `DELETE /sessions/{id}`

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;

use crate::domain::{SessionId, Timestamp};
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
    /// Whether it is the one that the request was made in.
    current: bool,
    created_at: String,
    last_used_at: String,
    expires_at: String,
    user_agent: Option<String>,
    address: Option<String>,
}

/// The caller's sessions, the last used first.
pub(in crate::http) async fn list_sessions(
    State(sessions): State<Arc<Sessions>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Listed>, HttpError> {
    let entry = |session: Session| Entry {
        id: session.id.to_string(),
        current: Some(session.id) == caller.session,
        created_at: Timestamp::from_milliseconds(session.created_at).to_string(),
        last_used_at: Timestamp::from_milliseconds(session.last_used_at).to_string(),
        expires_at: Timestamp::from_milliseconds(session.expires_at).to_string(),
        user_agent: session.user_agent,
        address: session.address,
    };
    let sessions = sessions.list(caller.user.id).await?;
    Ok(Json(Listed { sessions: sessions.into_iter().map(entry).collect() }))
}

/// One of the caller's sessions ends.
pub(in crate::http) async fn end_session(
    State(sessions): State<Arc<Sessions>>,
    Extension(caller): Extension<Caller>,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, HttpError> {
    // What is not even UTF-8 is no session's name.
    let id = id.ok().and_then(|Path(id)| SessionId::parse(&id)).ok_or(HttpError::NotFound)?;
    if sessions.end(&caller, id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(HttpError::NotFound)
    }
}
