//! `GET /ui/account`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

use super::device_name::device_name;
use super::page::{Layout, Page, shown_time};
use super::signed_in::SignedIn;
use crate::domain::SessionId;
use crate::http::error::HttpError;
use crate::sessions::Sessions;
use crate::store::Session;

/// What has been done, by the value of the parameter `done`.
const NOTICES: [(&str, &str); 4] = [
    ("password", "done_password"),
    ("session", "done_session"),
    ("sessions", "done_sessions"),
    ("verify", "done_verify"),
];

#[derive(Serialize)]
struct Entry {
    id: String,
    current: bool,
    device: String,
    address: Option<String>,
    last_used_at: String,
    last_used: String,
}

/// Shows the account and its sessions, the current one first. Times are those of the hour, as
/// in `GET /sessions`.
pub(super) async fn show(
    page: Page,
    SignedIn(browser): SignedIn,
    State(sessions): State<Arc<Sessions>>,
) -> Result<Response, HttpError> {
    let caller = browser.caller;
    let listed = sessions.list(caller.user.id).await?;
    let mut entries: Vec<Entry> =
        listed.iter().map(|session| entry(session, caller.session, &page)).collect();
    entries.sort_by_key(|entry| !entry.current);
    let done = page.parameter("done").unwrap_or_default();
    let notice = NOTICES.iter().find(|(value, _)| *value == done).map(|(_, text)| page.text(text));
    let title = page.text("account");
    let layout =
        Layout { title: &title, is_signed_in: true, notice: notice.as_deref(), errors: &[] };
    let variables = context! {
        email => caller.user.email.to_string(),
        email_verified => caller.user.email_verified,
        sends_mails => page.site.sends_mails,
        sessions => Value::from(Serde(&entries)),
    };
    Ok(page.render(StatusCode::OK, "account.html", &layout, variables))
}

fn entry(session: &Session, current: Option<SessionId>, page: &Page) -> Entry {
    let last_used_at = session.last_used_at.start_of_hour().to_string();
    let last_used = shown_time(session.last_used_at.start_of_hour());
    let device = session.client.user_agent.as_deref().map(device_name);
    Entry {
        id: session.id.to_string(),
        current: Some(session.id) == current,
        device: device.unwrap_or_else(|| page.text("unknown_device")),
        address: session.client.address.map(|address| address.to_string()),
        last_used_at,
        last_used,
    }
}
