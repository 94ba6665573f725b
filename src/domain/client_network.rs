//! The network of a client, by which shares of capacity are counted.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// The network of a client: its IPv4 address, or the /64 of its IPv6 address, of which a client can
/// have every address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ClientNetwork {
    /// An IPv4 address; also one that is mapped into IPv6.
    V4(Ipv4Addr),
    /// The first address of a /64.
    V6(Ipv6Addr),
}

impl ClientNetwork {
    /// The first address of the /48 of an IPv6 network, as one customer of a provider gets it; `None`
    /// for IPv4.
    #[must_use]
    pub fn site(self) -> Option<Ipv6Addr> {
        let Self::V6(address) = self else { return None };
        let [a, b, c, ..] = address.segments();
        Some(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
    }
}

impl From<IpAddr> for ClientNetwork {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        }
    }
}

/// The text is neither an address nor the /64 of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an IP address, or an IPv6 network with a prefix of /64")]
pub struct ClientNetworkError;

impl FromStr for ClientNetwork {
    type Err = ClientNetworkError;

    /// Parses an address, whose network it is, or the text that `Display` has written.
    fn from_str(text: &str) -> Result<Self, ClientNetworkError> {
        let address = text.strip_suffix("/64").unwrap_or(text);
        let network = address.parse::<IpAddr>().map(Self::from).map_err(|_| ClientNetworkError)?;
        match network {
            Self::V4(_) if address.len() != text.len() => Err(ClientNetworkError),
            network => Ok(network),
        }
    }
}

impl fmt::Display for ClientNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(address) => address.fmt(f),
            Self::V6(address) => write!(f, "{address}/64"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_is_an_ipv4_address_or_the_64_of_an_ipv6_address() {
        for (address, network) in [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("::1", "::/64"),
        ] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(ClientNetwork::from(address).to_string(), network);
        }
    }

    #[test]
    fn network_is_parsed_as_it_is_written() {
        for text in ["192.0.2.1", "2001:db8:1:2::/64"] {
            assert_eq!(text.parse::<ClientNetwork>().unwrap().to_string(), text);
        }
        let of_address: ClientNetwork = "2001:db8:1:2:3::4".parse().unwrap();
        assert_eq!(of_address.to_string(), "2001:db8:1:2::/64");
        for text in ["", "192.0.2.1/64", "192.0.2.1/32", "2001:db8::/48", "host"] {
            assert_eq!(text.parse::<ClientNetwork>(), Err(ClientNetworkError), "{text}");
        }
    }

    #[test]
    fn site_is_the_48_of_an_ipv6_network() {
        let site = |address: &str| ClientNetwork::from(address.parse::<IpAddr>().unwrap()).site();
        assert_eq!(site("2001:db8:1:2:3:4:5:6"), Some("2001:db8:1::".parse().unwrap()));
        assert_eq!(site("192.0.2.1"), None);
        assert_eq!(site("::ffff:192.0.2.1"), None);
    }
}
