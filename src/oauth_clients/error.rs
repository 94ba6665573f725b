//! Why nothing came of it.

use std::io;

use crate::domain::{ClientId, ClientIdError};

/// Why clients could not be read, added or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OAuthClientsError {
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// The file cannot be replaced by a new one.
    #[error("it cannot be written: {0}")]
    Unwritable(#[source] io::Error),
    /// A line is neither a client nor a comment.
    #[error("line {number}: {source}")]
    Line {
        /// Counted from 1.
        number: usize,
        /// What is wrong with it.
        source: LineError,
    },
    /// There is a client with this name already.
    #[error("there is a client {0} already")]
    Taken(ClientId),
    /// There is no client with this name.
    #[error("there is no client {0}")]
    Unknown(ClientId),
    /// The system had no randomness.
    #[error("the system gave no randomness for a secret: {0}")]
    NoRandomness(#[source] getrandom::Error),
}

/// What is wrong with a line. It shows nothing of the line, in which a secret may stand by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// It does not have the form of a client.
    #[error("expected ID:sha256:HASH, as `countersign client add` writes it")]
    Form,
    /// The part before the colon is no name.
    #[error("{0}")]
    Id(#[from] ClientIdError),
    /// The hash is not one.
    #[error("the hash is not the unpadded base64url of 32 bytes")]
    Hash,
    /// An earlier line has the same client.
    #[error("an earlier line has the same client")]
    Twice,
}
