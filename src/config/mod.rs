//! The configuration: from flags, variables and a file to validated options.
//!
//! The options of a module and their defaults are in that module (`password::HashingOptions`,
//! `store::sql::SqlOptions`, `sessions::SessionOptions`, `token::TokenOptions`,
//! `telemetry::LogOptions`), except for those of the layers above this one, `edge_options.rs`. The
//! defaults of the flags are taken from there.
//!
//! ```text
//! serve_flags.rs     ServeFlags: all flags of `serve`, as given
//! database_flags.rs  DatabaseFlags → DatabaseOptions, for all commands with a database
//! admin_listen.rs    AdminListen: the address of the admin listener, or off
//! signing_flags.rs   SigningFlags → TokenOptions: secret or key file, issuer, audience
//! lifetime_flags.rs  LifetimeFlags → SessionOptions: lifetimes of tokens and sessions
//! password_flags.rs  PasswordFlags, for all commands that set passwords
//! page_flags.rs      PageFlags → PageOptions: the hosted pages
//! public_url_flag.rs PublicUrlFlag
//! mail_flags.rs      MailFlags → MailOptions: SMTP, sender, notices, verification of addresses
//! throttle_flags.rs  ThrottleFlags → ThrottleOptions
//! edge_flags.rs      EdgeFlags → HttpOptions, ServerOptions: requests and connections
//! log_flags.rs       LogFlags → LogOptions
//! edge_options.rs    HttpOptions and ServerOptions, with their defaults
//! error.rs           ConfigError: all errors of a configuration
//! environment.rs     Environment: the variables COUNTERSIGN_…, and the secret
//! unknown_variables.rs  variables that no command reads
//! config_flag.rs     ConfigFlag: --config
//! file.rs            the configuration file, as the variables that its entries are equivalent to
//! place.rs           Place: a key in the configuration file
//! service_option.rs  ServiceOption: what clap declares about an option of the service
//! effective.rs       EffectiveOption: the effective value of an option, and its origin
//! toml_text.rs       options as TOML: the reference, and the effective values
//! similar.rs         the known name that an unknown one is most similar to
//! command_line.rs    parses arguments, variables and the configuration file together
//! clap_error.rs      clap's errors, without values
//! password_parsers.rs values of the flags of passwords
//! value_parsers.rs   durations, addresses, networks, …
//! human_duration.rs  durations as the help shows them
//! origin.rs          origins (CORS)
//! ```

mod admin_listen;
mod clap_error;
mod command_line;
mod config_flag;
mod database_flags;
mod edge_flags;
mod edge_options;
mod effective;
mod environment;
mod error;
mod file;
mod human_duration;
mod lifetime_flags;
mod log_flags;
mod mail_flags;
mod origin;
mod page_flags;
mod password_flags;
mod password_parsers;
mod place;
mod public_url_flag;
mod serve_flags;
mod service_option;
mod signing_flags;
mod similar;
#[cfg(test)]
mod tests;
mod throttle_flags;
mod toml_text;
mod unknown_variables;
mod value_parsers;

pub use admin_listen::AdminListen;
pub use command_line::{CommandLineError, Parsed, each_argument, parse};
pub use config_flag::ConfigFlag;
pub use database_flags::{Database, DatabaseFlags, DatabaseOptions};
pub use edge_flags::EdgeFlags;
pub use edge_options::{ApiDocs, ForwardedHeader, HttpOptions, ServerOptions};
pub use effective::{EffectiveOption, Origin};
pub use environment::Environment;
pub use error::ConfigError;
pub use human_duration::HumanDuration;
pub use lifetime_flags::LifetimeFlags;
pub use log_flags::LogFlags;
pub use mail_flags::{MailFlags, MailMode, VerificationMode};
pub use page_flags::{PageFlags, PageState};
pub use password_flags::PasswordFlags;
pub(crate) use password_parsers::{hash_engine, hashing_threads};
pub use place::Place;
pub use public_url_flag::PublicUrlFlag;
pub use serve_flags::{Registration, ServeFlags};
pub use service_option::{OptionKind, ServiceOption};
pub use signing_flags::SigningFlags;
pub use throttle_flags::{ThrottleFlags, ThrottleState};
pub use toml_text::{effective_toml, reference};
pub(crate) use value_parsers::{lifetime, listen_address, timeout};

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use self::signing_flags::Keys;

