//! The flags of requests and connections, as given.

use clap::Args;
use http::HeaderValue;
use ipnet::IpNet;

use super::edge_options::{ForwardedHeader, HttpOptions, ServerOptions};
use super::error::ConfigError;
use super::human_duration::HumanDuration;
use super::origin::origin;
use super::value_parsers;

/// The flags of requests and connections.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Requests and connections")]
pub struct EdgeFlags {
    /// Origins (scheme, host and port) of web pages that may call the service (CORS), separated by
    /// commas; * alone allows all
    #[arg(
        long = "cors-origins", env = "COUNTERSIGN_CORS_ORIGINS", value_name = "ORIGIN",
        help_heading = "Origins and proxies",
        value_delimiter = ',', value_parser = origin
    )]
    pub cors_origins: Vec<HeaderValue>,

    /// Reverse proxies that name the addresses of their clients: addresses or networks such as
    /// 10.0.0.0/8, separated by commas
    #[arg(
        long = "trusted-proxies", env = "COUNTERSIGN_TRUSTED_PROXIES", value_name = "NETWORK",
        help_heading = "Origins and proxies",
        value_delimiter = ',', value_parser = value_parsers::network
    )]
    pub trusted_proxies: Vec<IpNet>,

    /// Header in which the trusted proxies name the addresses of their clients; the other one is ignored,
    /// since a proxy that does not know it passes on what a client has sent
    #[arg(
        long, env = "COUNTERSIGN_FORWARDED_HEADER", value_name = "HEADER",
        help_heading = "Origins and proxies", value_enum,
        default_value_t = ForwardedHeader::XForwardedFor
    )]
    pub forwarded_header: ForwardedHeader,

    /// Services behind a gateway that can get signed assertions about the user of a request at
    /// /verify?assertion=NAME, separated by commas: the "aud" of each
    ///
    /// An assertion is a JWT of at most a minute, in the header X-Auth-Assertion.
    #[arg(
        long = "assertion-audiences", env = "COUNTERSIGN_ASSERTION_AUDIENCES", value_name = "NAME",
        help_heading = "Origins and proxies", value_delimiter = ',',
        value_parser = value_parsers::listed_name
    )]
    pub assertion_audiences: Vec<String>,

    /// Maximum size of a request body, in bytes
    #[arg(
        long, env = "COUNTERSIGN_BODY_LIMIT", value_name = "BYTES",
        default_value_t = HttpOptions::default().body_limit, value_parser = value_parsers::count
    )]
    pub body_limit: usize,

    /// Timeout for receiving a request body
    #[arg(
        long, env = "COUNTERSIGN_BODY_TIMEOUT", value_name = "DURATION",
        default_value_t = HumanDuration(HttpOptions::default().body_timeout),
        value_parser = HumanDuration::timeout
    )]
    pub body_timeout: HumanDuration,

    /// Timeout for the head of the first request of a connection
    #[arg(
        long, env = "COUNTERSIGN_HEADER_TIMEOUT", value_name = "DURATION",
        default_value_t = HumanDuration(ServerOptions::default().header_timeout),
        value_parser = HumanDuration::timeout
    )]
    pub header_timeout: HumanDuration,

    /// Timeout of an idle connection, up to the head of its next request
    ///
    /// Should exceed the reverse proxy's keep-alive timeout. The connection is closed at most a
    /// quarter later.
    #[arg(
        long, env = "COUNTERSIGN_IDLE_TIMEOUT", value_name = "DURATION",
        default_value_t = HumanDuration(ServerOptions::default().idle_timeout),
        value_parser = HumanDuration::timeout
    )]
    pub idle_timeout: HumanDuration,

    /// Timeout of a response that the client does not read
    ///
    /// The connection is closed when no progress is made for this long, at most as long again later.
    #[arg(
        long, env = "COUNTERSIGN_WRITE_TIMEOUT", value_name = "DURATION",
        default_value_t = HumanDuration(ServerOptions::default().write_timeout),
        value_parser = HumanDuration::timeout
    )]
    pub write_timeout: HumanDuration,

    /// Timeout of a graceful shutdown (SIGTERM, SIGINT or SIGQUIT) for requests in flight
    #[arg(
        long, env = "COUNTERSIGN_SHUTDOWN_TIMEOUT", value_name = "DURATION",
        default_value_t = HumanDuration(ServerOptions::default().shutdown_timeout),
        value_parser = HumanDuration::timeout
    )]
    pub shutdown_timeout: HumanDuration,

    /// Maximum number of open connections; for further ones the longest idle ones are closed
    #[arg(
        long, env = "COUNTERSIGN_MAX_CONNECTIONS", value_name = "NUMBER",
        default_value_t = ServerOptions::default().max_connections,
        value_parser = value_parsers::count
    )]
    pub max_connections: usize,

    /// Maximum number of open connections of one client network, an IPv4 address or an IPv6 /64; does
    /// not apply to trusted proxies [default: a quarter of --max-connections]
    #[arg(
        long, env = "COUNTERSIGN_CONNECTIONS_PER_NETWORK", value_name = "NUMBER",
        value_parser = value_parsers::count
    )]
    pub connections_per_network: Option<usize>,

    /// Maximum number of HTTP/2 requests in flight beyond the first one of each connection; a client
    /// network can use a quarter of it
    #[arg(
        long, env = "COUNTERSIGN_MAX_STREAMS", value_name = "NUMBER",
        default_value_t = ServerOptions::default().max_streams,
        value_parser = value_parsers::count
    )]
    pub max_streams: usize,

    /// Memory for the bodies of requests and responses in flight, beyond the first 4 KiB of each, in
    /// bytes; a client network can use a quarter of it
    #[arg(
        long, env = "COUNTERSIGN_BODY_MEMORY", value_name = "BYTES",
        default_value_t = ServerOptions::default().body_memory,
        value_parser = value_parsers::count
    )]
    pub body_memory: usize,
}

impl EdgeFlags {
    /// The options of the HTTP layer.
    pub(super) fn http(&self, api_docs: bool) -> HttpOptions {
        HttpOptions {
            body_limit: self.body_limit,
            body_timeout: self.body_timeout.0,
            cors_origins: self.cors_origins.clone(),
            trusted_proxies: self.trusted_proxies.clone(),
            forwarded_header: self.forwarded_header,
            assertion_audiences: self.assertion_audiences.clone(),
            api_docs,
        }
    }

    /// The options of the connections.
    pub(super) fn server(&self) -> ServerOptions {
        ServerOptions {
            max_connections: self.max_connections,
            connections_per_network: self
                .connections_per_network
                .unwrap_or_else(|| ServerOptions::network_share(self.max_connections)),
            trusted_proxies: self.trusted_proxies.clone().into(),
            max_streams: self.max_streams,
            body_memory: self.body_memory,
            write_timeout: self.write_timeout.0,
            header_timeout: self.header_timeout.0,
            idle_timeout: self.idle_timeout.0,
            shutdown_timeout: self.shutdown_timeout.0,
        }
    }

    /// The contradiction of `*` and other origins.
    pub(super) fn contradiction(&self) -> Option<ConfigError> {
        let origins = &self.cors_origins;
        let is_contradictory = origins.len() > 1 && origins.iter().any(|origin| origin == "*");
        is_contradictory.then(|| {
            let sentence =
                "--cors-origins has * beside other origins: set * alone, or leave it out";
            ConfigError::Contradiction(sentence.to_owned())
        })
    }
}
