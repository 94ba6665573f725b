//! Requests that pages of other origins make with the cookie (CSRF).

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, Method};
use url::Url;

use super::sign_in::{X_FORWARDED_HOST, X_FORWARDED_METHOD};
use crate::pages::RedirectOrigins;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// Each WebSocket handshake has it, and nothing else.
const SEC_WEBSOCKET_VERSION: HeaderName = HeaderName::from_static("sec-websocket-version");

/// Whether a page of an origin that is not allowed makes this request, and it may change something: by
/// its method, or as a WebSocket, whose handshake is a `GET`.
///
/// Browsers send the cookie with requests of all pages of the same site (`SameSite=Lax`), and an upstream
/// may rely on it alone. The rules are those of the hosted pages (tower-http's `CsrfLayer`), for the method
/// and the host that the gateway names. They are believed from any peer: no page can send them to
/// another origin without its consent (a preflight request).
pub(super) fn is_foreign(method: &Method, headers: &HeaderMap, allowed: &RedirectOrigins) -> bool {
    let forwarded = headers.get(X_FORWARDED_METHOD);
    let is_safe = method.is_safe()
        && forwarded.is_none_or(|method| {
            Method::from_bytes(method.as_bytes()).is_ok_and(|method| method.is_safe())
        })
        && !headers.contains_key(SEC_WEBSOCKET_VERSION);
    if is_safe {
        return false;
    }
    let origin = headers.get(ORIGIN).map(|origin| origin.to_str().unwrap_or_default());
    if origin.is_some_and(|origin| allowed.iter().any(|allowed| allowed == origin)) {
        return false;
    }
    match (headers.get(SEC_FETCH_SITE), origin) {
        (Some(site), _) => site != "same-origin" && site != "none",
        (None, Some(origin)) => !is_of_host(origin, headers),
        // No browser: all of them send one of the two.
        (None, None) => false,
    }
}

/// Whether the host of an origin is that of the request.
fn is_of_host(origin: &str, headers: &HeaderMap) -> bool {
    let host = headers.get(X_FORWARDED_HOST).or_else(|| headers.get(HOST));
    let host = host.and_then(|host| host.to_str().ok());
    let (Some(host), Ok(origin)) = (host, Url::parse(origin)) else { return false };
    // With its scheme, so that a default port is none.
    let of_host = Url::parse(&format!("{}://{host}", origin.scheme()));
    of_host.is_ok_and(|url| url.origin().is_tuple() && url.origin() == origin.origin())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use rstest::rstest;

    use super::*;

    fn foreign(method: &str, headers: &[(&'static str, &'static str)]) -> bool {
        let pairs = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let allowed = RedirectOrigins::new(vec!["https://app.example.com".to_owned()]);
        is_foreign(&method.parse().unwrap(), &pairs.collect(), &allowed)
    }

    const HOST: (&str, &str) = ("x-forwarded-host", "wiki.example.com");

    #[rstest]
    #[case::same_origin(&[("sec-fetch-site", "same-origin")], false)]
    #[case::address_bar(&[("sec-fetch-site", "none")], false)]
    #[case::same_site(&[("sec-fetch-site", "same-site")], true)]
    #[case::cross_site(&[("sec-fetch-site", "cross-site"), ("origin", "null")], true)]
    #[case::front_end(&[("sec-fetch-site", "same-site"), ("origin", "https://app.example.com")], false)]
    #[case::no_browser(&[], false)]
    #[case::old_browser(&[("origin", "https://wiki.example.com")], false)]
    #[case::old_browser_with_default_port(&[("origin", "https://wiki.example.com:443")], false)]
    #[case::old_browser_elsewhere(&[("origin", "https://evil.example.com")], true)]
    #[case::old_browser_opaque(&[("origin", "null")], true)]
    #[case::no_origin(&[("origin", "wiki.example.com")], true)]
    fn origin_decides_for_what_may_change_something(
        #[case] headers: &[(&'static str, &'static str)],
        #[case] expected: bool,
    ) {
        let with = |more: &[(&'static str, &'static str)]| [headers, &[HOST], more].concat();
        assert_eq!(foreign("GET", &with(&[("x-forwarded-method", "POST")])), expected);
        assert_eq!(foreign("POST", &with(&[])), expected);
        assert_eq!(foreign("GET", &with(&[("sec-websocket-version", "13")])), expected);
        assert_eq!(foreign("GET", &with(&[("x-forwarded-method", "")])), expected);
        assert!(!foreign("GET", &with(&[])));
        assert!(!foreign("GET", &with(&[("x-forwarded-method", "HEAD")])));
    }
}
