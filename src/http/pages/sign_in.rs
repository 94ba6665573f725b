//! `GET /ui/sign-in`, `POST /ui/sign-in`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use minijinja::value::Serde;
use minijinja::{Value, context};

use super::faults::Fault;
use super::form::Form;
use super::mail_sent::mail_sent;
use super::page::{Layout, Page, next_query, redirect};
use super::signed_in::MaybeSignedIn;
use super::start::ACCOUNT;
use crate::accounts::Registrar;
use crate::domain::RequestContext;
use crate::http::error::HttpError;
use crate::http::extract::Fields;
use crate::login::{Credentials, Login, LoginOutcome};
use crate::sessions::{BrowserSession, LogoutScope, Sessions};

/// What has been filled in.
#[derive(Default)]
struct FilledIn {
    email: String,
    remember: bool,
    next: Option<String>,
}

/// Shows the form; leads on where the browser is signed in already.
pub(super) async fn show(
    page: Page,
    MaybeSignedIn(browser): MaybeSignedIn,
    State(registrar): State<Arc<Registrar>>,
) -> Response {
    let next = page.destination(page.parameter("next").as_deref());
    if browser.is_some() {
        return redirect(next.as_deref().unwrap_or(ACCOUNT));
    }
    let notice = match page.parameter("done").as_deref() {
        Some("signed-out") => Some(page.text("done_signed_out")),
        Some("deleted") => Some(page.text("done_deleted")),
        _ => None,
    };
    let filled_in = FilledIn { next, ..FilledIn::default() };
    form(&page, &registrar, &filled_in, notice.as_deref(), None)
}

/// Signs in: opens a new session, and ends the one that the browser had.
pub(super) async fn sign_in(
    page: Page,
    MaybeSignedIn(before): MaybeSignedIn,
    State(login): State<Arc<Login>>,
    State(sessions): State<Arc<Sessions>>,
    State(registrar): State<Arc<Registrar>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    let email = fields.text_or_empty("email")?;
    let password = fields.password_or_empty("password")?;
    let remember = fields.optional_text("remember")?.is_some();
    let next = page.destination(fields.optional_text("next")?.as_deref());
    let kind = BrowserSession { is_remembered: remember };
    let credentials = Credentials { email: email.clone(), password };
    let fault = match login.attempt(&credentials, kind, &context).await? {
        LoginOutcome::LoggedIn(tokens) => {
            if let Some(before) = before {
                let local = LogoutScope::Local;
                sessions.log_out(&before.caller, local, &context).await?;
            }
            return Ok(page.signed_in(&tokens, next.as_deref().unwrap_or(ACCOUNT)));
        }
        LoginOutcome::Unverified => {
            return Ok(mail_sent(&page, StatusCode::FORBIDDEN, "unverified_text"));
        }
        LoginOutcome::Rejected => Fault::new(StatusCode::BAD_REQUEST, "email", "fault_credentials"),
        LoginOutcome::Throttled(wait) => Fault::throttled(wait),
    };
    let filled_in = FilledIn { email, remember, next };
    Ok(form(&page, &registrar, &filled_in, None, Some(&fault)))
}

fn form(
    page: &Page,
    registrar: &Registrar,
    filled_in: &FilledIn,
    notice: Option<&str>,
    fault: Option<&Fault>,
) -> Response {
    let form = Form::default()
        .with_email(page.texts().get("email"), &filled_in.email)
        .with_password("password", page.texts().get("password"), "current-password");
    let form = match fault {
        Some(fault) => form.with_error(fault.field, fault.sentence(page.texts())),
        None => form,
    };
    let title = page.text("sign_in_title");
    let layout = Layout { title: &title, notice, errors: &form.errors, ..Layout::default() };
    let variables = context! {
        fields => Value::from(Serde(&form.fields)),
        remember => filled_in.remember,
        next => &filled_in.next,
        next_query => next_query(filled_in.next.as_deref()),
        may_sign_up => registrar.is_open(),
        sends_mails => page.site.sends_mails,
    };
    let status = fault.map_or(StatusCode::OK, |fault| fault.status);
    let response = page.render(status, "sign-in.html", &layout, variables);
    match fault {
        Some(fault) => fault.respond(response),
        None => response,
    }
}
