//! Errors of `countersign token`, and their exit codes.

use std::io;

use crate::app::AppError;
use crate::cli::exit::{CommandError, Exit};
use crate::config::ConfigError;
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
         `countersign user logout` resets that to the current time", .0.escape_debug(), .1
    )]
    RevokedUntil(String, String),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    App(#[from] AppError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Signing(#[from] SigningError),
    #[error("cannot read or write: {0}")]
    Io(#[from] io::Error),
}

impl CommandError for TokenCommandError {
    fn exit(&self) -> Exit {
        match self {
            Self::App(error) => error.into(),
            Self::Store(_) => Exit::Database,
            Self::Config(error) => error.into(),
            _ => Exit::Failure,
        }
    }
}
