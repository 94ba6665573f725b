//! `GET /sessions`, `DELETE /sessions/{id}`

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;

use crate::domain::{RequestContext, SessionId};
#[cfg(test)]
use crate::http::docs::responses::NotFound;
use crate::http::error::HttpError;
use crate::http::json::Json;
use crate::sessions::{Caller, SessionJson, Sessions};
use crate::store::Session;

#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[cfg_attr(test, schema(as = OwnSessions))]
pub(in crate::http) struct Listed {
    sessions: Vec<Entry>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[cfg_attr(test, schema(as = OwnSession))]
struct Entry {
    #[serde(flatten)]
    session: SessionJson,
    /// Whether the request belongs to this session.
    current: bool,
}

/// Lists the caller's sessions, most recently used first.
#[cfg_attr(test, utoipa::path(
    get, path = "/sessions", tag = "Sessions",
    security(("bearer" = []), ("bare_token" = [])),
    responses((status = 200, description = "The sessions", body = Listed))
))]
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
#[cfg_attr(test, utoipa::path(
    delete, path = "/sessions/{id}", tag = "Sessions",
    security(("bearer" = []), ("bare_token" = [])),
    params(("id" = String, Path, description = "ID of the session", pattern = "^[0-9a-f]{32}$",
        example = "0123456789abcdef0123456789abcdef")),
    responses((status = 204, description = "The session has ended"), NotFound)
))]
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
