//! Why nothing came of it.

use crate::domain::EmailError;
use crate::password::{PolicyViolation, PoolError};
use crate::store::{StoreError, Unauthorized};

/// Why nothing came of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountsError {
    /// Strangers may not register.
    #[error("registration is closed")]
    RegistrationClosed,
    /// The text is no e-mail address.
    #[error("email {0}")]
    Email(#[from] EmailError),
    /// The password may not be set.
    #[error("password {0}")]
    Policy(#[from] PolicyViolation),
    /// The password is not that of the user, or the user is gone.
    #[error("the password is wrong")]
    WrongPassword,
    /// The token that authorised it is no longer active.
    #[error("the token is no longer active")]
    TokenInactive,
    /// The password could not be hashed.
    #[error(transparent)]
    Hashing(#[from] PoolError),
    /// The user could not be kept or looked up.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Unauthorized> for AccountsError {
    fn from(reason: Unauthorized) -> Self {
        match reason {
            Unauthorized::TokenInactive => Self::TokenInactive,
            Unauthorized::PasswordChanged => Self::WrongPassword,
        }
    }
}
