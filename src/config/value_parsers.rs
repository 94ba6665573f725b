//! Parsers of the values of flags. No error repeats a value, which may be a secret by mistake.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use ipnet::{IpNet, Ipv4Net};
use lettre::message::Mailbox;
use tracing::Level;
use url::Url;

use crate::mail::MailKind;

/// The longest lifetime of an access token: a year.
const MAX_LIFETIME: Duration = Duration::from_hours(366 * 24);
/// The longest timeout: a day.
const MAX_TIMEOUT: Duration = Duration::from_hours(24);

pub(crate) fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let localhost = text.strip_prefix("localhost:").and_then(|port| port.parse().ok());
    match localhost {
        Some(port) => Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
        None => text.parse().map_err(|_| {
            "expected ADDRESS:PORT, such as 127.0.0.1:8080, 0.0.0.0:8080 for all interfaces, or \
             [::1]:8080; no scheme, and no name but localhost"
                .to_owned()
        }),
    }
}

pub(crate) fn lifetime(text: &str) -> Result<Duration, String> {
    let lifetime = duration(text).filter(|lifetime| {
        lifetime.subsec_nanos() == 0 && !lifetime.is_zero() && *lifetime <= MAX_LIFETIME
    });
    lifetime.ok_or_else(|| {
        "expected whole seconds with a unit, from 1s to 366days, such as 90s, 15m or 12h".to_owned()
    })
}

/// As [`lifetime`], but up to ten years.
pub(super) fn session_lifetime(text: &str) -> Result<Duration, String> {
    let lifetime = duration(text).filter(|lifetime| {
        lifetime.subsec_nanos() == 0 && !lifetime.is_zero() && *lifetime <= 10 * MAX_LIFETIME
    });
    lifetime.ok_or_else(|| {
        "expected whole seconds with a unit, from 1s to 3660days, such as 12h or 30days".to_owned()
    })
}

/// At most an hour: for so long a stolen refresh token remains usable after its rotation.
pub(super) fn grace(text: &str) -> Result<Duration, String> {
    let grace = duration(text).filter(|grace| *grace <= Duration::from_hours(1));
    grace.ok_or_else(|| "expected a duration with a unit, from 0s to 1h, such as 30s".to_owned())
}

pub(crate) fn timeout(text: &str) -> Result<Duration, String> {
    let timeout =
        duration(text).filter(|timeout| (Duration::from_millis(1)..=MAX_TIMEOUT).contains(timeout));
    timeout.ok_or_else(|| {
        "expected a duration with a unit, from 1ms to 1day, such as 500ms, 15s or 2m".to_owned()
    })
}

fn duration(text: &str) -> Option<Duration> {
    humantime::parse_duration(text).ok()
}

/// A limit from 1 to `u32::MAX`.
pub(super) fn count(text: &str) -> Result<usize, String> {
    let number = text.parse::<u32>().ok().filter(|number| *number > 0);
    number.and_then(|number| usize::try_from(number).ok()).ok_or_else(|| {
        "expected a whole number from 1 to 4294967295, in digits alone, such as 65536".to_owned()
    })
}

/// A number of database connections, from 1 to 1000.
pub(super) fn connections(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| (1..=1000).contains(number));
    number.ok_or_else(|| "expected a whole number from 1 to 1000, such as 10".to_owned())
}

const LEVELS: [(Level, &str); 5] = [
    (Level::ERROR, "error"),
    (Level::WARN, "warn"),
    (Level::INFO, "info"),
    (Level::DEBUG, "debug"),
    (Level::TRACE, "trace"),
];

/// A level by its name; tracing's own parser would accept numbers, too.
pub(super) fn log_level(text: &str) -> Result<Level, String> {
    let level = LEVELS.into_iter().find(|(_, name)| name.eq_ignore_ascii_case(text));
    let level = level.map(|(level, _)| level);
    level.ok_or_else(|| "expected one of: error, warn, info, debug, trace".to_owned())
}

pub(super) fn level_name(level: Level) -> &'static str {
    LEVELS.into_iter().find(|(other, _)| *other == level).map_or("", |(_, name)| name)
}

/// An address, or a network without host bits.
pub(super) fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let network = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address),
        Err(_) => text.parse::<IpNet>().map_err(|_| {
            "expected an address or a network, such as 10.0.0.1, 10.0.0.0/8 or fd00::/8; several \
             are separated by commas"
                .to_owned()
        })?,
    };
    let (address, prefix) = (network.addr(), network.prefix_len());
    if network != network.trunc() {
        return Err(format!(
            "{network} has host bits: expected {} for the network, or {address} for the single \
             address",
            network.trunc()
        ));
    }
    // Peer addresses are compared in their IPv4 form.
    let mapped = match network {
        IpNet::V6(network) if prefix >= 96 => network.addr().to_ipv4_mapped(),
        _ => None,
    };
    let in_ipv4 = mapped.and_then(|address| Ipv4Net::new(address, prefix - 96).ok());
    Ok(in_ipv4.map_or(network, IpNet::V4))
}

