//! `GET /ui/reset-password`, `POST /ui/reset-password`, `GET /ui/accept-invitation`,
//! `POST /ui/accept-invitation`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::faults::{Fault, FaultFields};
use super::form::Form;
use super::links::invalid_link;
use super::page::Page;
use crate::domain::RequestContext;
use crate::http::error::HttpError;
use crate::http::extract::Fields;
use crate::sessions::{BrowserSession, BrowserTokens};
use crate::verification::{ResetPassword, VerificationError};

const RESET: &str = "/ui/reset-password";
const INVITATION: &str = "/ui/accept-invitation";

/// What the link has led to: names of texts, and the action of the form.
#[derive(Clone, Copy)]
struct Purpose {
    title: &'static str,
    action: &'static str,
}

const PURPOSES: [Purpose; 2] = [
    Purpose { title: "reset_password", action: RESET },
    Purpose { title: "accept_invitation", action: INVITATION },
];

/// Shows the form of a forgotten password: a `GET` uses no token.
pub(super) async fn show_reset(page: Page) -> Response {
    show(&page, PURPOSES[0])
}

/// Shows the form of an invitation: a `GET` uses no token.
pub(super) async fn show_invitation(page: Page) -> Response {
    show(&page, PURPOSES[1])
}

/// Sets a new password, which the token authorizes, and signs in.
pub(super) async fn reset(
    page: Page,
    State(reset_password): State<Arc<ResetPassword>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    let token = fields.text_or_empty("token")?;
    let Some(password) = fields.password_or_empty("password")? else {
        return Ok(missing(&page, PURPOSES[0], &token));
    };
    let kind = BrowserSession { is_remembered: false };
    let set = reset_password.reset(&token, password, kind, &context).await;
    respond(&page, PURPOSES[0], &token, set)
}

/// Sets the first password of an invited user, and signs in.
pub(super) async fn accept_invitation(
    page: Page,
    State(reset_password): State<Arc<ResetPassword>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    let token = fields.text_or_empty("token")?;
    let Some(password) = fields.password_or_empty("password")? else {
        return Ok(missing(&page, PURPOSES[1], &token));
    };
    let kind = BrowserSession { is_remembered: false };
    let set = reset_password.accept_invitation(&token, password, kind, &context).await;
    respond(&page, PURPOSES[1], &token, set)
}

fn show(page: &Page, purpose: Purpose) -> Response {
    match page.parameter("token") {
        Some(token) => form(page, purpose, &token, None),
        None => invalid_link(page),
    }
}

fn missing(page: &Page, purpose: Purpose, token: &str) -> Response {
    let fault = Fault::new(StatusCode::BAD_REQUEST, "password", "fault_password_missing");
    form(page, purpose, token, Some(&fault))
}

fn respond(
    page: &Page,
    purpose: Purpose,
    token: &str,
    set: Result<BrowserTokens, VerificationError>,
) -> Result<Response, HttpError> {
    match set {
        Ok(tokens) => Ok(page.signed_in(&tokens, "/ui/account?done=password")),
        Err(VerificationError::InvalidToken) => Ok(invalid_link(page)),
        Err(error) => {
            let fields = FaultFields { new_password: "password", ..FaultFields::default() };
            let fault = Fault::of_verification(error, fields)?;
            Ok(form(page, purpose, token, Some(&fault)))
        }
    }
}

fn form(page: &Page, purpose: Purpose, token: &str, fault: Option<&Fault>) -> Response {
    let form = Form::default()
        .with_password("password", page.texts().get("new_password"), "new-password")
        .with_hint(page.password_hint())
        .with_hidden("token", token);
    page.render_form(purpose.title, "set_password", purpose.action, form, fault)
}
