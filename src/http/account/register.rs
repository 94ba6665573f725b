//! `POST /register`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

#[cfg(test)]
use super::login::LoggedIn;
use super::login::logged_in;
#[cfg(test)]
use super::mail_sent::MailSent;
use super::mail_sent::mail_sent;
use crate::accounts::{Registrar, RegistrationOutcome};
use crate::domain::RequestContext;
#[cfg(test)]
use crate::http::docs::responses::TooManyRequests;
use crate::http::error::HttpError;
#[cfg(test)]
use crate::http::error::Message as Error;
use crate::http::extract::Fields;
use crate::sessions::TokenSession;

/// The fields of a registration.
#[cfg(test)]
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "for the OpenAPI document")]
struct RegisterRequest {
    /// E-mail address.
    #[schema(format = "email", max_length = 254, example = "ada@example.com")]
    email: String,
    /// New password, of at most 1024 bytes; `--min-password-length` and other rules apply.
    #[schema(format = Password, min_length = 1, max_length = 1024, example = "correct horse battery")]
    password: String,
}

/// Creates an account, and opens its first session.
///
/// Where addresses have to be verified first, it sends a mail instead.
#[cfg_attr(test, utoipa::path(
    post, path = "/register", tag = "Login",
    request_body = RegisterRequest,
    responses(
        (status = 201, description = "The tokens of the first session", body = LoggedIn),
        (status = 202, description = "A mail was sent: the address has to be verified first", body = MailSent),
        (status = 400, description = "The address or the password is not accepted", body = Error),
        (status = 403, description = "Registration is closed", body = Error),
        (status = 409, description = "The address is taken", body = Error),
        TooManyRequests,
    )
))]
pub(in crate::http) async fn register(
    State(registrar): State<Arc<Registrar>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    let email = fields.text("email")?;
    let password = fields.password("password")?;
    Ok(match registrar.register(&email, password, TokenSession, &context).await? {
        RegistrationOutcome::Registered(tokens) => {
            (StatusCode::CREATED, logged_in(tokens)).into_response()
        }
        RegistrationOutcome::MailSent => mail_sent(),
    })
}
