//! The error of the account use cases.

use std::time::Duration;

use crate::credentials::CredentialsError;
use crate::domain::{EmailError, MetadataError};
use crate::keys::SigningError;
use crate::mail::MailError;
use crate::password::{PolicyViolation, PoolError};
use crate::store::{StoreError, Unauthorized};
use crate::verification::VerificationError;

/// The error of an account use case.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountsError {
    /// `POST /register` is not open.
    #[error("registration is closed")]
    RegistrationClosed,
    /// The text is no e-mail address.
    #[error("email {0}")]
    Email(#[from] EmailError),
    /// There were too many registrations from the network of the client; the time until the next one.
    #[error("too many registrations")]
    Throttled(Duration),
    /// Another user has this e-mail address.
    #[error("e-mail address is already registered")]
    EmailTaken,
    /// There would be no administrator any more who is not disabled.
    #[error("last administrator cannot be deleted, disabled or made an ordinary user")]
    LastAdministrator,
    /// The user who makes the change is no administrator any more.
    #[error("user is no administrator")]
    NotAdministrator,
    /// The metadata would be too large.
    #[error("metadata {0}")]
    Metadata(#[from] MetadataError),
    /// The mail of a registration could not be composed.
    #[error(transparent)]
    Verification(#[from] VerificationError),
    /// The notice to the user could not be composed.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// The password violates the policy, or is wrong; or the token is no longer active.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
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

impl From<PolicyViolation> for AccountsError {
    fn from(violation: PolicyViolation) -> Self {
        Self::Credentials(violation.into())
    }
}

impl From<Unauthorized> for AccountsError {
    fn from(reason: Unauthorized) -> Self {
        match reason {
            Unauthorized::NotAdministrator => Self::NotAdministrator,
            reason => Self::Credentials(reason.into()),
        }
    }
}
