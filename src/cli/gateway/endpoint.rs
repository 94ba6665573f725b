//! Where a gateway passes requests on to.

use std::fmt;
use std::net::Ipv6Addr;

use serde::{Serialize, Serializer};
use url::Host;

/// Host and port of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    pub(super) host: Host,
    pub(super) port: u16,
}

impl Endpoint {
    /// Parses `host:port`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let expected = || "expected host and port, such as 127.0.0.1:8080".to_owned();
        let (host, port) = text.trim().rsplit_once(':').ok_or_else(expected)?;
        let host = Host::parse(host).map_err(|_| expected())?;
        let is_plain = |domain: &str| {
            domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        };
        match (&host, port.parse()) {
            (Host::Domain(domain), _) if !is_plain(domain) => Err(expected()),
            (_, Ok(port)) if port > 0 => Ok(Self { host, port }),
            _ => Err(expected()),
        }
    }

    /// Whether this is this machine.
    pub(super) fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }

    /// The host, without the brackets of IPv6.
    pub(super) fn bare_host(&self) -> String {
        match &self.host {
            Host::Ipv6(address) => address.to_string(),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Serialize for Endpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Whether a host is this machine.
pub(super) fn is_loopback<T: AsRef<str>>(host: &Host<T>) -> bool {
    match host {
        Host::Domain(domain) => domain.as_ref() == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => *address == Ipv6Addr::LOCALHOST,
    }
}

/// What is protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Upstream {
    /// A server.
    Server(Endpoint),
    /// A directory with static pages, by its absolute path.
    Directory(String),
}

impl Upstream {
    /// Parses `host:port` or an absolute path of plain characters, which need no quotation marks in any
    /// configuration.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if !text.starts_with('/') {
            return Endpoint::parse(text).map(Self::Server);
        }
        if is_plain_path(text) {
            Ok(Self::Directory(text.to_owned()))
        } else {
            Err("expected a path of letters, digits and the characters /._- alone".to_owned())
        }
    }
}

/// Whether a path means itself in every configuration.
pub(super) fn is_plain_path(path: &str) -> bool {
    path.chars().all(|c| c.is_alphanumeric() || "/._-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoint_is_host_and_port() {
        for (text, shown) in [
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            (" countersign:80 ", "countersign:80"),
            ("[::1]:8080", "[::1]:8080"),
            ("Auth.example.com:443", "auth.example.com:443"),
        ] {
            assert_eq!(Endpoint::parse(text).unwrap().to_string(), shown);
        }
        for text in [
            "",
            "8080",
            "a",
            "a:",
            ":80",
            "a:0",
            "a:99999",
            "a b:80",
            "http://a:80",
            "a;b:1",
            "a{:1",
        ] {
            assert!(Endpoint::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn upstream_is_an_endpoint_or_a_plain_absolute_path() {
        assert!(matches!(Upstream::parse("localhost:3000"), Ok(Upstream::Server(_))));
        let directory = Upstream::Directory("/srv/a-b_c.d".to_owned());
        assert_eq!(Upstream::parse("/srv/a-b_c.d"), Ok(directory));
        for text in ["site", "./site", "/a b", "/a;", "/a{", "/a\nb", "/a\"", "/a$b"] {
            assert!(Upstream::parse(text).is_err(), "{text}");
        }
    }
}
