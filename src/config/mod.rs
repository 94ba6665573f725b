//! From what was typed to what is used.
//!
//! ```text
//! flags.rs         ServeFlags: flags and variables, as typed
//! database.rs      DatabaseFlags, the part of them that other commands share
//! signing.rs       SigningFlags: the secret or the file of keys, and for whom tokens are
//! new_password.rs  NewPasswordFlags, the part that commands share that set passwords
//! fault.rs         Fault: everything that can be wrong with them, and its exit code
//! environment.rs   variables that are no flags: the secret, and those that nobody knows
//! command_line.rs  arguments and variables, parsed together
//! refusal.rs       what clap refuses, in sentences without the value
//! lifetimes.rs     how long tokens and sessions last, in no contradiction
//! values.rs        how a duration, an address or a network is written
//! origin.rs        how an origin is written
//! ```

mod command_line;
mod database;
mod environment;
mod fault;
mod flags;
mod lifetimes;
mod new_password;
mod origin;
mod refusal;
mod signing;
#[cfg(test)]
mod tests;
mod values;

pub use command_line::{Refusal, each_argument, parse};
pub use database::{Database, DatabaseFlags, DatabaseOptions};
pub use environment::Environment;
pub use fault::Fault;
pub use flags::{Registration, ServeFlags};
pub use lifetimes::LifetimeFlags;
pub use new_password::NewPasswordFlags;
pub use signing::SigningFlags;
pub(crate) use values::{hashing_threads, lifetime, timeout};

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use http::HeaderValue;
use ipnet::IpNet;

use self::signing::Keys;

use crate::accounts::AccountOptions;
use crate::files;
use crate::keys::KeyFile;
use crate::oauth_clients::{self, OAuthClients};
use crate::password::HashingOptions;
use crate::sessions::SessionOptions;
use crate::store::sql::SqlOptions;
use crate::telemetry::LogOptions;
use crate::token::TokenOptions;

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
    pub clients: OAuthClients,
    /// Files with secrets that others than their owners may read or write: what they are, and
    /// where. The file with the keys is not among them: it may change.
    pub exposed_files: Vec<(&'static str, PathBuf)>,
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
            OAuthClients::default()
        });
        if flags.cors_origins.len() > 1 && flags.cors_origins.iter().any(|origin| origin == "*") {
            faults.push(Fault::Contradiction(
                "--cors-origins has * for all origins beside others: give * alone, or leave it out"
                    .to_owned(),
            ));
        }
        let is_loopback = flags.listen.ip().is_loopback();
        let is_memory = matches!(database.database, Database::Memory);
        let demo = is_loopback && is_memory;
        let default_lifetime = if demo { Self::DEMO_LIFETIME } else { Self::LIFETIME };
        let lifetimes = flags.lifetimes.options(default_lifetime);
        let (token_lifetime, sessions) = lifetimes.unwrap_or_else(|contradictions| {
            faults.extend(contradictions);
            (default_lifetime, SessionOptions::default())
        });
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
        let exposed_files = exposed_files(flags, &database.database);
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
                keys: keys.set,
                lifetime: token_lifetime,
                issuer: flags.signing.issuer.clone(),
                audience: flags.signing.audience.clone(),
            },
            sessions,
            clients,
            exposed_files,
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

    fn clients(flags: &ServeFlags) -> Result<OAuthClients, Fault> {
        let Some(path) = &flags.clients else { return Ok(OAuthClients::default()) };
        oauth_clients::read(path).map_err(|source| Fault::BadClients { path: path.clone(), source })
    }
}

fn exposed_files(flags: &ServeFlags, database: &Database) -> Vec<(&'static str, PathBuf)> {
    let files = [
        ("secret file", &flags.signing.secret_file),
        ("database URL file", &flags.database.database_url_file),
        ("file of the clients", &flags.clients),
    ];
    let given = files.into_iter().filter_map(|(what, path)| Some((what, path.clone()?)));
    let of_database = match database {
        Database::Sql(url) => url.files(),
        Database::Memory => Vec::new(),
    };
    let of_database = of_database.into_iter().map(|path| ("database file", path));
    given.chain(of_database).filter(|(_, path)| files::is_exposed(path)).collect()
}
