//! Every error as a status and a JSON message.

use std::borrow::Cow;
use std::time::Duration;

use axum::http::header::{ACCEPT_ENCODING, CONNECTION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use countersign_auth::response::{invalid_token, invalid_token_compatible};
use serde::Serialize;

use super::json::Json;

mod use_cases;

/// Errors of the endpoints that no standard rules.
#[derive(Debug)]
pub(super) enum HttpError {
    /// Unknown e-mail address or wrong password; the response does not tell which.
    WrongCredentials,
    /// The request is invalid, for this reason.
    BadRequest(Cow<'static, str>),
    /// The token is no longer active.
    InvalidToken,
    RegistrationClosed,
    /// A page of another origin has made the request.
    ForeignOrigin,
    /// The e-mail address of the user has to be verified before the login.
    EmailUnverified,
    /// The service sends no mails.
    MailOff,
    NotFound,
    MethodNotAllowed,
    EmailTaken,
    /// The change would leave no active administrator.
    LastAdministrator,
    /// The caller may not administrate.
    NotAdministrator,
    /// The token of an administrator is no longer active.
    AdministratorInactive,
    /// The credentials of an OAuth client are invalid.
    InvalidClient,
    /// The body must be JSON.
    JsonRequired,
    /// The body did not arrive in this time.
    BodyTimeout(Duration),
    /// The body is larger than this many bytes.
    BodyTooLarge(usize),
    UnsupportedMediaType,
    /// The body is written in this character encoding.
    UnsupportedCharset(String),
    /// The body has this content coding.
    UnsupportedCoding(String),
    /// Load shedding: the queue for password hashing is full.
    Busy,
    /// Too many failed password checks; the time until the next one is admitted.
    Throttled(Duration),
    /// Too many requests of this kind; the time until the next one is admitted.
    TooManyRequests(Duration),
    /// The store is unavailable.
    Unavailable,
    /// An internal error, whose cause is in the log alone.
    Internal,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[cfg_attr(test, schema(as = Error))]
pub(super) struct Message {
    /// The reason, in a sentence.
    #[cfg_attr(test, schema(value_type = String, example = "Wrong credentials"))]
    message: Cow<'static, str>,
}

impl HttpError {
    fn status(&self) -> StatusCode {
        match self {
            Self::WrongCredentials | Self::BadRequest(_) | Self::InvalidToken => {
                StatusCode::BAD_REQUEST
            }
            Self::RegistrationClosed
            | Self::EmailUnverified
            | Self::NotAdministrator
            | Self::ForeignOrigin => StatusCode::FORBIDDEN,
            Self::AdministratorInactive | Self::InvalidClient => StatusCode::UNAUTHORIZED,
            Self::MailOff => StatusCode::NOT_IMPLEMENTED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::EmailTaken | Self::LastAdministrator => StatusCode::CONFLICT,
            Self::BodyTimeout(_) => StatusCode::REQUEST_TIMEOUT,
            Self::BodyTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType
            | Self::JsonRequired
            | Self::UnsupportedCharset(_)
            | Self::UnsupportedCoding(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Throttled(_) | Self::TooManyRequests(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The header field that this error needs.
    fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        let (name, value) = match self {
            Self::Throttled(wait) | Self::TooManyRequests(wait) => {
                (RETRY_AFTER, retry_after(*wait))
            }
            Self::InvalidClient => {
                (WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"countersign\""))
            }
            Self::Busy | Self::Unavailable => (RETRY_AFTER, HeaderValue::from_static("1")),
            // The rest of the body would be read as the next request.
            Self::BodyTimeout(_) => (CONNECTION, HeaderValue::from_static("close")),
            // RFC 9110 section 15.5.16.
            Self::UnsupportedCoding(_) => (ACCEPT_ENCODING, HeaderValue::from_static("identity")),
            _ => return None,
        };
        Some((name, value))
    }

    fn message(self) -> Cow<'static, str> {
        match self {
            Self::WrongCredentials => "Wrong credentials".into(),
            Self::BadRequest(message) => message,
            Self::InvalidToken | Self::AdministratorInactive => "Token is invalid".into(),
            Self::RegistrationClosed => "Registration is closed".into(),
            Self::ForeignOrigin => "The request comes from another origin".into(),
            Self::EmailUnverified => {
                "E-mail address not verified; open the link that was sent to it".into()
            }
            Self::MailOff => "This service sends no mails".into(),
            Self::NotFound => "Not found".into(),
            Self::MethodNotAllowed => "Method not allowed".into(),
            Self::EmailTaken => "E-mail address already registered".into(),
            Self::LastAdministrator => {
                "The last administrator cannot be deleted, disabled or made an ordinary user".into()
            }
            Self::NotAdministrator => "Administrator rights are required".into(),
            Self::InvalidClient => "Client authentication failed".into(),
            Self::JsonRequired => "Content-Type must be application/json".into(),
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
                format!("The encoding {name} is not supported; send the body unencoded").into()
            }
            Self::Throttled(_) => "Too many failed attempts, try again later".into(),
            Self::TooManyRequests(_) => "Too many requests, try again later".into(),
            Self::Busy => "Too many logins at once, try again later".into(),
            Self::Unavailable => "Temporarily unavailable, try again later".into(),
            Self::Internal => "Internal error".into(),
        }
    }
}

/// The value of `Retry-After`: seconds, rounded up.
pub(super) fn retry_after(wait: Duration) -> HeaderValue {
    let seconds = wait.as_millis().div_ceil(1000).max(1);
    u64::try_from(seconds).unwrap_or(u64::MAX).into()
}

/// The beginning of a name that a client has sent.
fn shortened(name: &str) -> String {
    name.chars().take(32).collect()
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        match self {
            Self::InvalidToken => return invalid_token_compatible(),
            Self::AdministratorInactive => return invalid_token(),
            _ => {}
        }
        let (status, header) = (self.status(), self.header());
        let mut response = (status, Json(Message { message: self.message() })).into_response();
        if let Some((name, value)) = header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}
