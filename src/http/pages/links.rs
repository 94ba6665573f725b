//! `GET` and `POST` of `/ui/verify-email`, `/ui/confirm-email` and `/ui/undo-email-change`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use minijinja::context;

use super::form::Form;
use super::page::{Layout, Page};
use crate::domain::{RequestContext, User};
use crate::http::error::HttpError;
use crate::http::extract::Fields;
use crate::verification::{ChangeEmail, VerificationError, VerifyEmail};

const VERIFY: &str = "/ui/verify-email";
const CONFIRM: &str = "/ui/confirm-email";
const UNDO: &str = "/ui/undo-email-change";

/// Shows the button that verifies an address. Programs that look into mails open their links: a `GET` uses
/// no token.
pub(super) async fn show_verify(page: Page) -> Response {
    show(&page, "verify_email", VERIFY)
}

/// Shows the button that confirms a new address.
pub(super) async fn show_confirm(page: Page) -> Response {
    show(&page, "confirm_email", CONFIRM)
}

/// Shows the button that undoes a change of the address.
pub(super) async fn show_undo(page: Page) -> Response {
    show(&page, "undo_email_change", UNDO)
}

/// Verifies an address.
pub(super) async fn verify(
    page: Page,
    State(verify_email): State<Arc<VerifyEmail>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    let token = fields.text_or_empty("token")?;
    respond(&page, "email_verified", verify_email.verify(&token, &context).await)
}

/// Changes an address to the confirmed one.
pub(super) async fn confirm(
    page: Page,
    State(change_email): State<Arc<ChangeEmail>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    let token = fields.text_or_empty("token")?;
    respond(&page, "email_confirmed", change_email.confirm(&token, &context).await)
}

/// Restores the address before a change.
pub(super) async fn undo(
    page: Page,
    State(change_email): State<Arc<ChangeEmail>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    let token = fields.text_or_empty("token")?;
    respond(&page, "email_change_undone", change_email.undo(&token, &context).await)
}

/// Says that a link is invalid, and how to get another one.
pub(super) fn invalid_link(page: &Page) -> Response {
    let (text, start) = (page.text("invalid_link_text"), page.text("to_the_start"));
    message(page, StatusCode::BAD_REQUEST, "invalid_link", &text, &start)
}

fn show(page: &Page, title: &str, action: &str) -> Response {
    match page.parameter("token") {
        Some(token) => {
            let form = Form::default().with_hidden("token", &token);
            page.render_form(title, title, action, form, None)
        }
        None => invalid_link(page),
    }
}

fn respond(
    page: &Page,
    done: &str,
    user: Result<User, VerificationError>,
) -> Result<Response, HttpError> {
    let start = page.text("to_the_start");
    match user {
        Ok(user) => {
            let text = page.text(&format!("{done}_text"));
            let text = text.replace("{email}", &user.email.to_string());
            Ok(message(page, StatusCode::OK, done, &text, &start))
        }
        Err(VerificationError::InvalidToken) => Ok(invalid_link(page)),
        Err(VerificationError::EmailTaken) => {
            let text = page.text("fault_email_taken");
            Ok(message(page, StatusCode::CONFLICT, "invalid_link", &text, &start))
        }
        Err(error) => Err(error.into()),
    }
}

fn message(page: &Page, status: StatusCode, title: &str, text: &str, link: &str) -> Response {
    let title = page.text(title);
    let layout = Layout { title: &title, ..Layout::default() };
    let variables = context! { text, href => "/ui/", link, inbox => false };
    page.render(status, "message.html", &layout, variables)
}
