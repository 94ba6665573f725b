//! Where a gateway listens.

use serde::Serialize;
use url::Host;

use super::endpoint::is_loopback;
use crate::domain::PublicUrl;

/// Where a gateway listens for an origin.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Listener {
    pub(super) host: String,
    /// Host and port, as in the `Host` header.
    pub(super) authority: String,
    pub(super) port: u16,
    pub(super) tls: bool,
    pub(super) loopback: bool,
    pub(super) bind_address: &'static str,
    pub(super) bind: String,
}

impl Listener {
    pub(super) fn new(url: &PublicUrl) -> Self {
        let host = Host::parse(url.host()).ok();
        let loopback = host.as_ref().is_some_and(is_loopback);
        let bind_address = match host {
            Some(Host::Ipv6(_)) if loopback => "::1",
            _ if loopback => "127.0.0.1",
            _ => "0.0.0.0",
        };
        let port = url.port();
        let bind = match bind_address {
            "::1" => format!("[::1]:{port}"),
            "0.0.0.0" => format!("*:{port}"),
            address => format!("{address}:{port}"),
        };
        let shown = url.to_string();
        let authority = shown.split_once("://").map_or(&*shown, |(_, rest)| rest).to_owned();
        let (host, tls) = (url.host().to_owned(), url.is_https());
        Self { host, authority, port, tls, loopback, bind_address, bind }
    }
}
