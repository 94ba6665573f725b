//! From what was typed to what is used.
//!
//! ```text
//! flags.rs         ServeFlags: flags and variables, as typed
//! database.rs      DatabaseFlags, the part of them that other commands share
//! signing.rs       SigningFlags: the secret or the file of keys, and for whom tokens are
//! new_password.rs  NewPasswordFlags, the part that commands share that set passwords
//! fault.rs         Fault: everything that can be wrong with them, and its exit code
//! environment.rs   variables that are no flags: the secret, and those that nobody knows
//! values.rs        how a duration, an address or an origin is written
//! ```

mod database;
mod environment;
mod fault;
mod flags;
mod new_password;
mod signing;
mod values;

pub use database::{Database, DatabaseFlags, DatabaseOptions};
pub use environment::Environment;
pub use fault::Fault;
pub use flags::{Registration, ServeFlags};
pub use new_password::NewPasswordFlags;
pub use signing::SigningFlags;
pub(crate) use values::{hashing_threads, lifetime, timeout};

use std::net::SocketAddr;
use std::time::Duration;

use http::HeaderValue;
use ipnet::IpNet;

use self::signing::Keys;

use crate::accounts::AccountOptions;
use crate::clients::{self, Clients};
use crate::password::HashingOptions;
use crate::sessions::SessionOptions;
use crate::store::sql::SqlOptions;
use crate::telemetry::LogOptions;
use crate::token::{KeyFile, TokenOptions};

/// A whole and valid configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Whether the tutorial's user exists.
    pub demo: bool,
    /// Whether the secret is of this process alone, so that tokens end with it.
    pub random_secret: bool,
    /// The file with the keys, where there is one.
    pub key_file: Option<KeyFile>,
    /// Where users are kept.
    pub database: DatabaseOptions,
    /// Who may have an account.
    pub accounts: AccountOptions,
    /// What access tokens are like.
    pub tokens: TokenOptions,
    /// How long sessions last.
    pub sessions: SessionOptions,
    /// The services that may ask about tokens.
    pub clients: Clients,
    /// How passwords are hashed.
    pub hashing: HashingOptions,
    /// What requests may be like.
    pub http: HttpOptions,
    /// What connections may be like.
    pub server: ServerOptions,
    /// What is logged.
    pub log: LogOptions,
}

/// What requests may be like.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// The largest body, in bytes. Default 64 KiB.
    pub body_limit: usize,
    /// How long a body may take to arrive. Default 15 s.
    pub body_timeout: Duration,
    /// The origins whose pages may call from a browser; `*` for all. Default none.
    pub cors_origins: Vec<HeaderValue>,
    /// The proxies whose `X-Forwarded-For` is believed. Default none.
    pub trusted_proxies: Vec<IpNet>,
}

/// What connections may be like.
#[derive(Clone, Copy, Debug)]
pub struct ServerOptions {
    /// How many may be open at once; more wait to be accepted. Default 10,000.
    pub max_connections: usize,
    /// How long a connection may take until the head of its first request is there. Default 10 s.
    pub header_timeout: Duration,
    /// How long a connection may be without a request after that, and how long the head of a later
    /// request may take; it is exceeded by a quarter at most. Default 75 s, longer than the gateways in
    /// front keep theirs.
    pub idle_timeout: Duration,
    /// How long requests in flight are waited for at the end. Default 10 s.
    pub shutdown_timeout: Duration,
}

impl Config {
    /// How long tokens live in the demo, where nothing else is said.
    pub const DEMO_LIFETIME: Duration = Duration::from_secs(20);
    /// How long tokens live otherwise, where nothing else is said.
    pub const LIFETIME: Duration = Duration::from_mins(15);

    /// Checks what was typed.
    ///
    /// On a loopback address with no database the service is the tutorial's demo; what is given replaces the
    /// demo's, the rest of it stays.
    ///
    /// # Errors
    ///
    /// Every [`Fault`] that was found, in the order in which they are best mended.
    pub fn new(flags: &ServeFlags, environment: &Environment) -> Result<Self, Vec<Fault>> {
        let mut faults = environment.unknown_variables();
        let database = DatabaseOptions::new(&flags.database).unwrap_or_else(|fault| {
            faults.push(fault);
            DatabaseOptions {
                database: Database::Memory,
                sql: SqlOptions::default(),
                migration_lock: true,
            }
        });
        let clients = Self::clients(flags).unwrap_or_else(|fault| {
            faults.push(fault);
            Clients::default()
        });
        let is_loopback = flags.listen.ip().is_loopback();
        let is_memory = matches!(database.database, Database::Memory);
        let demo = is_loopback && is_memory;
        let keys = match Keys::new(&flags.signing, environment) {
            Ok(None) if !is_loopback => Err(Fault::ExposedWithoutSecret(flags.listen)),
            Ok(None) if !is_memory => Err(Fault::DatabaseWithoutSecret),
            Ok(None) => Keys::random(),
            Ok(Some(keys)) => Ok(keys),
            Err(fault) => Err(fault),
        };
        let keys = match keys {
            Ok(keys) if faults.is_empty() => keys,
            Ok(_) => return Err(faults),
            Err(fault) => {
                faults.push(fault);
                return Err(faults);
            }
        };
        let lifetime = if demo { Self::DEMO_LIFETIME } else { Self::LIFETIME };
        Ok(Self {
            listen: flags.listen,
            demo,
            random_secret: keys.are_random,
            key_file: keys.file,
            database,
            accounts: AccountOptions {
                open_registration: flags.registration.map_or(demo, |it| it == Registration::Open),
                policy: flags.passwords.policy,
            },
            tokens: TokenOptions {
                keys: keys.ring,
                lifetime: flags.token_ttl.unwrap_or(lifetime),
                issuer: flags.signing.issuer.clone(),
                audience: flags.signing.audience.clone(),
            },
            sessions: SessionOptions {
                idle: flags.session_idle_ttl,
                lifetime: flags.session_ttl,
                grace: flags.refresh_grace,
            },
            clients,
            hashing: HashingOptions {
                cost: flags.passwords.hash_cost,
                ..HashingOptions::on_threads(flags.hash_threads)
            },
            http: HttpOptions {
                body_limit: flags.body_limit,
                body_timeout: flags.body_timeout,
                cors_origins: flags.cors_origins.clone(),
                trusted_proxies: flags.trusted_proxies.clone(),
            },
            server: ServerOptions {
                max_connections: flags.max_connections,
                header_timeout: flags.header_timeout,
                idle_timeout: flags.idle_timeout,
                shutdown_timeout: flags.shutdown_timeout,
            },
            log: LogOptions { format: flags.log_format, level: flags.log_level },
        })
    }

    fn clients(flags: &ServeFlags) -> Result<Clients, Fault> {
        let Some(path) = &flags.clients else { return Ok(Clients::default()) };
        clients::read(path).map_err(|source| Fault::BadClients { path: path.clone(), source })
    }
}
