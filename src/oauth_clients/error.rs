//! Errors of the file of OAuth clients.

use std::io;

use crate::domain::{ClientId, ClientIdError};

/// Errors of reading and changing the file of OAuth clients.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OAuthClientsError {
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// The file cannot be replaced.
    #[error("it cannot be written: {0}")]
    Unwritable(#[source] io::Error),
    /// A line is neither a client nor a comment.
    #[error("line {number}: {source}")]
    Line {
        /// Line number, from 1.
        number: usize,
        /// The error of the line.
        source: LineError,
    },
    /// A client with this ID already exists.
    #[error("OAuth client {0} already exists")]
    AlreadyExists(ClientId),
    /// There is no client with this ID.
    #[error("OAuth client {0} not found")]
    NotFound(ClientId),
    /// The system provides no random bytes.
    #[error("the system provides no random bytes for a secret: {0}")]
    NoRandomness(#[source] getrandom::Error),
}

/// The error of a line. It never repeats the line, which may hold a secret by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// The line does not have the form `ID:sha256:HASH` or `ID:sha256:HASH:admin`.
    #[error("expected ID:sha256:HASH, as `countersign oauth-client add` writes it")]
    Form,
    /// The part before the colon is no client ID.
    #[error("{0}")]
    Id(#[from] ClientIdError),
    /// The hash is malformed.
    #[error("the hash is not the unpadded base64url of 32 bytes")]
    Hash,
    /// An earlier line has the same client ID.
    #[error("an earlier line has the same client ID")]
    Duplicate,
}
