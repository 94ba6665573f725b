//! Flags and variables, as typed.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use http::HeaderValue;
use ipnet::IpNet;
use tracing::Level;

use super::database::DatabaseFlags;
use super::lifetimes::LifetimeFlags;
use super::new_password::NewPasswordFlags;
use super::origin::origin;
use super::signing::SigningFlags;
use super::values;
use crate::telemetry::LogFormat;

/// Whether strangers may register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Registration {
    /// Everybody may.
    Open,
    /// Nobody may.
    Closed,
}

/// What `countersign serve` can be told.
#[derive(Args, Clone, Debug)]
pub struct ServeFlags {
    /// Where to listen.
    ///
    /// On a loopback address with no database the service is a demo: the user user@email.com with
    /// the password "password" exists, tokens live 20 s, and the secret is random unless one is
    /// given. Any other address demands a secret.
    #[arg(
        long, env = "COUNTERSIGN_LISTEN", value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8080", value_parser = values::listen_address
    )]
    pub listen: SocketAddr,

    /// Where users are kept.
    #[command(flatten)]
    pub database: DatabaseFlags,

    /// Whether strangers may register. [default: open in the demo, closed otherwise]
    #[arg(long, env = "COUNTERSIGN_REGISTRATION", value_name = "WHO", value_enum)]
    pub registration: Option<Registration>,

    /// What a new password has to be.
    #[command(flatten)]
    pub passwords: NewPasswordFlags,

    /// How many threads hash passwords, each with the memory of one hash. [default: one for each
    /// core that the process may use]
    #[arg(
        long, env = "COUNTERSIGN_HASH_THREADS", value_name = "NUMBER",
        value_parser = values::hashing_threads
    )]
    pub hash_threads: Option<NonZeroUsize>,

    /// What signs tokens, and for whom they are.
    #[command(flatten)]
    pub signing: SigningFlags,

    /// How long tokens and sessions last.
    #[command(flatten)]
    pub lifetimes: LifetimeFlags,

    /// A file with the services that may ask at /introspect, which `countersign client` writes. It
    /// is read at the start.
    #[arg(long, env = "COUNTERSIGN_CLIENTS", value_name = "FILE")]
    pub clients: Option<PathBuf>,

    /// An origin whose pages may call from a browser: scheme, host and port; or * alone for all.
    /// Several are separated by commas.
    #[arg(
        long = "cors-origins", env = "COUNTERSIGN_CORS_ORIGINS", value_name = "ORIGIN",
        value_delimiter = ',', value_parser = origin
    )]
    pub cors_origins: Vec<HeaderValue>,

    /// A proxy whose X-Forwarded-For is believed, as an address or a network such as 10.0.0.0/8.
    /// Several are separated by commas.
    #[arg(
        long = "trusted-proxies", env = "COUNTERSIGN_TRUSTED_PROXIES", value_name = "NETWORK",
        value_delimiter = ',', value_parser = values::network
    )]
    pub trusted_proxies: Vec<IpNet>,

    /// The largest request body, in bytes.
    #[arg(
        long, env = "COUNTERSIGN_BODY_LIMIT", value_name = "BYTES",
        default_value = "65536", value_parser = values::count
    )]
    pub body_limit: usize,

    /// How long a request body may take to arrive.
    #[arg(
        long, env = "COUNTERSIGN_BODY_TIMEOUT", value_name = "DURATION",
        default_value = "15s", value_parser = values::timeout
    )]
    pub body_timeout: Duration,

    /// How long a new connection may take until the head of its first request is there.
    #[arg(
        long, env = "COUNTERSIGN_HEADER_TIMEOUT", value_name = "DURATION",
        default_value = "10s", value_parser = values::timeout
    )]
    pub header_timeout: Duration,

    /// Idle timeout of a connection, up to the complete head of the next request. Should exceed the
    /// reverse proxy's keep-alive timeout.
    #[arg(
        long, env = "COUNTERSIGN_IDLE_TIMEOUT", value_name = "DURATION",
        default_value = "75s", value_parser = values::timeout
    )]
    pub idle_timeout: Duration,

    /// How long requests in flight are waited for after SIGTERM, SIGINT or SIGQUIT.
    #[arg(
        long, env = "COUNTERSIGN_SHUTDOWN_TIMEOUT", value_name = "DURATION",
        default_value = "5s", value_parser = values::timeout
    )]
    pub shutdown_timeout: Duration,

    /// How many connections may be open at once; more wait to be accepted.
    #[arg(
        long, env = "COUNTERSIGN_MAX_CONNECTIONS", value_name = "NUMBER",
        default_value = "10000", value_parser = values::count
    )]
    pub max_connections: usize,

    /// How the log on standard error looks.
    #[arg(
        long,
        env = "COUNTERSIGN_LOG_FORMAT",
        value_name = "FORMAT",
        default_value = "auto",
        value_enum
    )]
    pub log_format: LogFormat,

    /// The least important level that is logged: error, warn, info, debug or trace.
    #[arg(
        long, env = "COUNTERSIGN_LOG_LEVEL", value_name = "LEVEL", default_value = "info",
        value_parser = values::log_level
    )]
    pub log_level: Level,
}
