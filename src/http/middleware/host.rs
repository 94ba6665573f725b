//! The `Host` of a request.

use std::future::{Ready, ready};
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, Version};
use axum::response::{IntoResponse, Response};
use futures_util::future::Either;
use tower::Service;

use crate::http::error::HttpError;

/// Rejects requests without exactly one valid `Host` (RFC 9112 section 3.2).
///
/// HTTP/1.0 needs none. On HTTP/2 `:authority` takes its place (RFC 9113 section 8.3.1).
#[derive(Clone)]
pub(super) struct RequireHost<S>(pub(super) S);

impl<S: Service<Request, Response = Response>> Service<Request> for RequireHost<S> {
    type Response = Response;
    type Error = S::Error;
    type Future = Either<S::Future, Ready<Result<Response, S::Error>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if has_valid_host(request.version(), request.uri(), request.headers()) {
            Either::Left(self.0.call(request))
        } else {
            let message = "There must be exactly one valid Host header";
            Either::Right(ready(Ok(HttpError::BadRequest(message.into()).into_response())))
        }
    }
}

/// Also an absolute-form target, whose authority replaces that of `Host`, needs a valid `Host`
/// (RFC 9112 section 3.2.2).
fn has_valid_host(version: Version, uri: &Uri, headers: &HeaderMap) -> bool {
    let authority = uri.authority().map(Authority::as_str);
    let mut hosts = headers.get_all(HOST).iter();
    let (host, second) = (hosts.next(), hosts.next());
    let may_be_absent =
        version < Version::HTTP_11 || (version >= Version::HTTP_2 && authority.is_some());
    second.is_none()
        && authority.is_none_or(|authority| is_host_and_port(authority.as_bytes()))
        && host.map_or(may_be_absent, |host| is_host_and_port(host.as_bytes()))
}

/// Whether this is `uri-host [ ":" port ]` (RFC 9110 section 7.2), with a host that is not empty.
fn is_host_and_port(text: &[u8]) -> bool {
    if is_plain_host_and_port(text) {
        return true;
    }
    let Ok(authority) = Authority::try_from(text) else { return false };
    let host = authority.host();
    match authority.as_str().strip_prefix(host).filter(|_| !host.is_empty()) {
        Some("" | ":") => true,
        Some(port) => {
            port[1..].bytes().all(|byte| byte.is_ascii_digit()) && authority.port_u16().is_some()
        }
        // There is no host, or user information before it.
        None => false,
    }
}

/// Whether this is a name or IPv4 address, with a port of up to five digits below 60000, if any: the
/// usual case, which is checked without a copy.
fn is_plain_host_and_port(text: &[u8]) -> bool {
    let colon = text.iter().position(|byte| *byte == b':').unwrap_or(text.len());
    let (host, port) = text.split_at(colon);
    !host.is_empty()
        && host.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
        && port.iter().skip(1).all(u8::is_ascii_digit)
        && (port.len() < 6 || port.len() == 6 && port[1] < b'6')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_and_port_are_told_from_anything_else() {
        for valid in
            ["x", "example.com", "example.com:8080", "x:", "127.0.0.1:1", "[::1]", "[::1]:80"]
        {
            assert!(is_host_and_port(valid.as_bytes()), "{valid}");
        }
        for invalid in [
            "",
            ":80",
            "a b",
            "a/b",
            "a?b",
            "a#b",
            "http://a",
            "user@a",
            "user:pw@a",
            "@a",
            "a@",
            "x:y",
            "x:80:80",
            "x:65536",
            "::1",
            "[::1",
            "é",
            "a\\b",
            "x:+80",
        ] {
            assert!(!is_host_and_port(invalid.as_bytes()), "{invalid}");
        }
    }
}
