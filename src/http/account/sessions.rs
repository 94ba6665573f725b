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
use crate::sessions::{Caller, SessionJson, Sessions};
use crate::store::Session;

#[derive(Serialize)]
pub(in crate::http) struct Listed {
    sessions: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    #[serde(flatten)]
    session: SessionJson,
    /// Whether the request belongs to this session.
    current: bool,
}

/// Lists the caller's sessions, most recently used first.
pub(in crate::http) async fn list_sessions(
    State(sessions): State<Arc<Sessions>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Listed>, HttpError> {
    let entry = |session: Session| Entry {
        current: Some(session.id) == caller.session,
        session: session.into(),
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
