//! `GET /ui/change-email`, `POST /ui/change-email`, `POST /ui/verify-email/request`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::faults::{Fault, FaultFields};
use super::form::Form;
use super::mail_sent::mail_sent;
use super::page::{Page, redirect};
use super::signed_in::SignedIn;
use crate::domain::RequestContext;
use crate::http::error::HttpError;
use crate::http::extract::Fields;
use crate::verification::{ChangeEmail, VerificationError, VerifyEmail};

const FIELDS: FaultFields = FaultFields { current_password: "password", new_password: "password" };

/// Shows the form; there is none where no mails are sent.
pub(super) async fn show(page: Page, SignedIn(_): SignedIn) -> Result<Response, HttpError> {
    page.require_mails()?;
    Ok(form(&page, "", None))
}

/// Sends a link to the new address, which confirms it.
pub(super) async fn request(
    page: Page,
    SignedIn(browser): SignedIn,
    State(change_email): State<Arc<ChangeEmail>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    page.require_mails()?;
    let email = fields.text_or_empty("email")?;
    let Some(password) = fields.password_or_empty("password")? else {
        let fault = Fault::new(StatusCode::BAD_REQUEST, "password", "fault_password_missing");
        return Ok(form(&page, &email, Some(&fault)));
    };
    match change_email.request(&browser.caller, password, &email, &context).await {
        Ok(()) => Ok(mail_sent(&page, StatusCode::ACCEPTED, "mail_sent_change_email")),
        Err(error) => Ok(form(&page, &email, Some(&Fault::of_verification(error, FIELDS)?))),
    }
}

/// Sends the link that verifies the address of the user once more.
pub(super) async fn request_verification(
    SignedIn(browser): SignedIn,
    State(verify_email): State<Arc<VerifyEmail>>,
    context: RequestContext,
) -> Result<Response, HttpError> {
    let email = browser.caller.user.email.to_string();
    match verify_email.request(&email, &context).await {
        Ok(()) => Ok(redirect("/ui/account?done=verify")),
        Err(VerificationError::MailOff) => Err(HttpError::NotFound),
        Err(error) => Err(error.into()),
    }
}

fn form(page: &Page, email: &str, fault: Option<&Fault>) -> Response {
    let form = Form::default()
        .with_email(page.texts().get("new_email"), email)
        .with_password("password", page.texts().get("current_password"), "current-password")
        .signed_in();
    page.render_form("change_email", "send_link", "/ui/change-email", form, fault)
}
