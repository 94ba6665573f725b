//! Errors of `countersign audit`.

use std::io;

use crate::app::AppError;
use crate::audit::Tampering;
use crate::cli::exit::{CommandError, Exit};
use crate::config::ConfigError;
use crate::domain::{Timestamp, printable};
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub(super) enum AuditError {
    #[error("there is no user {}", printable(.0))]
    NoSuchUser(String),
    #[error("tampered: {0}")]
    Tampered(#[from] Tampering),
    #[error("there is nothing to acknowledge: the chain is intact")]
    NotTampered,
    #[error("{0} is in the future")]
    Future(Timestamp),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    App(#[from] AppError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
    #[error("cannot start: {0}")]
    System(io::Error),
}

impl CommandError for AuditError {
    fn exit(&self) -> Exit {
        match self {
            Self::Config(error) => error.into(),
            Self::App(error) => error.into(),
            Self::Store(_) => Exit::Database,
            Self::Future(_) => Exit::Usage,
            Self::NoSuchUser(_)
            | Self::Tampered(_)
            | Self::NotTampered
            | Self::Output(_)
            | Self::System(_) => Exit::Failure,
        }
    }

    fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
