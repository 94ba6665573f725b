//! Errors of `countersign user`.

use std::io;
use std::path::PathBuf;

use crate::accounts::AccountsError;
use crate::app::AppError;
use crate::cli::exit::{CommandError, Exit};
use crate::config::ConfigError;
use crate::domain::{EmailError, MetadataError, printable};
use crate::password::{FirebaseProjectError, PasswordError};
use crate::store::StoreError;
use crate::transfer::TransferError;
use crate::verification::VerificationError;

/// Errors of `countersign user`.
#[derive(Debug, thiserror::Error)]
pub(super) enum UserError {
    #[error("user {} not found", printable(.0))]
    NotFound(String),
    #[error("EMAIL {0}")]
    Email(#[from] EmailError),
    #[error("JSON {0}")]
    Metadata(#[from] MetadataError),
    #[error("session {} of this user not found", printable(.0))]
    NoSession(String),
    #[error("the password {0}")]
    Password(#[from] PasswordError),
    #[error("the passwords do not match")]
    PasswordsDiffer,
    #[error("expected a password as the first line of standard input")]
    NoPassword,
    #[error("cannot ask for confirmation without a terminal; set --yes")]
    Unconfirmed,
    #[error("not confirmed; nothing was deleted")]
    Declined,
    #[error("the {0}")]
    Accounts(AccountsError),
    #[error("this service sends no mails: set --smtp-url and --public-url, as for the service")]
    NoMails,
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("{0}")]
    Verification(#[from] VerificationError),
    #[error(transparent)]
    App(#[from] AppError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("unknown file format; set --format jsonl or --format csv")]
    NoFormat,
    #[error(
        "--preset firebase requires --firebase-signer-key (or COUNTERSIGN_FIREBASE_SIGNER_KEY), \
         --firebase-salt-separator, --firebase-rounds and --firebase-mem-cost"
    )]
    NoFirebaseProject,
    #[error("the flags --firebase-… require --preset firebase")]
    NotFirebase,
    #[error("invalid flags --firebase-…: {0}")]
    FirebaseProject(#[from] FirebaseProjectError),
    #[error("cannot read {}: {source}", .path.display())]
    UnreadableFile { path: PathBuf, source: io::Error },
    #[error("cannot create {}: {source}", .path.display())]
    UnwritableFile { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Transfer(TransferError),
    #[error("cannot read standard input: {0}")]
    Input(io::Error),
    #[error("cannot read or write: {0}")]
    Output(#[from] io::Error),
    #[error("cannot start: {0}")]
    System(io::Error),
}

impl From<AccountsError> for UserError {
    fn from(error: AccountsError) -> Self {
        match error {
            AccountsError::Store(error) => Self::Store(error),
            error => Self::Accounts(error),
        }
    }
}

impl From<TransferError> for UserError {
    fn from(error: TransferError) -> Self {
        match error {
            TransferError::Store(error) => Self::Store(error),
            TransferError::File(error) => Self::Output(error),
            error => Self::Transfer(error),
        }
    }
}

impl CommandError for UserError {
    fn exit(&self) -> Exit {
        match self {
            Self::App(error) => error.into(),
            Self::Config(error) => error.into(),
            Self::Store(_) => Exit::Database,
            Self::NoMails
            | Self::NoFormat
            | Self::NoFirebaseProject
            | Self::NotFirebase
            | Self::FirebaseProject(_) => Exit::Usage,
            _ => Exit::Failure,
        }
    }

    fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
