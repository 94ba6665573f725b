//! The errors of the use cases as [`HttpError`].

use tracing::error;

use super::HttpError;
use crate::accounts::AccountsError;
use crate::credentials::CredentialsError;
use crate::keys::SigningError;
use crate::login::LoginError;
use crate::mail::MailError;
use crate::password::PoolError;
use crate::sessions::SessionsError;
use crate::store::StoreError;
use crate::verification::VerificationError;

impl HttpError {
    /// The error of an administrative change. A token that is no longer active is a 401, as anywhere else
    /// in the administration API.
    pub(in crate::http) fn of_administration(error: AccountsError) -> Self {
        match error {
            AccountsError::Credentials(CredentialsError::TokenInactive) => {
                Self::AdministratorInactive
            }
            error => error.into(),
        }
    }
}

impl From<AccountsError> for HttpError {
    fn from(error: AccountsError) -> Self {
        match error {
            AccountsError::RegistrationClosed => Self::RegistrationClosed,
            AccountsError::EmailTaken => Self::EmailTaken,
            AccountsError::Throttled(wait) => Self::TooManyRequests(wait),
            AccountsError::LastAdministrator => Self::LastAdministrator,
            AccountsError::NotAdministrator => Self::NotAdministrator,
            AccountsError::Email(_) | AccountsError::Metadata(_) => {
                Self::BadRequest(error.to_string().into())
            }
            AccountsError::Verification(error) => error.into(),
            AccountsError::Mail(error) => error.into(),
            AccountsError::Credentials(error) => error.into(),
            AccountsError::Hashing(error) => error.into(),
            AccountsError::Signing(error) => error.into(),
            AccountsError::Store(error) => error.into(),
        }
    }
}

impl From<CredentialsError> for HttpError {
    fn from(error: CredentialsError) -> Self {
        match error {
            CredentialsError::Policy(_) => Self::BadRequest(error.to_string().into()),
            CredentialsError::Unchecked(error) => {
                error!(%error, "request failed");
                Self::Unavailable
            }
            CredentialsError::WrongPassword => Self::WrongCredentials,
            CredentialsError::Throttled(wait) => Self::Throttled(wait),
            CredentialsError::TokenInactive => Self::InvalidToken,
            CredentialsError::Mail(error) => error.into(),
            CredentialsError::Hashing(error) => error.into(),
            CredentialsError::Signing(error) => error.into(),
            CredentialsError::Store(error) => error.into(),
        }
    }
}

impl From<VerificationError> for HttpError {
    fn from(error: VerificationError) -> Self {
        match error {
            VerificationError::MailOff => Self::MailOff,
            VerificationError::Email(_) | VerificationError::EmailUnchanged => {
                Self::BadRequest(error.to_string().into())
            }
            VerificationError::InvalidToken => Self::BadRequest(
                "The link is invalid, was used already or has expired; request a new one".into(),
            ),
            VerificationError::EmailTaken => Self::EmailTaken,
            VerificationError::Throttled(wait) => Self::TooManyRequests(wait),
            VerificationError::Random => {
                error!(%error, "request failed");
                Self::Internal
            }
            VerificationError::Mail(error) => error.into(),
            VerificationError::Credentials(error) => error.into(),
            VerificationError::Hashing(error) => error.into(),
            VerificationError::Signing(error) => error.into(),
            VerificationError::Store(error) => error.into(),
        }
    }
}

impl From<MailError> for HttpError {
    fn from(error: MailError) -> Self {
        error!(%error, "request failed");
        Self::Internal
    }
}

impl From<LoginError> for HttpError {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::Verification(error) => error.into(),
            LoginError::Hashing(error) => error.into(),
            LoginError::Signing(error) => error.into(),
            LoginError::Store(error) => error.into(),
        }
    }
}

impl From<SessionsError> for HttpError {
    fn from(error: SessionsError) -> Self {
        match error {
            SessionsError::TokenInactive => Self::InvalidToken,
            SessionsError::NoSession => Self::BadRequest(
                "This token belongs to no session; scope=global ends it and all others".into(),
            ),
            SessionsError::Store(error) => error.into(),
        }
    }
}

impl From<PoolError> for HttpError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Busy => Self::Busy,
            PoolError::Failed => {
                error!(%error, "request failed");
                Self::Internal
            }
        }
    }
}

impl From<SigningError> for HttpError {
    fn from(error: SigningError) -> Self {
        error!(%error, "request failed");
        Self::Internal
    }
}

impl From<StoreError> for HttpError {
    fn from(error: StoreError) -> Self {
        error!(%error, "request failed");
        Self::Unavailable
    }
}
