//! `GET /ui/change-password`, `POST /ui/change-password`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use minijinja::value::Serde;
use minijinja::{Value, context};

use super::faults::{Fault, FaultFields};
use super::form::Form;
use super::page::{Layout, Page};
use super::signed_in::SignedIn;
use crate::credentials::{ChangePassword, CredentialsError};
use crate::domain::{Email, RequestContext};
use crate::http::error::HttpError;
use crate::http::extract::Fields;

const FIELDS: FaultFields =
    FaultFields { current_password: "current_password", new_password: "new_password" };

/// Shows the form.
pub(super) async fn show(page: Page, SignedIn(browser): SignedIn) -> Response {
    form(&page, &browser.caller.user.email, None)
}

/// Changes the password. All sessions end, and the browser gets a new one of the same kind.
pub(super) async fn change(
    page: Page,
    SignedIn(browser): SignedIn,
    State(change_password): State<Arc<ChangePassword>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    let current = fields.password_or_empty("current_password")?;
    let new = fields.password_or_empty("new_password")?;
    let email = &browser.caller.user.email;
    let (Some(current), Some(new)) = (current.clone(), new) else {
        let missing = if current.is_none() { "current_password" } else { "new_password" };
        let fault = Fault::new(StatusCode::BAD_REQUEST, missing, "fault_password_missing");
        return Ok(form(&page, email, Some(&fault)));
    };
    let changed = change_password.change(&browser.caller, current, new, browser.kind, &context);
    match changed.await {
        Ok(tokens) => Ok(page.signed_in(&tokens, "/ui/account?done=password")),
        Err(CredentialsError::TokenInactive) => Ok(page.signed_out("/ui/sign-in")),
        Err(error) => Ok(form(&page, email, Some(&Fault::of_credentials(error, FIELDS)?))),
    }
}

fn form(page: &Page, email: &Email, fault: Option<&Fault>) -> Response {
    let current = page.texts().get("current_password");
    let form = Form::default()
        .with_password("current_password", current, "current-password")
        .with_password("new_password", page.texts().get("new_password"), "new-password")
        .with_hint(page.password_hint());
    let form = match fault {
        Some(fault) => form.with_error(fault.field, fault.sentence(page.texts())),
        None => form,
    };
    let title = page.text("change_password");
    let layout =
        Layout { title: &title, is_signed_in: true, errors: &form.errors, ..Layout::default() };
    let fields = Value::from(Serde(&form.fields));
    let variables = context! { fields => fields, email => email.to_string() };
    let status = fault.map_or(StatusCode::OK, |fault| fault.status);
    let response = page.render(status, "change-password.html", &layout, variables);
    match fault {
        Some(fault) => fault.respond(response),
        None => response,
    }
}
