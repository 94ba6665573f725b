//! Why nothing came of it.

use crate::keys::SigningError;
use crate::store::StoreError;

/// Why something could not be done with a session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionsError {
    /// The user was removed, disabled, or had their password changed a moment ago.
    #[error("the user may not log in any more")]
    UserGone,
    /// The token belongs to no session.
    #[error("the token belongs to no session")]
    NoSession,
    /// The token that authorised it is no longer active.
    #[error("the token is no longer active")]
    TokenInactive,
    /// A token could not be signed.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// The session could not be kept or looked up.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a session was not continued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RefreshError {
    /// The token is not one of this service, or its session is over.
    #[error("the refresh token is not good, or its session is over")]
    Refused,
    /// See [`SessionsError`].
    #[error(transparent)]
    Failed(#[from] SessionsError),
}

impl From<StoreError> for RefreshError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}
