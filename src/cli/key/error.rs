//! Errors of `countersign key`, and their exit codes.

use std::io;
use std::path::PathBuf;

use countersign_auth::KeySetError;

use crate::cli::exit::{CommandError, Exit};
use crate::config::ConfigError;
use crate::files::RedactedPath;
use crate::keys::{KeyFileError, NewKeyError};

/// Errors of `countersign key`.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeyCommandError {
    #[error("no such key: {}", .0.escape_debug())]
    NoSuchKey(String),
    #[error("ambiguous kid {}: give more characters", .0.escape_debug())]
    Ambiguous(String),
    #[error("{0} is the signing key: promote another one first")]
    SigningKey(String),
    #[error("cannot use the key file {}: {source}", RedactedPath(.path))]
    InvalidFile { path: PathBuf, source: KeyFileError },
    #[error("cannot write the key file {}: {source}", RedactedPath(.path))]
    Unwritable { path: PathBuf, source: io::Error },
    #[error("cannot change {}: {source}", RedactedPath(.path))]
    Set { path: PathBuf, source: KeySetError },
    #[error("cannot read {}: {source}", RedactedPath(.path))]
    UnreadablePem { path: PathBuf, source: io::Error },
    #[error("cannot import {}: {source}", RedactedPath(.path))]
    InvalidPem { path: PathBuf, source: NewKeyError },
    #[error(transparent)]
    New(#[from] NewKeyError),
    #[error(transparent)]
    Secret(#[from] ConfigError),
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

impl CommandError for KeyCommandError {
    fn exit(&self) -> Exit {
        match self {
            Self::InvalidFile { .. } | Self::Unwritable { .. } => Exit::KeyFile,
            Self::Secret(error) => error.into(),
            _ => Exit::Failure,
        }
    }

    fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
