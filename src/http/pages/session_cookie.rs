//! The cookie of a browser session.

use std::time::Duration;

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

use crate::pages::{CookieDomain, session_cookie_name};
use crate::token::BrowserToken;

/// The longest age of a cookie, 400 days: the maximum of browsers.
const MAX_AGE: Duration = Duration::from_hours(400 * 24);

/// Name and attributes of the cookie.
#[derive(Debug)]
pub(super) struct SessionCookie {
    name: &'static str,
    attributes: String,
}

impl SessionCookie {
    pub(super) fn new(domain: Option<&CookieDomain>, is_secure: bool) -> Self {
        let name = session_cookie_name(domain, is_secure);
        let secure = if is_secure { "; Secure" } else { "" };
        let domain = domain.map(|domain| format!("; Domain={domain}")).unwrap_or_default();
        Self { name, attributes: format!("; Path=/; HttpOnly; SameSite=Lax{secure}{domain}") }
    }

    /// The value that a request presents, unverified: that of the first cookie of the name.
    pub(super) fn presented<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|list| list.split(';'));
        let value =
            pairs.find_map(|pair| pair.trim().strip_prefix(self.name)?.strip_prefix('='))?;
        (value.len() <= BrowserToken::MAX_LENGTH).then_some(value)
    }

    /// The value of `Set-Cookie`. Without a maximum age the cookie ends with the browser.
    pub(super) fn set(&self, value: &str, max_age: Option<Duration>) -> Option<HeaderValue> {
        let max_age = max_age.map(|age| format!("; Max-Age={}", age.min(MAX_AGE).as_secs()));
        let Self { name, attributes } = self;
        let cookie = format!("{name}={value}{}{attributes}", max_age.unwrap_or_default());
        HeaderValue::from_str(&cookie).ok()
    }

    /// The value of `Set-Cookie` that deletes the cookie.
    pub(super) fn delete(&self) -> Option<HeaderValue> {
        self.set("", Some(Duration::ZERO))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_is_the_strictest_that_browsers_accept() {
        let domain = CookieDomain::parse("example.com").unwrap();
        for (domain, is_secure, expected) in [
            (None, true, "__Host-countersign_session=x; Path=/; HttpOnly; SameSite=Lax; Secure"),
            (
                Some(&domain),
                true,
                "__Secure-countersign_session=x; Path=/; HttpOnly; SameSite=Lax; Secure; \
                 Domain=example.com",
            ),
            (None, false, "countersign_session=x; Path=/; HttpOnly; SameSite=Lax"),
        ] {
            assert_eq!(SessionCookie::new(domain, is_secure).set("x", None).unwrap(), expected);
        }
    }

    #[test]
    fn presented_value_is_that_of_the_first_cookie_of_the_name() {
        let cookie = SessionCookie::new(None, false);
        let presented = |text: &'static str| {
            let headers = HeaderMap::from_iter([(COOKIE, HeaderValue::from_static(text))]);
            cookie.presented(&headers).map(str::to_owned)
        };
        assert_eq!(presented("a=1; countersign_session=x; b=2").as_deref(), Some("x"));
        assert_eq!(presented("countersign_session=x;countersign_session=y").as_deref(), Some("x"));
        for other in ["", "countersign_sessions=x", "xcountersign_session=x", "countersign_session"]
        {
            assert_eq!(presented(other), None, "{other}");
        }
    }
}
