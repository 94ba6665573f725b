//! Why nothing came of a command, and with what the process exits then.

use std::io;

use crate::app::AppError;
use crate::cli::exit::{CommandError, Exit};
use crate::config::ConfigError;
use crate::store::StoreError;
use crate::token::SigningError;

/// Why a command about tokens was not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum TokenCommandError {
    #[error("there is no token on standard input, which has to be one line")]
    NoToken,
    #[error("there is no user {}", .0.escape_debug())]
    NoSuchUser(String),
    #[error("{} is disabled", .0.escape_debug())]
    UserDisabled(String),
    #[error(
        "tokens of {} are rejected until {}: they were revoked by a clock that was ahead; \
         `countersign user enable` brings that back to now", .0.escape_debug(), .1
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
