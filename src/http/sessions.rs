//! `GET /sessions`, `DELETE /sessions/{id}`

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;

use super::client;
use super::error::HttpError;
use super::json::Json;
use crate::domain::SessionId;
use crate::sessions::{Caller, Sessions};
use crate::store::Session;

#[derive(Serialize)]
pub(super) struct Listed {
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

/// Lists the sessions of the caller, the last used first. Times are those of the hour: exact ones
/// would tell a thief when a refresh token is rotated.
pub(super) async fn list(
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

/// One of the caller's sessions ends.
pub(super) async fn end(
    State(sessions): State<Arc<Sessions>>,
    Extension(caller): Extension<Caller>,
    client::From(context): client::From,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, HttpError> {
    // What is not even UTF-8 is no session's name.
    let id = id.ok().and_then(|Path(id)| SessionId::parse(&id)).ok_or(HttpError::NotFound)?;
    if sessions.end(&caller, id, &context).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(HttpError::NotFound)
    }
}
