//! The error of a login attempt.

use crate::keys::SigningError;
use crate::password::PoolError;
use crate::store::StoreError;
use crate::verification::VerificationError;

/// The failure of a login attempt; wrong credentials are none.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// The password could not be verified.
    #[error(transparent)]
    Hashing(#[from] PoolError),
    /// A mail could not be sent.
    #[error(transparent)]
    Verification(#[from] VerificationError),
    /// The tokens could not be signed.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
