//! `GET /ui/sign-up`, `POST /ui/sign-up`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use minijinja::value::Serde;
use minijinja::{Value, context};

use super::faults::{Fault, FaultFields};
use super::form::Form;
use super::mail_sent::mail_sent;
use super::page::{Layout, Page, next_query, redirect};
use super::signed_in::MaybeSignedIn;
use super::start::ACCOUNT;
use crate::accounts::{Registrar, RegistrationOutcome};
use crate::domain::RequestContext;
use crate::http::error::HttpError;
use crate::http::extract::Fields;
use crate::sessions::BrowserSession;

const FIELDS: FaultFields = FaultFields { current_password: "password", new_password: "password" };

/// Shows the form; there is none where registrations are closed.
pub(super) async fn show(
    page: Page,
    MaybeSignedIn(browser): MaybeSignedIn,
    State(registrar): State<Arc<Registrar>>,
) -> Result<Response, HttpError> {
    if !registrar.is_open() {
        return Err(HttpError::NotFound);
    }
    let next = page.destination(page.parameter("next").as_deref());
    if browser.is_some() {
        return Ok(redirect(next.as_deref().unwrap_or(ACCOUNT)));
    }
    Ok(form(&page, "", next.as_deref(), None))
}

/// Creates an account, and signs in.
pub(super) async fn sign_up(
    page: Page,
    State(registrar): State<Arc<Registrar>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    if !registrar.is_open() {
        return Err(HttpError::NotFound);
    }
    let email = fields.text_or_empty("email")?;
    let password = fields.password_or_empty("password")?;
    let next = page.destination(fields.optional_text("next")?.as_deref());
    let Some(password) = password else {
        let fault = Fault::new(StatusCode::BAD_REQUEST, "password", "fault_password_missing");
        return Ok(form(&page, &email, next.as_deref(), Some(&fault)));
    };
    let kind = BrowserSession { is_remembered: false };
    match registrar.register(&email, password, kind, &context).await {
        Ok(RegistrationOutcome::Registered(tokens)) => {
            Ok(page.signed_in(&tokens, next.as_deref().unwrap_or(ACCOUNT)))
        }
        Ok(RegistrationOutcome::MailSent) => {
            Ok(mail_sent(&page, StatusCode::ACCEPTED, "mail_sent_sign_up"))
        }
        Err(error) => {
            let fault = Fault::of_account(error, FIELDS)?;
            Ok(form(&page, &email, next.as_deref(), Some(&fault)))
        }
    }
}

fn form(page: &Page, email: &str, next: Option<&str>, fault: Option<&Fault>) -> Response {
    let form = Form::default()
        .with_email(page.texts().get("email"), email)
        .with_password("password", page.texts().get("password"), "new-password")
        .with_hint(page.password_hint());
    let form = match fault {
        Some(fault) => form.with_error(fault.field, fault.sentence(page.texts())),
        None => form,
    };
    let title = page.text("sign_up_title");
    let layout = Layout { title: &title, errors: &form.errors, ..Layout::default() };
    let variables = context! {
        fields => Value::from(Serde(&form.fields)),
        next => next,
        next_query => next_query(next),
    };
    let status = fault.map_or(StatusCode::OK, |fault| fault.status);
    let response = page.render(status, "sign-up.html", &layout, variables);
    match fault {
        Some(fault) => fault.respond(response),
        None => response,
    }
}
