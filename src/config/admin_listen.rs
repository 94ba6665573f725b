//! The address of the admin listener.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use super::value_parsers;

/// Where metrics and probes are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminListen {
    /// Nowhere.
    Off,
    /// At this address.
    At(SocketAddr),
}

impl AdminListen {
    /// The default where the service is not the demo.
    pub const DEFAULT: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 9090));

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self::Off);
        }
        let address = value_parsers::listen_address(text).map(Self::At);
        address.map_err(|expected| format!("{expected}; or off"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn admin_listener_has_an_address_or_is_off() {
        assert_eq!(AdminListen::parse("off"), Ok(AdminListen::Off));
        assert_eq!(AdminListen::parse("localhost:9090"), Ok(AdminListen::At(AdminListen::DEFAULT)));
        for text in ["", "Off", "9090", "none"] {
            assert!(AdminListen::parse(text).unwrap_err().ends_with("; or off"), "{text}");
        }
    }
}
