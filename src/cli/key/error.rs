//! Why nothing came of a command, and with what the process exits then.

use std::io;
use std::path::PathBuf;

use crate::cli::exit::{CommandError, Exit};
use crate::config::ConfigError;
use crate::files::RedactedPath;
use crate::token::{KeyFileError, KeySetError, NewKeyError};

/// Why a command about keys was not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeyCommandError {
    #[error("there is no key {}", .0.escape_debug())]
    NoSuchKey(String),
    #[error("several keys begin with {}; give more of it", .0.escape_debug())]
    Ambiguous(String),
    #[error("the key {0} signs: promote another one first")]
    Signs(String),
    #[error("cannot use the key file {}: {source}", RedactedPath(.path))]
    BadFile { path: PathBuf, source: KeyFileError },
    #[error("cannot write the key file {}: {source}", RedactedPath(.path))]
    Unwritable { path: PathBuf, source: io::Error },
    #[error("nothing was changed in {}: {source}", RedactedPath(.path))]
    Set { path: PathBuf, source: KeySetError },
    #[error("cannot read {}: {source}", RedactedPath(.path))]
    UnreadablePem { path: PathBuf, source: io::Error },
    #[error("cannot import {}: {source}", RedactedPath(.path))]
    BadPem { path: PathBuf, source: NewKeyError },
    #[error(transparent)]
    New(#[from] NewKeyError),
    #[error(transparent)]
    Secret(#[from] ConfigError),
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
}

impl CommandError for KeyCommandError {
    fn exit(&self) -> Exit {
        match self {
            Self::BadFile { .. } | Self::Unwritable { .. } => Exit::KeyFile,
            Self::Secret(error) => error.into(),
            _ => Exit::Failure,
        }
    }

    fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
