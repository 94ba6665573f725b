//! Errors of `countersign key`, and their exit codes.

use std::io;
use std::path::PathBuf;

use countersign_auth::KeySetError;

use crate::config::Fault;
use crate::files::Shown;
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
    #[error("cannot use the key file {}: {source}", Shown(.path))]
    InvalidFile { path: PathBuf, source: KeyFileError },
    #[error("cannot write the key file {}: {source}", Shown(.path))]
    Unwritable { path: PathBuf, source: io::Error },
    #[error("cannot change {}: {source}", Shown(.path))]
    Set { path: PathBuf, source: KeySetError },
    #[error("cannot read {}: {source}", Shown(.path))]
    UnreadablePem { path: PathBuf, source: io::Error },
    #[error("cannot import {}: {source}", Shown(.path))]
    InvalidPem { path: PathBuf, source: NewKeyError },
    #[error(transparent)]
    New(#[from] NewKeyError),
    #[error(transparent)]
    Secret(#[from] Fault),
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

impl KeyCommandError {
    /// The exit code; see the table in the help.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::InvalidFile { .. } | Self::Unwritable { .. } => 10,
            Self::Secret(fault) => fault.exit_code(),
            _ => 1,
        }
    }

    /// Whether the reader of the output has closed it, as `head` does.
    pub(super) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
