//! The URL under which browsers reach the service.

use std::fmt;

use url::Url;

/// The origin under which browsers reach the service, such as `https://login.example.com`: links in mails
/// begin with it, and its scheme decides whether cookies are `Secure`. It has no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(Url);

/// The text is no public URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a URL of scheme, host and port, such as https://login.example.com, without a path, a \
     query or a user"
)]
pub struct PublicUrlError;

impl PublicUrl {
    /// Parses a URL of scheme, host and port; a trailing slash is ignored.
    ///
    /// # Errors
    ///
    /// [`PublicUrlError`].
    pub fn parse(text: &str) -> Result<Self, PublicUrlError> {
        let url = Url::parse(text.trim()).map_err(|_| PublicUrlError)?;
        let is_origin = matches!(url.scheme(), "http" | "https")
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
            && url.host_str().is_some_and(|host| !host.is_empty() && !host.contains('*'));
        if is_origin { Ok(Self(url)) } else { Err(PublicUrlError) }
    }

    /// The default of the demo: `http://localhost`, with the port of its listener.
    #[must_use]
    pub fn of_demo(port: u16) -> Option<Self> {
        Self::parse(&format!("http://localhost:{port}")).ok()
    }

    /// Whether its scheme is `https`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The host, in lower case and ASCII, without the port.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The port, also where it is the default one of the scheme.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or_default()
    }
}

/// The origin as browsers send it: without a trailing slash and without a default port. A path follows
/// it directly: `format!("{url}/ui/sign-in")`.
impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.origin().ascii_serialization())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_url_is_normalized_to_an_origin() {
        for (given, shown) in [
            ("https://login.example.com", "https://login.example.com"),
            ("https://Login.Example.com:443/", "https://login.example.com"),
            (" http://localhost:8080 ", "http://localhost:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("https://b\u{fc}cher.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(PublicUrl::parse(given).unwrap().to_string(), shown, "{given}");
        }
        assert!(PublicUrl::parse("https://a.example").unwrap().is_https());
        assert_eq!(PublicUrl::of_demo(8080).unwrap().to_string(), "http://localhost:8080");
    }

    #[test]
    fn url_with_more_than_an_origin_is_rejected() {
        for text in [
            "",
            "login.example.com",
            "localhost:8080",
            "ftp://a.example",
            "https://a.example/auth",
            "https://a.example/?x",
            "https://a.example/#x",
            "https://bob@a.example",
            "https://*.example.com",
            "file:///x",
        ] {
            assert_eq!(PublicUrl::parse(text), Err(PublicUrlError), "{text}");
        }
    }
}
