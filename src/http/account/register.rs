//! `POST /register`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::login::logged_in;
use super::mail_sent::mail_sent;
use crate::accounts::{Registrar, RegistrationOutcome};
use crate::domain::RequestContext;
use crate::http::error::HttpError;
use crate::http::extract::Fields;

/// Creates an account, and opens its first session; where addresses have to be verified first, sends a
/// mail instead.
pub(in crate::http) async fn register(
    State(registrar): State<Arc<Registrar>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    let email = fields.text("email")?;
    let password = fields.password("password")?;
    Ok(match registrar.register(&email, password, &context).await? {
        RegistrationOutcome::Registered(tokens) => {
            (StatusCode::CREATED, logged_in(tokens)).into_response()
        }
        RegistrationOutcome::MailSent => mail_sent(),
    })
}
