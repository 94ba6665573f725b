//! The device token of a request and of a response.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;

use crate::token::DeviceToken;

/// The header for clients without cookies.
pub(in crate::http) const X_DEVICE_TOKEN: HeaderName = HeaderName::from_static("x-device-token");

/// The name of the cookie. Browsers accept the prefix from HTTPS and from localhost alone, for this
/// host and all paths (RFC 6265bis section 4.1.3.2).
const COOKIE_NAME: &str = "__Host-countersign_device";

/// The maximum age of the cookie, in seconds: 400 days, the maximum of browsers.
const MAX_AGE: u32 = 400 * 24 * 60 * 60;

/// The device token that a request presents, unverified: that of `X-Device-Token`, otherwise that of
/// the first cookie of its name. Malformed headers have none.
pub(in crate::http) fn presented(headers: &HeaderMap) -> Option<SecretString> {
    let of_header = headers.get(X_DEVICE_TOKEN).and_then(|value| value.to_str().ok());
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|list| list.split(';'));
    let of_cookie =
        || pairs.find_map(|pair| pair.trim().strip_prefix(COOKIE_NAME)?.strip_prefix('='));
    let token = of_header.or_else(of_cookie)?;
    (token.len() <= DeviceToken::MAX_LENGTH).then(|| token.into())
}

/// Sets the cookie beside a response, where there is a device token.
pub(in crate::http) fn with_cookie(device: Option<&str>, response: impl IntoResponse) -> Response {
    let mut response = response.into_response();
    let cookie = device.and_then(|device| {
        let attributes = "Path=/; Secure; HttpOnly; SameSite=Strict";
        let cookie = format!("{COOKIE_NAME}={device}; Max-Age={MAX_AGE}; {attributes}");
        HeaderValue::from_str(&cookie).ok()
    });
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use secrecy::ExposeSecret;

    use super::*;

    #[rstest]
    #[case::none(&[], None)]
    #[case::header(&[("x-device-token", "a")], Some("a"))]
    #[case::cookie(&[("cookie", "x=1; __Host-countersign_device=a; y=2")], Some("a"))]
    #[case::second_cookie_header(&[("cookie", "x=1"), ("cookie", "__Host-countersign_device=a")], Some("a"))]
    #[case::two_cookies(&[("cookie", "__Host-countersign_device=a; __Host-countersign_device=b")], Some("a"))]
    #[case::header_first(&[("cookie", "__Host-countersign_device=a"), ("x-device-token", "b")], Some("b"))]
    #[case::other_cookie(&[("cookie", "__Host-countersign_devices=a; device=b")], None)]
    #[case::not_ascii(&[("cookie", "__Host-countersign_device=\u{e9}")], None)]
    fn device_token_is_that_of_the_header_or_the_cookie(
        #[case] headers: &[(&str, &str)],
        #[case] expected: Option<&str>,
    ) {
        let headers = headers.iter().map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            (name, HeaderValue::from_bytes(value.as_bytes()).unwrap())
        });
        let found = presented(&headers.collect());
        assert_eq!(found.as_ref().map(ExposeSecret::expose_secret), expected);
    }

    #[test]
    fn long_device_token_is_ignored() {
        let mut headers = HeaderMap::new();
        headers.insert(X_DEVICE_TOKEN, "x".repeat(DeviceToken::MAX_LENGTH + 1).parse().unwrap());
        assert!(presented(&headers).is_none());
    }
}
