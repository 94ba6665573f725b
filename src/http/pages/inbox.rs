//! `GET /ui/inbox`, `GET /ui/inbox/{id}`: the mails that are kept in memory.

use std::net::SocketAddr;

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRef, FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::response::Response;
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

use super::page::{Layout, Page, shown_time};
use crate::domain::RequestContext;
use crate::http::error::HttpError;
use crate::mail::{Inbox, InboxMail};

/// A client on this machine, which requests this machine by a name of its own: a website whose name leads
/// here is none.
pub(super) struct LocalClient;

impl<S> FromRequestParts<S> for LocalClient
where
    std::sync::Arc<crate::config::HttpOptions>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpError> {
        let peer = parts.extensions.get::<SocketAddr>().map(SocketAddr::ip);
        let Ok(context) = RequestContext::from_request_parts(parts, state).await;
        let is_local = [peer, context.client.address]
            .iter()
            .all(|address| address.is_some_and(|address| address.to_canonical().is_loopback()));
        let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
        let host = host.and_then(|host| host.parse::<Authority>().ok());
        let host = host.as_ref().or(parts.uri.authority()).map(Authority::host);
        let has_local_name =
            host.is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"));
        if is_local && has_local_name { Ok(Self) } else { Err(HttpError::NotFound) }
    }
}

#[derive(Serialize)]
struct Entry {
    id: i64,
    recipient: String,
    subject: String,
    delivered_at: String,
    delivered: String,
}

/// A part of a text, which may be a link.
#[derive(Serialize)]
struct Part<'a> {
    text: &'a str,
    is_link: bool,
}

/// Lists the mails, the newest first.
pub(super) async fn list(
    page: Page,
    _: LocalClient,
    State(inbox): State<Option<Inbox>>,
) -> Result<Response, HttpError> {
    let inbox = inbox.ok_or(HttpError::NotFound)?;
    let entries: Vec<Entry> = inbox.mails().iter().map(entry).collect();
    let title = page.text("inbox");
    let layout = Layout { title: &title, ..Layout::default() };
    let variables = context! { mails => Value::from(Serde(&entries)) };
    Ok(page.render(StatusCode::OK, "inbox.html", &layout, variables))
}

/// Shows a mail as plain text.
pub(super) async fn show(
    page: Page,
    _: LocalClient,
    State(inbox): State<Option<Inbox>>,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Response, HttpError> {
    let mail = inbox.zip(id.ok()).and_then(|(inbox, Path(id))| inbox.mail(id));
    let mail = mail.ok_or(HttpError::NotFound)?;
    let prefix = page.site.public_url.as_ref().map(|url| format!("{url}/"));
    let parts = parts(&mail.content.text, prefix.as_deref());
    let layout = Layout { title: &mail.content.subject, ..Layout::default() };
    let variables = context! {
        mail => Value::from(Serde(&entry(&mail))),
        parts => Value::from(Serde(&parts)),
    };
    Ok(page.render(StatusCode::OK, "mail.html", &layout, variables))
}

fn entry(mail: &InboxMail) -> Entry {
    Entry {
        id: mail.id,
        recipient: mail.recipient.to_string(),
        subject: mail.content.subject.clone(),
        delivered_at: mail.delivered_at.to_string(),
        delivered: shown_time(mail.delivered_at),
    }
}

/// Splits a text at its URLs of this service.
fn parts<'a>(text: &'a str, prefix: Option<&str>) -> Vec<Part<'a>> {
    let is_link = |word: &str| prefix.is_some_and(|prefix| word.starts_with(prefix));
    let words = text.split_inclusive(char::is_whitespace).flat_map(|word| {
        let (word, space) = word.split_at(word.trim_end().len());
        [Part { text: word, is_link: is_link(word) }, Part { text: space, is_link: false }]
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_the_service_are_links() {
        let text = "Open this:\nhttp://localhost:8080/ui/x?token=y \n or http://evil.example/.";
        let parts = parts(text, Some("http://localhost:8080/"));
        let links: Vec<_> = parts.iter().filter(|it| it.is_link).map(|it| it.text).collect();
        assert_eq!(links, ["http://localhost:8080/ui/x?token=y"]);
        assert_eq!(parts.iter().map(|part| part.text).collect::<String>(), text);
    }
}
