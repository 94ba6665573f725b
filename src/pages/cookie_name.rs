//! The name of the session cookie.

use super::cookie_domain::CookieDomain;

/// The name of the session cookie, with the strictest prefix that browsers accept.
///
/// With the prefix `__Host-` no other host can set it (RFC 6265bis section 4.1.3). For a domain it has
/// the prefix `__Secure-`; under a public URL without TLS it has none.
#[must_use]
pub fn session_cookie_name(domain: Option<&CookieDomain>, is_secure: bool) -> &'static str {
    match (domain, is_secure) {
        (None, true) => "__Host-countersign_session",
        (Some(_), true) => "__Secure-countersign_session",
        (_, false) => "countersign_session",
    }
}
