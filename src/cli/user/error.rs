//! Why nothing came of a command, and with what the process exits then.

use std::io;
use std::path::PathBuf;

use crate::accounts::AccountsError;
use crate::app::AppError;
use crate::domain::{EmailError, printable};
use crate::password::{FirebaseProjectError, PasswordError};
use crate::store::StoreError;
use crate::transfer::TransferError;

/// Why a command about users was not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum UserError {
    #[error("there is no user {}", printable(.0))]
    NoSuchUser(String),
    #[error("the address {0}")]
    Email(#[from] EmailError),
    #[error("the password {0}")]
    Password(#[from] PasswordError),
    #[error("the two passwords are not the same")]
    PasswordsDiffer,
    #[error("there is no password on standard input, which has to be one line")]
    NoPassword,
    #[error("cannot ask whether to delete, for standard input is no terminal: say --yes")]
    Unconfirmed,
    #[error("nothing was deleted")]
    Declined,
    #[error("the {0}")]
    Accounts(AccountsError),
    #[error(transparent)]
    App(#[from] AppError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot tell how the file is written: say --format jsonl or --format csv")]
    NoFormat,
    #[error(
        "--preset firebase needs --firebase-signer-key (or COUNTERSIGN_FIREBASE_SIGNER_KEY), \
         --firebase-salt-separator, --firebase-rounds and --firebase-mem-cost"
    )]
    NoFirebaseProject,
    #[error("the flags --firebase-… need --preset firebase")]
    NotFirebase,
    #[error("the flags --firebase-… name no project: {0}")]
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

impl UserError {
    /// See the table in the help.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::App(AppError::Store(_) | AppError::Migration { .. }) | Self::Store(_) => 9,
            Self::NoFormat
            | Self::NoFirebaseProject
            | Self::NotFirebase
            | Self::FirebaseProject(_) => 2,
            _ => 1,
        }
    }

    /// Whether somebody stopped reading, as `head` does: they know.
    pub(super) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
