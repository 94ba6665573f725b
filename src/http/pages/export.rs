//! `GET /ui/export`: everything that is stored about an account, in JSON.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_DISPOSITION;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::page::Page;
use super::signed_in::SignedIn;
use crate::accounts::{AccountData, ExportAccount};
use crate::domain::{AuditEvent, Timestamp};
use crate::http::error::HttpError;
use crate::http::json::Json;
use crate::store::Session;

#[derive(Serialize)]
struct Exported {
    user: UserEntry,
    sessions: Vec<SessionEntry>,
    events: Vec<EventEntry>,
}

#[derive(Serialize)]
struct UserEntry {
    id: i64,
    email: String,
    email_verified: bool,
    is_admin: bool,
    created_at: String,
    changed_at: String,
    last_login_at: Option<String>,
}

#[derive(Serialize)]
struct SessionEntry {
    id: String,
    created_at: String,
    last_used_at: String,
    expires_at: String,
    user_agent: Option<String>,
    address: Option<String>,
}

#[derive(Serialize)]
struct EventEntry {
    at: String,
    kind: &'static str,
    actor: String,
    session: Option<String>,
    address: Option<String>,
}

/// Responds with a file.
pub(super) async fn export(
    page: Page,
    SignedIn(browser): SignedIn,
    State(export): State<Arc<ExportAccount>>,
) -> Result<Response, HttpError> {
    let Some(data) = export.export(browser.caller.user.id).await? else {
        return Ok(page.signed_out("/ui/sign-in"));
    };
    let file = HeaderValue::from_static("attachment; filename=\"account.json\"");
    Ok(([(CONTENT_DISPOSITION, file)], Json(Exported::from(data))).into_response())
}

impl From<AccountData> for Exported {
    fn from(AccountData { account, sessions, events }: AccountData) -> Self {
        let text = |at: Timestamp| at.to_string();
        Self {
            user: UserEntry {
                id: account.user.id.0,
                email: account.user.email.to_string(),
                email_verified: account.user.email_verified,
                is_admin: account.user.is_admin,
                created_at: text(account.created_at),
                changed_at: text(account.changed_at),
                last_login_at: account.last_login_at.map(text),
            },
            sessions: sessions.into_iter().map(SessionEntry::from).collect(),
            events: events.into_iter().map(EventEntry::from).collect(),
        }
    }
}

/// Times are those of the hour, as in `GET /sessions`.
impl From<Session> for SessionEntry {
    fn from(session: Session) -> Self {
        Self {
            id: session.id.to_string(),
            created_at: session.created_at.start_of_hour().to_string(),
            last_used_at: session.last_used_at.start_of_hour().to_string(),
            expires_at: session.idle_expires_at.start_of_hour().to_string(),
            user_agent: session.client.user_agent,
            address: session.client.address.map(|address| address.to_string()),
        }
    }
}

impl From<AuditEvent> for EventEntry {
    fn from(event: AuditEvent) -> Self {
        Self {
            at: event.at.start_of_hour().to_string(),
            kind: event.kind.name(),
            actor: event.actor.to_string(),
            session: event.session.map(|session| session.to_string()),
            address: event.address,
        }
    }
}
