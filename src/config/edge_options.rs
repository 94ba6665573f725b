//! The options of `http` and `server`. Those layers are above this one, so their options are here.

use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;
use http::HeaderValue;
use ipnet::IpNet;

/// Options of the HTTP layer.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// The largest request body, in bytes. Default: 64 KiB.
    pub body_limit: usize,
    /// The timeout for receiving a request body. Default: 15 s.
    pub body_timeout: Duration,
    /// The allowed CORS origins; `*` allows all. Default: none.
    pub cors_origins: Vec<HeaderValue>,
    /// The reverse proxies whose `forwarded_header` is trusted. Default: none.
    pub trusted_proxies: Vec<IpNet>,
    /// The header in which they name the address of a client. Default: `X-Forwarded-For`.
    pub forwarded_header: ForwardedHeader,
    /// The services behind gateways that can get assertions: the `aud` of each. Default: none.
    pub assertion_audiences: Vec<String>,
    /// Whether there are the OpenAPI document and its page. Default: yes.
    pub api_docs: bool,
}

/// Whether there are the OpenAPI document and its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ApiDocs {
    /// Anyone finds them at /openapi.json and /docs
    On,
    /// There are none
    Off,
}

/// The header in which reverse proxies name the address of a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ForwardedHeader {
    /// X-Forwarded-For: addresses, separated by commas
    #[default]
    XForwardedFor,
    /// Forwarded: RFC 7239, its parameter "for"
    Forwarded,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            body_limit: 64 * 1024,
            body_timeout: Duration::from_secs(15),
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            forwarded_header: ForwardedHeader::default(),
            assertion_audiences: Vec::new(),
            api_docs: true,
        }
    }
}

/// Options of the connections.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// The most open connections; for further ones the longest idle ones are closed. Default: 10,000.
    pub max_connections: usize,
    /// The most open connections of one client network, an IPv4 address or an IPv6 /64. Default: a
    /// quarter of `max_connections`.
    pub connections_per_network: usize,
    /// The addresses to which `connections_per_network` does not apply. Default: none.
    pub trusted_proxies: Arc<[IpNet]>,
    /// The most HTTP/2 requests in flight, over all connections, beyond the first one of each. Default:
    /// 1,024, of which a client network can use a quarter.
    pub max_streams: usize,
    /// The memory for bodies of requests and responses in flight, over all connections, beyond the first
    /// 4 KiB of each, in bytes. Default: 32 MiB, of which a client network can use a quarter.
    pub body_memory: usize,
    /// The timeout of a response without progress, exceeded by a second one at most. Default: 10 s.
    pub write_timeout: Duration,
    /// The timeout for the head of the first request of a connection. Default: 10 s.
    pub header_timeout: Duration,
    /// The timeout for the head of each later request, and of an idle connection; it is exceeded by
    /// a quarter at most. Default: 75 s, which exceeds the keep-alive timeout of common reverse
    /// proxies.
    pub idle_timeout: Duration,
    /// The timeout for requests in flight at a graceful shutdown. Default: 5 s.
    pub shutdown_timeout: Duration,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            max_connections: 10_000,
            connections_per_network: Self::network_share(10_000),
            trusted_proxies: Arc::default(),
            max_streams: 1024,
            body_memory: 32 * 1024 * 1024,
            write_timeout: Duration::from_secs(10),
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            shutdown_timeout: Duration::from_secs(5),
        }
    }
}

impl ServerOptions {
    /// The default of `connections_per_network`: a quarter of all connections.
    #[must_use]
    pub fn network_share(max_connections: usize) -> usize {
        (max_connections / 4).max(1)
    }
}
