//! Errors of a configuration.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use countersign_auth::SecretError;

use super::place::Place;
use crate::files::RedactedPath;
use crate::keys::KeyFileError;
use crate::oauth_clients::OAuthClientsError;
use crate::pages::TemplateError;
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
    /// The configuration file cannot be read.
    #[error("cannot read the configuration file {}: {source}", RedactedPath(.path))]
    UnreadableConfigFile {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The configuration file is not TOML.
    #[error("{}:{line}: invalid TOML: {reason}", .path.display())]
    InvalidToml {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The reason, without the text of the line.
        reason: String,
    },
    /// The value of a key in the configuration file is invalid.
    #[error("{place}: {reason}")]
    InvalidEntry {
        /// The place.
        place: Place,
        /// The reason, without the value.
        reason: String,
    },
    /// A key in the configuration file that is no option.
    #[error("{place}: unknown key{}", key_hint(.suggestion.as_deref()))]
    UnknownKey {
        /// The place.
        place: Place,
        /// The most similar key.
        suggestion: Option<String>,
    },
    /// The error of a setting in the configuration file.
    #[error("{place}: {source}")]
    InFile {
        /// The place.
        place: Place,
        /// The error.
        source: Box<Self>,
    },
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
        "a secret (COUNTERSIGN_SECRET, or secret in the configuration file) and a secret file \
         (--secret-file or COUNTERSIGN_SECRET_FILE) are both set; set only one of them, for example \
         with `unset COUNTERSIGN_SECRET`"
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
    /// The logo of the pages cannot be used.
    #[error("cannot use the logo {}: {source}", RedactedPath(.path))]
    InvalidLogo {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The template directory cannot be used.
    #[error("cannot use the page templates {}: {source}", RedactedPath(.path))]
    InvalidTemplates {
        /// The directory.
        path: PathBuf,
        /// Its error.
        source: TemplateError,
    },
}

fn hint(suggestion: Option<&str>) -> String {
    match suggestion {
        Some(known) => format!("; did you mean {known}?"),
        None => "; `countersign serve --help` lists the known ones".to_owned(),
    }
}

fn key_hint(suggestion: Option<&str>) -> String {
    match suggestion {
        Some(known) => format!("; did you mean {known}?"),
        None => "; `countersign config reference` prints the known ones".to_owned(),
    }
}

impl ConfigError {
    /// Whether it is about one setting alone, and not about the combination of several.
    #[must_use]
    pub fn is_of_one_setting(&self) -> bool {
        match self {
            Self::InFile { source, .. } => source.is_of_one_setting(),
            Self::UnknownVariable { .. }
            | Self::UnreadableSecretFile { .. }
            | Self::InvalidSecret(_)
            | Self::InvalidKeyFile { .. }
            | Self::InvalidBreachedPasswords { .. }
            | Self::InvalidMailFile { .. }
            | Self::InvalidDatabaseUrlFile { .. }
            | Self::InvalidOAuthClientFile { .. }
            | Self::InvalidLogo { .. }
            | Self::InvalidTemplates { .. } => true,
            _ => false,
        }
    }

    /// Whether it is about the content of the key file.
    #[must_use]
    pub fn is_of_key_file(&self) -> bool {
        match self {
            Self::InFile { source, .. } => source.is_of_key_file(),
            _ => matches!(self, Self::InvalidKeyFile { .. }),
        }
    }

    /// The place in the configuration file, if it names one.
    pub(super) fn place(&self) -> Option<&Place> {
        match self {
            Self::InvalidEntry { place, .. }
            | Self::UnknownKey { place, .. }
            | Self::InFile { place, .. } => Some(place),
            _ => None,
        }
    }

    /// The keys of the options that it is about, the most likely one first.
    pub(super) fn keys(&self) -> Vec<&str> {
        match self {
            Self::Contradiction(sentence) => {
                let words = sentence.split(|c: char| !c.is_ascii_lowercase() && c != '-');
                words.filter_map(|word| word.strip_prefix("--")).collect()
            }
            Self::UnreadableSecretFile { .. } => vec!["secret-file"],
            Self::InvalidSecret(_) | Self::TwoSecrets => vec!["secret", "secret-file"],
            Self::SecretAndKeyFile => vec!["keys", "secret", "secret-file"],
            Self::InvalidKeyFile { .. } => vec!["keys"],
            Self::InvalidBreachedPasswords { .. } => vec!["breached-passwords"],
            Self::InvalidMailFile { what: "SMTP URL file", .. } => vec!["smtp-url-file"],
            Self::InvalidMailFile { .. } => vec!["smtp-root-certificate"],
            Self::ExposedWithoutSecret(_) => vec!["listen"],
            Self::DatabaseWithoutSecret | Self::TwoDatabases => {
                vec!["database", "database-url-file"]
            }
            Self::InvalidDatabaseUrlFile { .. } => vec!["database-url-file"],
            Self::SchemaWithoutPostgres => vec!["database-schema"],
            Self::InvalidOAuthClientFile { .. } => vec!["oauth-clients"],
            Self::InvalidLogo { .. } => vec!["page-logo"],
            Self::InvalidTemplates { .. } => vec!["page-templates"],
            _ => Vec::new(),
        }
    }
}
