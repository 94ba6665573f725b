//! Errors of `countersign token`, and their exit codes.

use std::io;

use crate::app::AppError;
use crate::config::Fault;
use crate::keys::SigningError;
use crate::store::StoreError;

/// Errors of `countersign token`.
#[derive(Debug, thiserror::Error)]
pub(super) enum TokenCommandError {
    #[error("no token: pass it as an argument or as one line on standard input")]
    NoToken,
    #[error("no such user: {}", .0.escape_debug())]
    NoSuchUser(String),
    #[error("{} is disabled", .0.escape_debug())]
    UserDisabled(String),
    #[error(
        "tokens of {} are rejected until {}: they were revoked when a clock was ahead; \
         `countersign user enable` resets that to the current time", .0.escape_debug(), .1
    )]
    RevokedUntil(String, String),
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error(transparent)]
    App(#[from] AppError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Signing(#[from] SigningError),
    #[error("cannot read or write: {0}")]
    Io(#[from] io::Error),
}

impl TokenCommandError {
    /// The exit code; see the table in the help.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::App(AppError::Store(_) | AppError::Migration { .. }) | Self::Store(_) => 9,
            Self::Fault(fault) => fault.exit_code(),
            _ => 1,
        }
    }
}
