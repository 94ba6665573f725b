//! `GET /ui/delete-account`, `POST /ui/delete-account`

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
use crate::accounts::{AccountsError, DeleteAccount};
use crate::credentials::CredentialsError;
use crate::domain::{Email, RequestContext};
use crate::http::error::HttpError;
use crate::http::extract::Fields;

const FIELDS: FaultFields = FaultFields { current_password: "password", new_password: "password" };

/// Shows the form.
pub(super) async fn show(page: Page, SignedIn(browser): SignedIn) -> Response {
    form(&page, &browser.caller.user.email, None)
}

/// Deletes the account and its sessions.
pub(super) async fn delete(
    page: Page,
    SignedIn(browser): SignedIn,
    State(delete_account): State<Arc<DeleteAccount>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    let email = &browser.caller.user.email;
    let Some(password) = fields.password_or_empty("password")? else {
        let fault = Fault::new(StatusCode::BAD_REQUEST, "password", "fault_password_missing");
        return Ok(form(&page, email, Some(&fault)));
    };
    match delete_account.delete(&browser.caller, password, &context).await {
        Ok(()) => Ok(page.signed_out("/ui/sign-in?done=deleted")),
        Err(AccountsError::Credentials(CredentialsError::TokenInactive)) => {
            Ok(page.signed_out("/ui/sign-in"))
        }
        Err(error) => Ok(form(&page, email, Some(&Fault::of_account(error, FIELDS)?))),
    }
}

fn form(page: &Page, email: &Email, fault: Option<&Fault>) -> Response {
    let label = page.texts().get("password");
    let form = Form::default().with_password("password", label, "current-password");
    let form = match fault {
        Some(fault) => form.with_error(fault.field, fault.sentence(page.texts())),
        None => form,
    };
    let title = page.text("delete_account");
    let layout =
        Layout { title: &title, is_signed_in: true, errors: &form.errors, ..Layout::default() };
    let fields = Value::from(Serde(&form.fields));
    let variables = context! { fields => fields, email => email.to_string() };
    let status = fault.map_or(StatusCode::OK, |fault| fault.status);
    let response = page.render(status, "delete-account.html", &layout, variables);
    match fault {
        Some(fault) => fault.respond(response),
        None => response,
    }
}
