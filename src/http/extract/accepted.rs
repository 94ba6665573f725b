//! What a client accepts.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

/// Whether a client names HTML among the media types that it accepts, as browsers do for pages: `*/*` is
/// what others send.
pub(in crate::http) fn accepts_html(headers: &HeaderMap) -> bool {
    let mut accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let is_html = |range: &str| {
        let media_type = range.split(';').next().unwrap_or_default().trim();
        media_type.eq_ignore_ascii_case("text/html")
    };
    accepted.any(|list| list.split(',').any(is_html))
}
