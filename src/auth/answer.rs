//! The answers of the layers (RFC 6750 section 3).

use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};

use super::authenticate::Rejection;

/// What a header that holds no good token is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rules {
    /// As the tutorial does: a bare token is one, and everything else that is not good is a `400`.
    Tutorial,
    /// As RFC 6750 section 3.1 says.
    Rfc6750,
}

/// Nobody is there, and somebody has to be. Without an error code, as RFC 6750 section 3.1 asks.
pub(crate) fn auth_required<B: From<&'static str>>() -> Response<B> {
    challenged(StatusCode::UNAUTHORIZED, r#"{"message": "Auth required"}"#, "Bearer")
}

/// The token was good when the request came, and is not any more: as the compatibility contract has it.
pub(crate) fn token_invalid<B: From<&'static str>>() -> Response<B> {
    rejected(Rejection::Invalid, Rules::Tutorial)
}

/// The header holds no bearer token that could be judged.
pub(super) fn malformed<B: From<&'static str>>() -> Response<B> {
    let body = r#"{"message": "The Authorization header must be one bearer token"}"#;
    challenged(StatusCode::BAD_REQUEST, body, "Bearer error=\"invalid_request\"")
}

/// The token was refused, with the status of `rules`.
pub(super) fn rejected<B: From<&'static str>>(rejection: Rejection, rules: Rules) -> Response<B> {
    match rejection {
        Rejection::Invalid => {
            let status = match rules {
                Rules::Tutorial => StatusCode::BAD_REQUEST,
                Rules::Rfc6750 => StatusCode::UNAUTHORIZED,
            };
            let body = r#"{"message": "Token is invalid"}"#;
            challenged(status, body, "Bearer error=\"invalid_token\"")
        }
        Rejection::Unavailable => {
            let body = r#"{"message": "Try again in a moment"}"#;
            let mut response = json(StatusCode::SERVICE_UNAVAILABLE, body);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            response
        }
    }
}

fn challenged<B: From<&'static str>>(
    status: StatusCode,
    body: &'static str,
    challenge: &'static str,
) -> Response<B> {
    let mut response = json(status, body);
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    response
}

fn json<B: From<&'static str>>(status: StatusCode, body: &'static str) -> Response<B> {
    let mut response = Response::new(B::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
