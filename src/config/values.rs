//! How values are written.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::time::Duration;

use http::{HeaderValue, Uri};
use ipnet::IpNet;

use crate::password::{Cost, PasswordPolicy};

/// The longest lifetime of a token: a year.
const LONGEST_LIFETIME: Duration = Duration::from_hours(366 * 24);
/// The longest time-out: a day.
const LONGEST_TIMEOUT: Duration = Duration::from_hours(24);

pub(super) fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let localhost = text.strip_prefix("localhost:").and_then(|port| port.parse().ok());
    match localhost {
        Some(port) => Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
        None => text.parse().map_err(|_| {
            "expected ADDRESS:PORT, such as 127.0.0.1:8080, 0.0.0.0:8080 or [::1]:8080".to_owned()
        }),
    }
}

pub(crate) fn lifetime(text: &str) -> Result<Duration, String> {
    let lifetime = duration(text)?;
    if lifetime.subsec_nanos() != 0 || lifetime.is_zero() || lifetime > LONGEST_LIFETIME {
        return Err("expected whole seconds, from 1s to 366days".to_owned());
    }
    Ok(lifetime)
}

/// As a token's, but up to ten years: people stay logged in on their own devices.
pub(super) fn session_lifetime(text: &str) -> Result<Duration, String> {
    let lifetime = duration(text)?;
    if lifetime.subsec_nanos() != 0 || lifetime.is_zero() || lifetime > 10 * LONGEST_LIFETIME {
        return Err("expected whole seconds, from 1s to 3660days".to_owned());
    }
    Ok(lifetime)
}

/// From nothing up to an hour: a token that was stolen is good for so long after its successor came.
pub(super) fn grace(text: &str) -> Result<Duration, String> {
    let grace = duration(text)?;
    if grace > Duration::from_hours(1) {
        return Err("expected 0s to 1h".to_owned());
    }
    Ok(grace)
}

pub(crate) fn timeout(text: &str) -> Result<Duration, String> {
    let timeout = duration(text)?;
    if timeout < Duration::from_millis(1) || timeout > LONGEST_TIMEOUT {
        return Err("expected 1ms to 1day".to_owned());
    }
    Ok(timeout)
}

fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|_| "expected a number with a unit, such as 30s, 15m or 12h".to_owned())
}

/// Accepts at least one and at most `u32::MAX`: more would be no limit at all.
pub(super) fn count(text: &str) -> Result<usize, String> {
    match text.parse::<u32>() {
        Ok(0) | Err(_) => Err("expected a whole number from 1".to_owned()),
        Ok(number) => usize::try_from(number).map_err(|error| error.to_string()),
    }
}

/// An origin as browsers send it: `scheme://host[:port]` and nothing behind it; or `*`.
pub(super) fn origin(text: &str) -> Result<HeaderValue, String> {
    let parts = text.parse::<Uri>().map(Uri::into_parts);
    let is_origin = text == "*"
        || parts.is_ok_and(|parts| {
            let scheme = parts.scheme.map(|scheme| scheme.to_string()).unwrap_or_default();
            let authority = parts.authority.map(|host| host.to_string()).unwrap_or_default();
            !authority.is_empty() && text == format!("{scheme}://{authority}")
        });
    let error = || {
        "expected an origin such as https://app.example.com, without a path or a slash at the end, or *".to_owned()
    };
    if is_origin { HeaderValue::from_str(text).map_err(|_| error()) } else { Err(error()) }
}

pub(super) fn network(text: &str) -> Result<IpNet, String> {
    let address = text.parse::<IpAddr>().map(IpNet::from);
    address.or_else(|_| text.parse()).map_err(|_| {
        "expected an address or a network, such as 10.0.0.1, 10.0.0.0/8 or fd00::/8".to_owned()
    })
}

pub(super) fn password_policy(text: &str) -> Result<PasswordPolicy, String> {
    let error = || "expected a number from 8 to 64".to_owned();
    let length = text.parse().map_err(|_| error())?;
    PasswordPolicy::new(length).map_err(|_| error())
}

pub(super) fn hash_cost(text: &str) -> Result<Cost, String> {
    let cost = Cost::parse(text).map_err(|_| {
        format!("expected m=KIB,t=PASSES such as {}; {}", Cost::default(), Cost::BOUNDS)
    })?;
    if cost.is_strong() {
        return Ok(cost);
    }
    let strong: Vec<_> = Cost::strong().map(|cost| cost.to_string()).collect();
    Err(format!("too cheap; OWASP asks for one of these, or more: {}", strong.join(" ")))
}

/// More threads than any machine has cores would only be waited for.
pub(crate) fn hashing_threads(text: &str) -> Result<NonZeroUsize, String> {
    let number = text.parse::<NonZeroUsize>().ok().filter(|number| number.get() <= 1024);
    number.ok_or_else(|| "expected a whole number from 1 to 1024".to_owned())
}

/// A text that can stand in a claim.
pub(super) fn name(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("is empty".to_owned()) } else { Ok(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_port() {
        assert_eq!(listen_address("localhost:80").unwrap().to_string(), "127.0.0.1:80");
        assert_eq!(listen_address("[::1]:8080").unwrap().to_string(), "[::1]:8080");
        for text in ["", "8080", ":8080", "127.0.0.1", "localhost", "localhost:x", "a.example:80"] {
            assert!(listen_address(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_lifetime_is_whole_seconds_up_to_a_year() {
        assert_eq!(lifetime("15m"), Ok(Duration::from_mins(15)));
        assert_eq!(lifetime("1h 30m"), Ok(Duration::from_mins(90)));
        for text in ["", "0s", "1500ms", "15", "-1s", "400days", "m", "99999999999999999999s"] {
            assert!(lifetime(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_origin_has_nothing_behind_the_port() {
        for text in ["http://localhost:3000", "https://app.example.com", "*"] {
            assert!(origin(text).is_ok(), "{text}");
        }
        for text in
            ["", "app.example.com", "https://", "https://a.example/", "https://a.example/x", "null"]
        {
            assert!(origin(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_network_may_be_one_address() {
        assert_eq!(network("10.0.0.1").unwrap().to_string(), "10.0.0.1/32");
        assert_eq!(network("fd00::/8").unwrap().to_string(), "fd00::/8");
        for text in ["", "10.0.0.0/33", "proxy.example", "10.0.0.1:80"] {
            assert!(network(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_hash_is_never_cheaper_than_owasp_asks_for() {
        assert_eq!(hash_cost("m=19456,t=2"), Ok(Cost::default()));
        assert!(hash_cost("m=65536,t=3,p=1").is_ok());
        for (text, reason) in [
            ("", "expected m=KIB"),
            ("19456", "expected m=KIB"),
            ("m=19456,t=1", "m=19456,t=2,p=1"),
            ("m=1024,t=16", "too cheap"),
            ("m=4194304,t=2", "128 MiB"),
        ] {
            assert!(hash_cost(text).unwrap_err().contains(reason), "{text}");
        }
    }

    #[test]
    fn a_count_starts_at_one() {
        assert_eq!(count("65536"), Ok(65_536));
        for text in ["", "0", "-1", "64k", "4294967296"] {
            assert!(count(text).is_err(), "{text}");
        }
    }
}
