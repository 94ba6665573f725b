//! The error of the verification use cases.

use crate::credentials::{CredentialsError, RetryAfter};
use crate::domain::EmailError;
use crate::keys::SigningError;
use crate::mail::MailError;
use crate::password::PoolError;
use crate::store::StoreError;

/// The error of a verification use case.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerificationError {
    /// No mails are sent.
    #[error("mails are not configured")]
    MailOff,
    /// The text is no e-mail address.
    #[error("email {0}")]
    Email(#[from] EmailError),
    /// The address is that of the account already.
    #[error("email is the address of the account already")]
    EmailUnchanged,
    /// Another user has this e-mail address.
    #[error("e-mail address is already registered")]
    EmailTaken,
    /// There were too many requests for mails from the network of the client.
    #[error("too many requests for mails")]
    Throttled(RetryAfter),
    /// The token is malformed, was used or replaced, or has expired.
    #[error("the link is invalid, was used already or has expired; request a new one")]
    InvalidToken,
    /// The system has no random numbers.
    #[error("the system has no random numbers")]
    Random,
    /// The mail cannot be composed.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// The password violates the policy, or is wrong.
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