use crate::accounts::AccountOptions;
use crate::domain::PublicUrl;
use crate::files;
use crate::keys::KeyFile;
use crate::mail::MailOptions;
use crate::oauth_clients::{self, OAuthClients};
use crate::pages::PageOptions;
use crate::password::HashingOptions;
use crate::sessions::SessionOptions;
use crate::telemetry::LogOptions;
use crate::throttle::ThrottleOptions;
use crate::token::TokenOptions;

/// A complete and valid configuration of the service.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address to listen on; port 0 selects a free port.
    pub listen: SocketAddr,
    /// The address of the admin listener, for metrics and probes; `None` where there is none.
    pub admin_listen: Option<SocketAddr>,
    /// The URL under which browsers reach the service; `None` where it is unknown. In the demo
    /// `countersign serve` sets the default, which has the port of the listener.
    pub public_url: Option<PublicUrl>,
    /// Whether the demo user exists.
    pub demo: bool,
    /// Whether the secret is random, so that tokens end with the process.
    pub random_secret: bool,
    /// The key file, if one is set.
    pub key_file: Option<KeyFile>,
    /// The database.
    pub database: DatabaseOptions,
    /// Options of accounts.
    pub accounts: AccountOptions,
    /// Options of tokens.
    pub tokens: TokenOptions,
    /// Options of sessions.
    pub sessions: SessionOptions,
    /// The OAuth clients.
    pub oauth_clients: OAuthClients,
    /// Description and path of each file with secrets that users other than its owner may read or
    /// write. The key file is not among them: it is checked at each reload.
    pub exposed_files: Vec<(&'static str, PathBuf)>,
    /// Options of password hashing.
    pub hashing: HashingOptions,
    /// Options of the throttle.
    pub throttle: ThrottleOptions,
    /// Options of the hosted pages.
    pub pages: PageOptions,
    /// Options of mails; `None` where none are sent.
    pub mail: Option<MailOptions>,
    /// Options of the HTTP layer.
    pub http: HttpOptions,
    /// Options of the connections.
    pub server: ServerOptions,
    /// Options of the log.
    pub log: LogOptions,
}

impl Config {
    /// The default lifetime of access tokens in the demo, which the compatibility contract sets.
    pub const DEMO_LIFETIME: Duration = lifetime_flags::DEMO_LIFETIME;

    /// Validates the flags.
    ///
    /// On a loopback address without a database the service is the demo of the compatibility
    /// contract; settings override those of the demo.
    ///
    /// # Errors
    ///
    /// All errors that were found, the most fundamental one first.
    pub fn new(flags: &ServeFlags, environment: &Environment) -> Result<Self, Vec<ConfigError>> {
        let located =
            |errors: Vec<_>| errors.into_iter().map(|it| environment.locate(it)).collect();
        Self::validate(flags, environment).map_err(located)
    }

