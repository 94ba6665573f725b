//! Security headers of all pages.

use axum::http::header::{
    CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, VARY, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;

use super::site::Site;

/// Two years, as browsers' preload lists demand.
const TRANSPORT: HeaderValue = HeaderValue::from_static("max-age=63072000");

/// Adds the headers. `Referrer-Policy` is `same-origin`: with `no-referrer` browsers would send
/// `Origin: null` with forms.
pub(super) fn add_headers(site: &Site, mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, site.policy.clone());
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    let opener = HeaderName::from_static("cross-origin-opener-policy");
    headers.insert(opener, HeaderValue::from_static("same-origin"));
    headers.append(VARY, HeaderValue::from_static("accept-language, cookie"));
    if site.public_url.as_ref().is_some_and(crate::domain::PublicUrl::is_https) {
        headers.insert(STRICT_TRANSPORT_SECURITY, TRANSPORT);
    }
    response
}
