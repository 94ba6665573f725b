//! The page after a form that may send a mail.

use axum::http::StatusCode;
use axum::response::Response;
use minijinja::context;

use super::page::{Layout, Page};

/// Asks the user to read a mail; `text` is the name of the sentence, which does not tell whether one was
/// sent. Where the inbox is in memory, there is a link to it.
pub(super) fn mail_sent(page: &Page, status: StatusCode, text: &str) -> Response {
    let title = page.text("mail_sent");
    let layout = Layout { title: &title, ..Layout::default() };
    let variables = context! {
        text => page.text(text),
        href => "/ui/",
        link => page.text("to_the_start"),
        inbox => page.site.has_inbox,
    };
    page.render(status, "message.html", &layout, variables)
}
