//! The answers of the layers (RFC 6750 section 3).

use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};

use super::authenticate::Rejection;

/// Nobody is there, and somebody has to be. Without an error code, as RFC 6750 section 3.1 asks.
pub(super) fn auth_required<B: From<&'static str>>() -> Response<B> {
    let mut response = json(StatusCode::UNAUTHORIZED, r#"{"message": "Auth required"}"#);
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

pub(super) fn rejected<B: From<&'static str>>(rejection: Rejection) -> Response<B> {
    match rejection {
        Rejection::Invalid => {
            let mut response = json(StatusCode::BAD_REQUEST, r#"{"message": "Token is invalid"}"#);
            let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
            response
        }
        Rejection::Unavailable => {
            let body = r#"{"message": "Try again in a moment"}"#;
            let mut response = json(StatusCode::SERVICE_UNAVAILABLE, body);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            response
        }
    }
}

fn json<B: From<&'static str>>(status: StatusCode, body: &'static str) -> Response<B> {
    let mut response = Response::new(B::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
