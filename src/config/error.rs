//! Errors of a configuration.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use countersign_auth::SecretError;

use crate::files::RedactedPath;
use crate::keys::KeyFileError;
use crate::oauth_clients::OAuthClientsError;
use crate::password::BreachedPasswordsError;

/// One error of a configuration: a sentence with the cure. It never repeats a value, which may be a
/// secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The arguments are invalid.
    #[error("{0}")]
    InvalidArgument(String),
    /// The value of a variable is invalid.
    #[error("the variable {name}: {reason}")]
    InvalidVariable {
        /// The variable.
        name: String,
        /// The reason, without the value.
        reason: String,
    },
    /// Two settings, each of them valid, contradict each other.
    #[error("{0}")]
    Contradiction(String),
    /// A variable `COUNTERSIGN_…` that no command reads, such as a misspelt one.
    #[error("unknown variable {name}{}", hint(.suggestion.as_deref()))]
    UnknownVariable {
        /// The variable, escaped.
        name: String,
        /// The most similar known variable.
        suggestion: Option<String>,
    },
    /// The secret file cannot be read.
    #[error("cannot read the secret file {}: {source}", RedactedPath(.path))]
    UnreadableSecretFile {
        /// The secret file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The secret is invalid.
    #[error("invalid secret: {0}; `openssl rand -base64 32` generates a valid one")]
    InvalidSecret(SecretError),
    /// The secret is set as a variable and as a file.
    #[error(
        "COUNTERSIGN_SECRET and a secret file (--secret-file or COUNTERSIGN_SECRET_FILE) are both \
         set; set only one of them, for example with `unset COUNTERSIGN_SECRET`"
    )]
    TwoSecrets,
    /// A secret and a key file are both set.
    #[error(
        "a secret (COUNTERSIGN_SECRET or --secret-file) and a key file (--keys) are both set; set \
         only one of them, or add the secret to the key file with `countersign key import --secret`"
    )]
    SecretAndKeyFile,
    /// The key file is invalid.
    #[error("cannot use the key file {}: {source}", RedactedPath(.path))]
    InvalidKeyFile {
        /// The key file.
        path: PathBuf,
        /// Its error.
        source: KeyFileError,
    },
    /// The list of breached passwords cannot be used.
    #[error("cannot use the list of breached passwords {}: {source}", RedactedPath(.path))]
    InvalidBreachedPasswords {
        /// The file.
        path: PathBuf,
        /// Its error.
        source: BreachedPasswordsError,
    },
    /// A file of the mail options cannot be used.
    #[error("cannot use the {what} {}: {reason}", RedactedPath(.path))]
    InvalidMailFile {
        /// Which file.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// The command requires a key file.
    #[error("no key file: set --keys or COUNTERSIGN_KEYS")]
    NoKeyFile,
    /// The command requires a secret.
    #[error("no secret: set COUNTERSIGN_SECRET or --secret-file")]
    NoSecret,
    /// The listener is not on a loopback address, which requires a secret or a key file.
    #[error(
        "{0} is not a loopback address, which requires a secret or a key file: set \
         COUNTERSIGN_SECRET or --secret-file, or --keys"
    )]
    ExposedWithoutSecret(SocketAddr),
    /// A database requires a secret or a key file.
    #[error(
        "a database requires a secret or a key file, since a random secret would end all sessions \
         at a restart: set COUNTERSIGN_SECRET or --secret-file, or --keys"
    )]
    DatabaseWithoutSecret,
    /// The command requires a secret or a key file.
    #[error(
        "no signing key: set COUNTERSIGN_SECRET or --secret-file, or --keys, as for the service"
    )]
    NoKey,
    /// The file with the database URL is invalid.
    #[error("cannot use the database URL file {}: {reason}", RedactedPath(.path))]
    InvalidDatabaseUrlFile {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// The database URL is set as such and as a file.
    #[error(
        "a database URL (--database or COUNTERSIGN_DATABASE_URL) and a file with one \
         (--database-url-file or COUNTERSIGN_DATABASE_URL_FILE) are both set; set only one of them"
    )]
    TwoDatabases,
    /// A schema is set for another database than PostgreSQL.
    #[error("--database-schema and COUNTERSIGN_DATABASE_SCHEMA require PostgreSQL; leave them out")]
    SchemaWithoutPostgres,
    /// The command requires a database.
    #[error(
        "this command requires the database of the service: set --database, --database-url-file or \
         their variables, such as --database sqlite:users.db"
    )]
    NoDatabase,
    /// The file of OAuth clients is invalid.
    #[error("cannot use the OAuth client file {}: {source}", RedactedPath(.path))]
    InvalidOAuthClientFile {
        /// The file.
        path: PathBuf,
        /// Its error.
        source: OAuthClientsError,
    },
}

fn hint(suggestion: Option<&str>) -> String {
    match suggestion {
        Some(known) => format!("; did you mean {known}?"),
        None => "; `countersign serve --help` lists the known ones".to_owned(),
    }
}
