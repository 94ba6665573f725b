//! The flags and variables of `countersign serve`, as given.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use http::HeaderValue;
use ipnet::IpNet;
use tracing::Level;

use super::database_flags::DatabaseFlags;
use super::edge_options::{ApiDocs, ForwardedHeader, HttpOptions, ServerOptions};
use super::human_duration::HumanDuration;
use super::lifetime_flags::LifetimeFlags;
use super::mail_flags::MailFlags;
use super::origin::origin;
use super::page_flags::PageFlags;
use super::password_flags::PasswordFlags;
use super::password_parsers;
use super::public_url_flag::PublicUrlFlag;
use super::signing_flags::SigningFlags;
use super::throttle_flags::ThrottleFlags;
use super::value_parsers;
use crate::telemetry::{LogFormat, LogOptions};

/// Whether `POST /register` is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Registration {
    /// Anyone may register.
    Open,
    /// Only the operator adds users.
    Closed,
}

/// The flags of `countersign serve`.
#[derive(Args, Clone, Debug)]
pub struct ServeFlags {
    /// Address and port to listen on
    ///
    /// On a loopback address without a database the service is a demo: the user user@email.com with
    /// the password "password" exists, access tokens expire after 20s, and the secret is random
    /// unless one is set. Any other address requires a secret or a key file. A socket that systemd
    /// passes (socket activation) takes the place of this address.
    #[arg(
        long, env = "COUNTERSIGN_LISTEN", value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8080", value_parser = value_parsers::listen_address
    )]
    pub listen: SocketAddr,

    /// The public URL.
    #[command(flatten)]
    pub public: PublicUrlFlag,

    /// The database.
    #[command(flatten)]
    pub database: DatabaseFlags,

    /// Whether anyone may register [default: open in the demo, closed otherwise]
    #[arg(long, env = "COUNTERSIGN_REGISTRATION", value_name = "STATE", value_enum)]
    pub registration: Option<Registration>,

    /// Requirements for new passwords.
    #[command(flatten)]
    pub passwords: PasswordFlags,

    /// Number of threads that hash passwords, each with the memory of one hash [default: the number
    /// of available cores]
    #[arg(
        long, env = "COUNTERSIGN_HASH_THREADS", value_name = "NUMBER",
        value_parser = password_parsers::hashing_threads
    )]
    pub hash_threads: Option<NonZeroUsize>,

    /// Mails.
    #[command(flatten)]
    pub mail: MailFlags,

    /// Throttling of failed password checks.
    #[command(flatten)]
    pub throttle: ThrottleFlags,

    /// Signing keys and claims of tokens.
    #[command(flatten)]
    pub signing: SigningFlags,

    /// Lifetimes of tokens and sessions.
    #[command(flatten)]
    pub lifetimes: LifetimeFlags,

    /// File with the OAuth clients that may introspect tokens, written by `countersign oauth-client`
    /// and read at the start
    #[arg(long, env = "COUNTERSIGN_OAUTH_CLIENTS", value_name = "FILE")]
    pub oauth_clients: Option<PathBuf>,

    /// The hosted pages.
    #[command(flatten)]
    pub pages: PageFlags,

    /// Description of the HTTP API: /openapi.json, and the page /docs, which can log in and send requests
    #[arg(
        long, env = "COUNTERSIGN_API_DOCS", value_name = "STATE", value_enum,
        default_value_t = ApiDocs::On
    )]
    pub api_docs: ApiDocs,

    /// Origins (scheme, host and port) of web pages that may call the service (CORS), separated by
    /// commas; * alone allows all
    #[arg(
        long = "cors-origins", env = "COUNTERSIGN_CORS_ORIGINS", value_name = "ORIGIN",
        value_delimiter = ',', value_parser = origin
    )]
    pub cors_origins: Vec<HeaderValue>,

    /// Reverse proxies that name the addresses of their clients: addresses or networks such as
    /// 10.0.0.0/8, separated by commas
    #[arg(
        long = "trusted-proxies", env = "COUNTERSIGN_TRUSTED_PROXIES", value_name = "NETWORK",
        value_delimiter = ',', value_parser = value_parsers::network
    )]
    pub trusted_proxies: Vec<IpNet>,

    /// Header in which the trusted proxies name the addresses of their clients; the other one is ignored,
    /// since a proxy that does not know it passes on what a client has sent
    #[arg(
        long, env = "COUNTERSIGN_FORWARDED_HEADER", value_name = "HEADER", value_enum,
        default_value_t = ForwardedHeader::XForwardedFor
    )]
    pub forwarded_header: ForwardedHeader,

    /// Services behind a gateway that can get signed assertions about the user of a request at
    /// /verify?assertion=NAME, separated by commas: the "aud" of each
    ///
    /// An assertion is a JWT of at most a minute, in the header X-Auth-Assertion.
    #[arg(
        long = "assertion-audiences", env = "COUNTERSIGN_ASSERTION_AUDIENCES", value_name = "NAME",
        value_delimiter = ',', value_parser = value_parsers::listed_name
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

    /// Format of the log on standard error
    #[arg(
        long, env = "COUNTERSIGN_LOG_FORMAT", value_name = "FORMAT",
        default_value_t = LogOptions::default().format, value_enum
    )]
    pub log_format: LogFormat,

    /// Lowest level that is logged: error, warn, info, debug or trace
    #[arg(
        long, env = "COUNTERSIGN_LOG_LEVEL", value_name = "LEVEL",
        default_value = value_parsers::level_name(LogOptions::default().level),
        value_parser = value_parsers::log_level
    )]
    pub log_level: Level,
}
