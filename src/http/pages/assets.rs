//! `GET /ui/style.css`, `GET /ui/logo`

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;

use super::site::Site;

/// The stylesheet. Its URL has its version, so that it is cached for long.
pub(super) async fn style(State(site): State<Arc<Site>>) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    (headers, site.stylesheet.text.clone())
}

/// The logo.
pub(super) async fn logo(State(site): State<Arc<Site>>) -> impl IntoResponse {
    let (media_type, bytes) = site.logo();
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")),
    ];
    (headers, bytes)
}
