//! The responses of the layers (RFC 6750 section 3), for handlers that check the identity
//! themselves.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};

const INVALID_TOKEN: &str = r#"{"message": "Token is invalid"}"#;
const INVALID_TOKEN_CHALLENGE: &str = "Bearer error=\"invalid_token\"";

/// `401`: the request has no token. Without an error code (RFC 6750 section 3.1).
#[must_use]
pub fn auth_required<B: From<&'static str>>() -> Response<B> {
    challenge(StatusCode::UNAUTHORIZED, r#"{"message": "Auth required"}"#, "Bearer")
}

/// `401`: the token is rejected (RFC 6750 section 3.1).
#[must_use]
pub fn invalid_token<B: From<&'static str>>() -> Response<B> {
    challenge(StatusCode::UNAUTHORIZED, INVALID_TOKEN, INVALID_TOKEN_CHALLENGE)
}

/// `400`: the token is rejected, with the status of the compatibility contract.
#[must_use]
pub fn invalid_token_compatible<B: From<&'static str>>() -> Response<B> {
    challenge(StatusCode::BAD_REQUEST, INVALID_TOKEN, INVALID_TOKEN_CHALLENGE)
}

/// `400`: not exactly one bearer token in the `Authorization` header.
pub(super) fn invalid_request<B: From<&'static str>>() -> Response<B> {
    let body = r#"{"message": "The Authorization header must be one bearer token"}"#;
    challenge(StatusCode::BAD_REQUEST, body, "Bearer error=\"invalid_request\"")
}

/// `503`: the token could not be checked.
pub(super) fn unavailable<B: From<&'static str>>() -> Response<B> {
    let body = r#"{"message": "Temporarily unavailable, try again later"}"#;
    let mut response = json(StatusCode::SERVICE_UNAVAILABLE, body);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

fn challenge<B: From<&'static str>>(
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
