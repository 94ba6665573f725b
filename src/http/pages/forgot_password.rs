//! `GET /ui/forgot-password`, `POST /ui/forgot-password`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::faults::{Fault, FaultFields};
use super::form::Form;
use super::mail_sent::mail_sent;
use super::page::Page;
use crate::domain::RequestContext;
use crate::http::error::HttpError;
use crate::http::extract::Fields;
use crate::verification::ResetPassword;

/// Shows the form; there is none where no mails are sent.
pub(super) async fn show(page: Page) -> Result<Response, HttpError> {
    page.require_mails()?;
    Ok(form(&page, "", None))
}

/// Sends a link to the address, if it is that of an account: the response does not tell.
pub(super) async fn request(
    page: Page,
    State(reset_password): State<Arc<ResetPassword>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    page.require_mails()?;
    let email = fields.text_or_empty("email")?;
    match reset_password.request(&email, &context).await {
        Ok(()) => Ok(mail_sent(&page, StatusCode::ACCEPTED, "mail_sent_forgot")),
        Err(error) => {
            let fault = Fault::of_verification(error, FaultFields::default())?;
            Ok(form(&page, &email, Some(&fault)))
        }
    }
}

fn form(page: &Page, email: &str, fault: Option<&Fault>) -> Response {
    let form = Form::default().with_email(page.texts().get("email"), email);
    page.render_form("forgot_password", "send_link", "/ui/forgot-password", form, fault)
}
