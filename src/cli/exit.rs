//! Exit codes of all commands.

use std::fmt::Display;
use std::process::ExitCode;

use super::output::print_error;
use crate::app::AppError;
use crate::config::ConfigError;

/// The exit code of a failed command. [`EXIT_CODES`] describes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    Failure = 1,
    Usage = 2,
    Unknown = 3,
    SecretFile = 4,
    InvalidSecret = 5,
    TwoSecrets = 6,
    NoSecret = 7,
    Listen = 8,
    Database = 9,
    KeyFile = 10,
    OAuthClientFile = 11,
    BreachedPasswords = 12,
    Mail = 13,
    ConfigFile = 14,
}

/// The exit codes, as the help of each command lists them.
pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  success; the service: shut down by SIGTERM, SIGINT or SIGQUIT
  1  failed, rejected or not found
  2  invalid flag, argument or value
  3  unknown variable COUNTERSIGN_…, or unknown key of the configuration file
  4  cannot read the secret file
  5  invalid secret
  6  two secrets, or a secret and a key file
  7  no secret and no key file, where one is required
  8  cannot listen on the address
  9  cannot use the database
  10 cannot use the key file
  11 cannot use the OAuth client file
  12 cannot use the list of breached passwords
  13 cannot use the templates, the URL or the certificate of mails
  14 cannot read the configuration file
  128 + the signal's number after a second signal";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        (exit as u8).into()
    }
}

impl From<&ConfigError> for Exit {
    fn from(error: &ConfigError) -> Self {
        match error {
            ConfigError::InFile { source, .. } => Self::from(&**source),
            ConfigError::UnknownVariable { .. } | ConfigError::UnknownKey { .. } => Self::Unknown,
            ConfigError::UnreadableConfigFile { .. } | ConfigError::InvalidToml { .. } => {
                Self::ConfigFile
            }
            ConfigError::UnreadableSecretFile { .. } => Self::SecretFile,
            ConfigError::InvalidSecret(_) => Self::InvalidSecret,
            ConfigError::TwoSecrets | ConfigError::SecretAndKeyFile => Self::TwoSecrets,
            ConfigError::ExposedWithoutSecret(_)
            | ConfigError::DatabaseWithoutSecret
            | ConfigError::NoSecret
            | ConfigError::NoKey => Self::NoSecret,
            ConfigError::InvalidDatabaseUrlFile { .. }
            | ConfigError::TwoDatabases
            | ConfigError::SchemaWithoutPostgres
            | ConfigError::NoDatabase => Self::Database,
            ConfigError::InvalidKeyFile { .. } | ConfigError::NoKeyFile => Self::KeyFile,
            ConfigError::InvalidOAuthClientFile { .. } => Self::OAuthClientFile,
            ConfigError::InvalidBreachedPasswords { .. } => Self::BreachedPasswords,
            ConfigError::InvalidMailFile { .. } => Self::Mail,
            _ => Self::Usage,
        }
    }
}

impl From<&AppError> for Exit {
    fn from(error: &AppError) -> Self {
        match error {
            AppError::Store(_) | AppError::Migration { .. } => Self::Database,
            AppError::Hashing(_) => Self::Failure,
            AppError::Templates(_) | AppError::SmtpCertificate(_) => Self::Mail,
        }
    }
}

/// The error of a command.
pub(super) trait CommandError: Display {
    fn exit(&self) -> Exit;

    /// Whether the reader of standard output has closed it, as `head` does.
    fn is_closed_pipe(&self) -> bool {
        false
    }
}

/// The exit code of a command. Prints its error, unless the reader of the output has gone.
pub(super) fn exit_code<E: CommandError>(result: Result<ExitCode, E>) -> ExitCode {
    result.unwrap_or_else(|error| {
        if !error.is_closed_pipe() {
            print_error(&error);
        }
        error.exit().into()
    })
}

/// The exit code of an invalid configuration, that of its first error. Prints all errors.
pub(super) fn exit_with_config_errors(errors: &[ConfigError]) -> ExitCode {
    for error in errors {
        print_error(error);
    }
    errors.first().map_or(Exit::Failure, Exit::from).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exit_code_is_described() {
        // The last one; a further one fails here.
        assert_eq!(Exit::ConfigFile as u8, 14);
        let codes = EXIT_CODES
            .lines()
            .filter_map(|line| line.split_whitespace().next()?.parse::<u8>().ok());
        assert!(codes.eq((0..=14).chain([128])));
    }
}