    fn validate(flags: &ServeFlags, environment: &Environment) -> Result<Self, Vec<ConfigError>> {
        let mut errors = environment.unknown_variables();
        let database = DatabaseOptions::new(&flags.database).unwrap_or_else(|error| {
            errors.push(error);
            DatabaseOptions::in_memory()
        });
        let oauth_clients = or_default(Self::oauth_clients(flags), &mut errors);
        let policy = or_default(flags.passwords.policy(), &mut errors);
        errors.extend(flags.edge.contradiction());
        errors.extend(contradiction_of_audiences(flags));
        let is_loopback = flags.listen.ip().is_loopback();
        let is_memory = matches!(database.database, Database::Memory);
        let demo = is_loopback && is_memory;
        let mail = or_default(flags.mail.options(demo, flags.public.url.as_ref()), &mut errors);
        let verification = flags.mail.verification(mail.is_some());
        let verification = or_default(verification, &mut errors);
        let login_codes = or_default(flags.mail.login_codes(mail.is_some()), &mut errors);
        let default_lifetime =
            if demo { Self::DEMO_LIFETIME } else { TokenOptions::DEFAULT_LIFETIME };
        let lifetimes = flags.lifetimes.options(default_lifetime);
        let (token_lifetime, sessions) = lifetimes.unwrap_or_else(|contradictions| {
            errors.extend(contradictions);
            (default_lifetime, SessionOptions::default())
        });
        let pages = flags.pages.options(&flags.mail.service_name, flags.public.url.as_ref());
        let pages = pages.map_err(|of_pages| errors.extend(of_pages)).ok();
        let keys = Self::keys(flags, environment, is_memory);
        let (keys, pages) = match (keys, pages) {
            (Ok(keys), Some(pages)) if errors.is_empty() => (keys, pages),
            (Ok(_), _) => return Err(errors),
            (Err(error), _) => {
                errors.push(error);
                return Err(errors);
            }
        };
        let mut exposed_files = exposed_files(flags, &database.database);
        exposed_files.extend(environment.exposed_file().map(|path| ("configuration file", path)));
        Ok(Self {
            listen: flags.listen,
            admin_listen: match flags.admin_listen {
                Some(AdminListen::At(address)) => Some(address),
                Some(AdminListen::Off) => None,
                None => (!demo).then_some(AdminListen::DEFAULT),
            },
            public_url: flags.public.url.clone(),
            demo,
            random_secret: keys.are_random,
            key_file: keys.file,
            database,
            accounts: AccountOptions {
                open_registration: flags.registration.map_or(demo, |it| it == Registration::Open),
                verification,
                login_codes,
                policy,
            },
            tokens: TokenOptions {
                keys: keys.set,
                lifetime: token_lifetime,
                issuer: flags.signing.issuer.clone(),
                audience: flags.signing.audience.clone(),
                claims: flags.signing.token_claims.clone(),
            },
            sessions,
            oauth_clients,
            exposed_files,
            hashing: flags.passwords.hashing(flags.hash_threads),
            throttle: flags.throttle.options(),
            pages,
            mail,
            http: flags.edge.http(flags.api_docs == ApiDocs::On),
            server: flags.edge.server(),
            log: flags.log.options(),
        })
    }

    fn keys(
        flags: &ServeFlags,
        environment: &Environment,
        is_memory: bool,
    ) -> Result<Keys, ConfigError> {
        match Keys::new(&flags.signing, environment)? {
            Some(keys) => Ok(keys),
            None if !flags.listen.ip().is_loopback() => {
                Err(ConfigError::ExposedWithoutSecret(flags.listen))
            }
            None if !is_memory => Err(ConfigError::DatabaseWithoutSecret),
            None => Keys::random(),
        }
    }

    /// The OAuth clients.
    ///
    /// # Errors
    ///
    /// [`ConfigError::InvalidOAuthClientFile`].
    pub fn oauth_clients(flags: &ServeFlags) -> Result<OAuthClients, ConfigError> {
        let Some(path) = &flags.oauth_clients else { return Ok(OAuthClients::default()) };
        oauth_clients::read(path)
            .map_err(|source| ConfigError::InvalidOAuthClientFile { path: path.clone(), source })
    }
}

/// The value, or the default of its type where it is an error, which is reported.
fn or_default<T: Default>(result: Result<T, ConfigError>, errors: &mut Vec<ConfigError>) -> T {
    result.unwrap_or_else(|error| {
        errors.push(error);
        T::default()
    })
}

/// A service that verifies access tokens for its audience could take an assertion for one.
fn contradiction_of_audiences(flags: &ServeFlags) -> Option<ConfigError> {
    let audience = flags.signing.audience.as_ref()?;
    let sentence =
        "--assertion-audiences contains the --audience of access tokens: give the services \
                    behind a gateway names of their own"
            .to_owned();
    let is_contradictory = flags.edge.assertion_audiences.contains(audience);
    is_contradictory.then_some(ConfigError::Contradiction(sentence))
}

fn exposed_files(flags: &ServeFlags, database: &Database) -> Vec<(&'static str, PathBuf)> {
    let files = [
        ("secret file", &flags.signing.secret_file),
        ("database URL file", &flags.database.database_url_file),
        ("OAuth client file", &flags.oauth_clients),
        ("SMTP URL file", &flags.mail.smtp_url_file),
    ];
    let given = files.into_iter().filter_map(|(what, path)| Some((what, path.clone()?)));
    let of_database = match database {
        Database::Sql(url) => url.files(),
        Database::Memory => Vec::new(),
    };
    let of_database = of_database.into_iter().map(|path| ("database file", path));
    given.chain(of_database).filter(|(_, path)| files::is_accessible_by_others(path)).collect()
}
