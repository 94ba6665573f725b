//! The domain of the session cookie.

use std::fmt;

use url::Host;

/// The domain of a cookie, such as `example.com`: the cookie is sent to all its hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieDomain(String);

/// The text is no domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a domain of at least two labels, such as example.com, and no address")]
pub struct CookieDomainError;

impl CookieDomain {
    /// Parses a domain.
    ///
    /// # Errors
    ///
    /// [`CookieDomainError`].
    pub fn parse(text: &str) -> Result<Self, CookieDomainError> {
        match Host::parse(text) {
            Ok(Host::Domain(domain)) if is_domain(&domain) => Ok(Self(domain)),
            _ => Err(CookieDomainError),
        }
    }

    /// Whether browsers accept the cookie from this host (RFC 6265 section 5.1.3).
    #[must_use]
    pub fn contains(&self, host: &str) -> bool {
        host == self.0 || host.strip_suffix(&self.0).is_some_and(|rest| rest.ends_with('.'))
    }
}

/// Of at least two labels: browsers refuse cookies of `com`.
fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
    };
    domain.contains('.') && domain.split('.').all(is_label)
}

impl fmt::Display for CookieDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domain_contains_itself_and_its_hosts() {
        let domain = CookieDomain::parse("Example.com").unwrap();
        assert_eq!(domain.to_string(), "example.com");
        assert!(domain.contains("example.com") && domain.contains("login.example.com"));
        for foreign in ["com", "badexample.com", "example.com.evil", "login.example.org", ""] {
            assert!(!domain.contains(foreign), "{foreign}");
        }
    }

    #[test]
    fn what_is_no_domain_is_rejected() {
        for text in [
            "",
            "com",
            ".example.com",
            "example.com.",
            "a..b",
            "127.0.0.1",
            "[::1]",
            "a b.com",
            "example.com; Path=/x",
            "https://example.com",
            "example.com:443",
            "*.example.com",
        ] {
            assert_eq!(CookieDomain::parse(text), Err(CookieDomainError), "{text}");
        }
    }
}
