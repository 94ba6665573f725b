//! Errors of the session use cases.

use crate::keys::SigningError;
use crate::store::StoreError;

/// The error of a session use case.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionsError {
    /// The token belongs to no session.
    #[error("the token belongs to no session")]
    NoSession,
    /// The token that authorized the request is no longer active.
    #[error("the token is no longer active")]
    TokenInactive,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The error of a refresh.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RefreshError {
    /// The token is malformed, expired or reused, or its session has ended.
    #[error("the refresh token is not active")]
    Rejected,
    /// The tokens could not be signed.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
