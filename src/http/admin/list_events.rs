//! `GET /admin/audit-events`

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::page::Page;
use crate::audit::{AuditTrail, EventJson};
use crate::domain::{AuditKind, Timestamp, UserId};
use crate::http::error::HttpError;
use crate::http::extract::{Query, rejected};
use crate::http::json::Json;
use crate::store::AuditQuery;

#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
struct Events<'a> {
    events: Vec<EventJson<'a>>,
    /// `cursor` of the next page; `null` at the end.
    #[cfg_attr(test, schema(required = true))]
    next_cursor: Option<String>,
}

/// Lists audit events, the oldest first.
///
/// They are those of `user` and `kind`, from `since` on and before `until`.
#[cfg_attr(test, utoipa::path(
    get, path = "/admin/audit-events", tag = "Administration", operation_id = "list_audit_events",
    security(("bearer" = []), ("oauth_client" = [])),
    params(
        ("user" = Option<i64>, Query, description = "ID of the user whom the events are about"),
        ("kind" = Option<AuditKind>, Query, description = "Kind of the events"),
        ("since" = Option<String>, Query, format = DateTime, description = "Time of the first event (RFC 3339)"),
        ("until" = Option<String>, Query, format = DateTime, description = "Time after the last event (RFC 3339)"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("limit" = Option<i32>, Query, description = "Items of a page; 50 by default", minimum = 1, maximum = 200),
    ),
    responses((status = 200, description = "A page of events", body = Events<'static>))
))]
pub(in crate::http) async fn list_events(
    State(audit): State<Arc<AuditTrail>>,
    mut query: Query,
) -> Result<Response, HttpError> {
    let page = Page::of(&mut query)?;
    let kind = match query.text("kind")? {
        None => None,
        Some(name) => {
            let kind = AuditKind::parse(&name);
            Some(kind.ok_or_else(|| rejected("kind", "is no kind of event"))?)
        }
    };
    let filter = AuditQuery {
        user: query.parsed("user", "the ID of a user")?.map(UserId),
        kind,
        since: time(&mut query, "since")?.unwrap_or(Timestamp::UNIX_EPOCH),
        until: time(&mut query, "until")?.unwrap_or(Timestamp::MAX),
        after: page.cursor.unwrap_or(0),
        limit: page.read_limit(),
    };
    query.finish()?;
    let mut records = audit.page(&filter).await?;
    let next_cursor = page.cut(&mut records, |record| record.id);
    let events = records.iter().map(EventJson::from).collect();
    Ok(Json(Events { events, next_cursor }).into_response())
}

fn time(query: &mut Query, name: &str) -> Result<Option<Timestamp>, HttpError> {
    let time: Option<DateTime<Utc>> =
        query.parsed(name, "an RFC 3339 time such as 2026-11-23T20:15:00Z")?;
    Ok(time.map(Timestamp::from))
}
