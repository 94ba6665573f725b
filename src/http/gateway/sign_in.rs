//! Where a browser without a session is sent.

use std::net::SocketAddr;

use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method};
use axum::response::Response;
use url::Url;

use crate::config::HttpOptions;
use crate::http::extract::{accepts_html, is_trusted};
use crate::http::pages::Site;

pub(super) const X_FORWARDED_METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
pub(super) const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_URI: HeaderName = HeaderName::from_static("x-forwarded-uri");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Leads a browser that opens a page to the sign-in page, and from there back; `None` for any other
/// request, and where the URL of the page is unknown: only a trusted proxy can name it.
pub(super) fn sign_in(parts: &Parts, options: &HttpOptions, site: &Site) -> Option<Response> {
    let peer = parts.extensions.get::<SocketAddr>()?;
    if !is_navigation(parts) || !is_trusted(peer.ip(), &options.trusted_proxies) {
        return None;
    }
    site.sign_in(&page(parts)?)
}

/// Whether a browser opens a page: neither a script nor an API client accepts HTML.
fn is_navigation(parts: &Parts) -> bool {
    let headers = &parts.headers;
    let method = match headers.get(X_FORWARDED_METHOD) {
        Some(method) => Method::from_bytes(method.as_bytes()).ok(),
        None => Some(parts.method.clone()),
    };
    let mode = headers.get(SEC_FETCH_MODE);
    matches!(method, Some(Method::GET | Method::HEAD))
        && accepts_html(headers)
        && mode.is_none_or(|mode| mode == "navigate")
}

/// The URL of the page: from `X-Forwarded-Host` and `X-Forwarded-Uri`, or as Envoy has it.
fn page(parts: &Parts) -> Option<Url> {
    let headers = &parts.headers;
    let scheme = single(headers, &X_FORWARDED_PROTO)?;
    let (host, path) = match single(headers, &X_FORWARDED_URI) {
        Some(path) => (single(headers, &X_FORWARDED_HOST)?, path),
        None => (single(headers, &HOST)?, original(parts.uri.query()?)?),
    };
    if !path.starts_with('/') {
        return None;
    }
    Url::parse(&format!("{scheme}://{host}{path}")).ok()
}

/// What follows the parameter `original` of a query, as it is: path and query of the request.
fn original(query: &str) -> Option<&str> {
    const NAME: &str = "original=";
    query.strip_prefix(NAME).or_else(|| Some(query.split_once(&format!("&{NAME}"))?.1))
}

/// The value of a header that is there once.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    value.to_str().ok()
}
