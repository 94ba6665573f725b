//! The response of the routes that may send a mail.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::http::json::Json;

/// The response, whether a mail was sent or not.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(super) struct MailSent {
    #[cfg_attr(test, schema(example = "If the address is eligible, a mail is on its way to it"))]
    message: &'static str,
}

/// `202 Accepted`, which does not tell whether a mail was sent.
pub(super) fn mail_sent() -> Response {
    let message = "If the address is eligible, a mail is on its way to it";
    (StatusCode::ACCEPTED, Json(MailSent { message })).into_response()
}
