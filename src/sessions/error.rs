//! Errors of the session use cases.

use std::time::Duration;

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
    /// The token is malformed or has expired, or its session has ended.
    #[error("the refresh token is not active")]
    Rejected,
    /// The token was reused; its session has ended.
    #[error("the refresh token was reused")]
    Reused,
    /// There were too many refreshes of the session; the time until the next one.
    #[error("too many refreshes")]
    Throttled(Duration),
    /// The tokens could not be signed.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
