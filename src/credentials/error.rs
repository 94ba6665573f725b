//! The error of the credential use cases.

use super::attempts::RetryAfter;
use crate::keys::SigningError;
use crate::mail::MailError;
use crate::password::{BreachedPasswordsError, PolicyViolation, PoolError};
use crate::store::{StoreError, Unauthorized};

/// The error of a credential use case.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// The password violates the policy.
    #[error("password {0}")]
    Policy(#[from] PolicyViolation),
    /// The list of breached passwords cannot be read.
    #[error("cannot read the list of breached passwords: {0}")]
    Unchecked(BreachedPasswordsError),
    /// The password is not that of the user, or the user does not exist or is disabled.
    #[error("the password is wrong")]
    WrongPassword,
    /// The token that authorized the request is no longer active.
    #[error("too many failed attempts")]
    Throttled(RetryAfter),
    /// The token is no longer active.
    #[error("the token is no longer active")]
    TokenInactive,
    /// The notice to the user could not be composed.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// The password could not be hashed.
    #[error(transparent)]
    Hashing(#[from] PoolError),
    /// The tokens could not be signed.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Unauthorized> for CredentialsError {
    fn from(reason: Unauthorized) -> Self {
        match reason {
            Unauthorized::TokenInactive | Unauthorized::NotAdministrator => Self::TokenInactive,
            Unauthorized::PasswordChanged => Self::WrongPassword,
        }
    }
}