/// The value of an `iss` or `aud` claim.
pub(super) fn name(text: &str) -> Result<String, String> {
    if text.is_empty() || text.trim() != text || text.contains(char::is_control) {
        return Err(
            "expected a text without control characters or surrounding white space".to_owned()
        );
    }
    Ok(text.to_owned())
}

/// A name in a list, without the white space around it.
pub(super) fn listed_name(text: &str) -> Result<String, String> {
    name(text.trim())
}

/// A mailbox: an e-mail address, with a display name if it has one.
pub(super) fn mailbox(text: &str) -> Result<Mailbox, String> {
    let expected = "expected an e-mail address, or a name with one: Example <auth@example.com>";
    text.parse().map_err(|_| expected.to_owned())
}

/// A notice; `None` for `none`.
pub(super) fn notice(text: &str) -> Result<Option<MailKind>, String> {
    let expected = MailKind::NOTICES.map(MailKind::name).join(", ");
    match text {
        "none" => Ok(None),
        _ => MailKind::parse(text)
            .filter(|kind| MailKind::NOTICES.contains(kind))
            .map(Some)
            .ok_or_else(|| format!("expected {expected} or none")),
    }
}

/// The name of the service: a line of 1 to 100 characters.
pub(super) fn service_name(text: &str) -> Result<String, String> {
    let text = text.trim();
    let is_line = !text.chars().any(char::is_control);
    if is_line && (1..=100).contains(&text.chars().count()) {
        Ok(text.to_owned())
    } else {
        Err("expected a line of 1 to 100 characters".to_owned())
    }
}

/// An issuer: a URL as RFC 8414 section 2 requires, or a name that is no URL.
pub(super) fn issuer(text: &str) -> Result<String, String> {
    let name = name(text)?;
    let scheme = name.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    if !matches!(scheme.as_deref(), Some("http" | "https")) {
        return Ok(name);
    }
    let is_issuer = Url::parse(&name).is_ok_and(|url| {
        let has_user = !url.username().is_empty() || url.password().is_some();
        url.has_host() && !has_user && url.query().is_none() && url.fragment().is_none()
    });
    if is_issuer && name.contains("://") && !name.contains(char::is_whitespace) {
        return Ok(name);
    }
    Err("expected a URL without user, query and fragment, such as https://auth.example.com, or a \
         name that is no URL"
        .to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listen_address_requires_a_port() {
        assert_eq!(listen_address("localhost:80").unwrap().to_string(), "127.0.0.1:80");
        assert_eq!(listen_address("[::1]:8080").unwrap().to_string(), "[::1]:8080");
        for text in ["", "8080", ":8080", "127.0.0.1", "localhost", "localhost:x", "a.example:80"] {
            assert!(listen_address(text).is_err(), "{text}");
        }
    }

    #[test]
    fn lifetime_is_whole_seconds_up_to_a_year() {
        assert_eq!(lifetime("15m"), Ok(Duration::from_mins(15)));
        assert_eq!(lifetime("1h 30m"), Ok(Duration::from_mins(90)));
        for text in ["", "0s", "1500ms", "15", "-1s", "400days", "m", "99999999999999999999s"] {
            assert!(lifetime(text).is_err(), "{text}");
        }
    }

    #[test]
    fn network_may_be_a_single_address() {
        assert_eq!(network("10.0.0.1").unwrap().to_string(), "10.0.0.1/32");
        assert_eq!(network("fd00::/8").unwrap().to_string(), "fd00::/8");
        assert_eq!(network(" ::ffff:10.0.0.0/104").unwrap().to_string(), "10.0.0.0/8");
        assert_eq!(network("::ffff:10.0.0.1").unwrap().to_string(), "10.0.0.1/32");
        for text in ["", "10.0.0.0/33", "proxy.example", "10.0.0.1:80"] {
            assert!(network(text).is_err(), "{text}");
        }
    }

    #[test]
    fn network_with_host_bits_is_rejected_with_both_cures() {
        let reason = network("10.0.0.1/8").unwrap_err();
        assert!(
            reason.contains("10.0.0.0/8 for the network, or 10.0.0.1 for the single"),
            "{reason}"
        );
        assert!(network("fd00::1/8").is_err());
    }

    #[test]
    fn malformed_issuer_is_rejected() {
        for text in [
            "countersign",
            "urn:example:auth",
            "https://auth.example.com",
            "https://auth.example.com/eu/",
            "http://127.0.0.1:8080",
        ] {
            assert_eq!(issuer(text).unwrap(), text);
        }
        for text in [
            "",
            " ",
            "https://auth.example.com ",
            "\tcountersign",
            "a\nb",
            "https://auth.example.com?tenant=1",
            "https://auth.example.com#x",
            "https://bob:hunter2@auth.example.com",
            "https://",
            "https:auth.example.com",
            "https://auth.example.com/a b",
        ] {
            assert!(issuer(text).is_err(), "{text:?}");
        }
        assert!(name("my services").is_ok() && name(" x").is_err() && name("x\n").is_err());
    }

    #[test]
    fn count_starts_at_one() {
        assert_eq!(count("65536"), Ok(65_536));
        for text in ["", "0", "-1", "64k", "4294967296"] {
            assert!(count(text).is_err(), "{text}");
        }
    }
}
