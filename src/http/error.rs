//! Every error as a status and a JSON message.

use std::borrow::Cow;
use std::time::Duration;

use axum::http::header::{ACCEPT_ENCODING, CONNECTION, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use countersign_auth::response::invalid_token_compatible;
use serde::Serialize;
use tracing::error;

use super::json::Json;
use crate::accounts::AccountsError;
use crate::password::PoolError;
use crate::sessions::SessionsError;
use crate::store::StoreError;

/// What a request can be refused with.
#[derive(Debug)]
pub(super) enum HttpError {
    /// Wrong e-mail or wrong password; the client is not told which.
    WrongCredentials,
    /// The body is not what the route takes; the text says why.
    BadRequest(Cow<'static, str>),
    /// The token is no longer active.
    InvalidToken,
    RegistrationClosed,
    NotFound,
    /// The issuer is no URL, so there is no metadata.
    NoIssuerUrl,
    MethodNotAllowed,
    EmailTaken,
    /// The body did not arrive in this time.
    BodyTimeout(Duration),
    /// The body is larger than this many bytes.
    BodyTooLarge(usize),
    UnsupportedMediaType,
    /// The body is written in this character encoding.
    UnsupportedCharset(String),
    /// The body has this content coding.
    UnsupportedCoding(String),
    /// Too much to do just now.
    Busy,
    /// The store does not answer.
    Unavailable,
    /// The fault is ours; what it was is in the log and nowhere else.
    Internal,
}

#[derive(Serialize)]
struct Message {
    message: Cow<'static, str>,
}

impl HttpError {
    fn status(&self) -> StatusCode {
        match self {
            Self::WrongCredentials | Self::BadRequest(_) | Self::InvalidToken => {
                StatusCode::BAD_REQUEST
            }
            Self::RegistrationClosed => StatusCode::FORBIDDEN,
            Self::NotFound | Self::NoIssuerUrl => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::EmailTaken => StatusCode::CONFLICT,
            Self::BodyTimeout(_) => StatusCode::REQUEST_TIMEOUT,
            Self::BodyTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType
            | Self::UnsupportedCharset(_)
            | Self::UnsupportedCoding(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Busy | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The header field that says more.
    fn header(&self) -> Option<(HeaderName, &'static str)> {
        match self {
            Self::Busy | Self::Unavailable => Some((RETRY_AFTER, "1")),
            // The rest of the body is not waited for, so the connection is of no more use.
            Self::BodyTimeout(_) => Some((CONNECTION, "close")),
            // RFC 9110 section 15.5.16.
            Self::UnsupportedCoding(_) => Some((ACCEPT_ENCODING, "identity")),
            _ => None,
        }
    }

    fn message(self) -> Cow<'static, str> {
        match self {
            Self::WrongCredentials => "Wrong credentials".into(),
            Self::BadRequest(message) => message,
            Self::InvalidToken => "Token is invalid".into(),
            Self::RegistrationClosed => "Registration is closed".into(),
            Self::NotFound => "Not found".into(),
            Self::NoIssuerUrl => {
                "Set --issuer to the URL under which clients reach this service".into()
            }
            Self::MethodNotAllowed => "Method not allowed".into(),
            Self::EmailTaken => "There is an account with this e-mail address".into(),
            Self::BodyTimeout(limit) => {
                let limit = humantime::format_duration(limit);
                format!("The body did not arrive within {limit}").into()
            }
            Self::BodyTooLarge(limit) => format!("The body is larger than {limit} bytes").into(),
            Self::UnsupportedMediaType => "Content-Type must be application/json, \
                application/x-www-form-urlencoded or multipart/form-data"
                .into(),
            Self::UnsupportedCharset(name) => {
                format!("The body must be UTF-8, not {}", shortened(&name)).into()
            }
            Self::UnsupportedCoding(name) => {
                let name = shortened(&name);
                format!("The encoding {name} is not supported; send the body as it is").into()
            }
            Self::Busy => "Too many logins at once, try again in a moment".into(),
            Self::Unavailable => "Try again in a moment".into(),
            Self::Internal => "Internal error".into(),
        }
    }
}

/// The beginning of a name that a client made up.
fn shortened(name: &str) -> String {
    name.chars().take(32).collect()
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        if let Self::InvalidToken = self {
            return invalid_token_compatible();
        }
        let (status, header) = (self.status(), self.header());
        let mut response = (status, Json(Message { message: self.message() })).into_response();
        if let Some((name, value)) = header {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

impl From<AccountsError> for HttpError {
    fn from(error: AccountsError) -> Self {
        match error {
            AccountsError::RegistrationClosed => Self::RegistrationClosed,
            AccountsError::WrongPassword => Self::WrongCredentials,
            AccountsError::Email(_) | AccountsError::Policy(_) => {
                Self::BadRequest(error.to_string().into())
            }
            AccountsError::TokenInactive => Self::InvalidToken,
            AccountsError::Hashing(PoolError::Busy) => Self::Busy,
            AccountsError::Store(StoreError::EmailTaken) => Self::EmailTaken,
            AccountsError::Store(StoreError::Unavailable(_)) => {
                error!(%error, "a request failed");
                Self::Unavailable
            }
            AccountsError::Hashing(PoolError::Failed) => {
                error!(%error, "a request failed");
                Self::Internal
            }
        }
    }
}

impl From<SessionsError> for HttpError {
    fn from(error: SessionsError) -> Self {
        match error {
            SessionsError::UserGone => Self::WrongCredentials,
            SessionsError::TokenInactive => Self::InvalidToken,
            SessionsError::NoSession => Self::BadRequest(
                "This token belongs to no session; scope=global ends it and all others".into(),
            ),
            SessionsError::Store(StoreError::EmailTaken) => Self::EmailTaken,
            SessionsError::Store(_) => {
                error!(%error, "a request failed");
                Self::Unavailable
            }
            SessionsError::Signing(_) => {
                error!(%error, "a request failed");
                Self::Internal
            }
        }
    }
}
