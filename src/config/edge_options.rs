//! The options of `http` and `server`. Those layers are above this one, so their options are here.

use std::time::Duration;

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
    /// The reverse proxies whose `X-Forwarded-For` is trusted. Default: none.
    pub trusted_proxies: Vec<IpNet>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            body_limit: 64 * 1024,
            body_timeout: Duration::from_secs(15),
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
        }
    }
}

/// Options of the connections.
#[derive(Clone, Copy, Debug)]
pub struct ServerOptions {
    /// The most open connections; further ones wait to be accepted. Default: 10,000.
    pub max_connections: usize,
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
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            shutdown_timeout: Duration::from_secs(5),
        }
    }
}
