//! URLs of SMTP servers.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::{Host, Url};

/// The URL of an SMTP server: `smtps://user:password@host:465` with TLS from the start, or
/// `smtp://user:password@host:587` with STARTTLS. `?tls=off` sends without TLS, which is the default for a
/// loopback address; there `?tls=starttls` demands it.
///
/// Written without its user and password.
#[derive(Clone, Debug)]
pub struct SmtpUrl {
    /// The name or address of the server.
    pub host: String,
    /// The port. Default: 465 for `smtps`, 587 for `smtp`.
    pub port: u16,
    /// When the connection becomes a TLS connection.
    pub tls: SmtpTls,
    /// User and password.
    pub credentials: Option<(String, SecretString)>,
}

/// When a connection becomes a TLS connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpTls {
    /// From its start (RFC 8314 section 3.3).
    Implicit,
    /// By STARTTLS (RFC 3207), without which nothing is sent.
    StartTls,
    /// Never.
    Off,
}

/// Errors of the URL of an SMTP server. None shows the URL, which may contain a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SmtpUrlError {
    /// It is no URL.
    #[error(
        "expected smtps://USER:PASSWORD@HOST:PORT or smtp://…; percent-encode special characters"
    )]
    Syntax,
    /// Another scheme.
    #[error("its scheme is neither smtp nor smtps")]
    Scheme,
    /// No host.
    #[error("it has no host")]
    Host,
    /// A path or a fragment.
    #[error("it has a path or a fragment")]
    Path,
    /// An unknown parameter.
    #[error("its only parameter is tls=off or tls=starttls, for smtp")]
    Parameter,
    /// A user without a password, or a password without a user.
    #[error("it has a user or a password without the other")]
    Credentials,
}

impl FromStr for SmtpUrl {
    type Err = SmtpUrlError;

    fn from_str(text: &str) -> Result<Self, SmtpUrlError> {
        let url = Url::parse(text.trim()).map_err(|_| SmtpUrlError::Syntax)?;
        let is_implicit = match url.scheme() {
            "smtps" => true,
            "smtp" => false,
            _ => return Err(SmtpUrlError::Scheme),
        };
        let host = match url.host().ok_or(SmtpUrlError::Host)? {
            Host::Domain("") => return Err(SmtpUrlError::Host),
            Host::Domain(name) => percent_decoded(name)?,
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(SmtpUrlError::Path);
        }
        let tls = match (url.query(), is_implicit) {
            (None, true) => SmtpTls::Implicit,
            (Some("tls=off"), false) => SmtpTls::Off,
            (None, false) if is_loopback(&host) => SmtpTls::Off,
            (None | Some("tls=starttls"), false) => SmtpTls::StartTls,
            (Some(_), _) => return Err(SmtpUrlError::Parameter),
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            ("", Some(_)) | (_, None) => return Err(SmtpUrlError::Credentials),
            (user, Some(password)) => {
                Some((percent_decoded(user)?, SecretString::from(percent_decoded(password)?)))
            }
        };
        let port = url.port().unwrap_or(if is_implicit { 465 } else { 587 });
        Ok(Self { host, port, tls, credentials })
    }
}

fn percent_decoded(text: &str) -> Result<String, SmtpUrlError> {
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| SmtpUrlError::Syntax)?;
    Ok(decoded.into_owned())
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls == SmtpTls::Implicit { "smtps" } else { "smtp" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn url_names_server_tls_and_credentials() {
        for (text, shown, tls) in [
            ("smtps://mail.example.com", "smtps://mail.example.com:465", SmtpTls::Implicit),
            ("smtp://mail.example.com/", "smtp://mail.example.com:587", SmtpTls::StartTls),
            ("smtp://mail.example.com:25", "smtp://mail.example.com:25", SmtpTls::StartTls),
            ("smtp://mail.example.com?tls=off", "smtp://mail.example.com:587", SmtpTls::Off),
            ("smtp://localhost:1025", "smtp://localhost:1025", SmtpTls::Off),
            ("smtp://localhost?tls=starttls", "smtp://localhost:587", SmtpTls::StartTls),
            ("smtp://[::1]:1025", "smtp://::1:1025", SmtpTls::Off),
            ("smtps://127.0.0.1", "smtps://127.0.0.1:465", SmtpTls::Implicit),
        ] {
            let url: SmtpUrl = text.parse().unwrap();
            assert_eq!((url.to_string().as_str(), url.tls), (shown, tls), "{text}");
            assert!(url.credentials.is_none());
        }
        let url: SmtpUrl = "smtps://me%40example.com:p%3Aw@mail.example.com".parse().unwrap();
        let (user, password) = url.credentials.as_ref().unwrap();
        assert_eq!((user.as_str(), password.expose_secret()), ("me@example.com", "p:w"));
        assert!(!format!("{url} {url:?}").contains("p:w"));
    }

    #[test]
    fn malformed_url_is_rejected() {
        for (text, error) in [
            ("mail.example.com", SmtpUrlError::Syntax),
            ("", SmtpUrlError::Syntax),
            ("http://mail.example.com", SmtpUrlError::Scheme),
            ("smtp:///", SmtpUrlError::Host),
            ("smtp://mail.example.com/ehlo", SmtpUrlError::Path),
            ("smtp://mail.example.com?tls=required", SmtpUrlError::Parameter),
            ("smtps://mail.example.com?tls=off", SmtpUrlError::Parameter),
            ("smtp://user@mail.example.com", SmtpUrlError::Credentials),
            ("smtp://:password@mail.example.com", SmtpUrlError::Credentials),
        ] {
            assert_eq!(text.parse::<SmtpUrl>().unwrap_err(), error, "{text}");
        }
    }
}
