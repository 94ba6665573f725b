//! The errors of use cases as errors of fields.

use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::Response;
use std::time::Duration;

use crate::accounts::AccountsError;
use crate::credentials::CredentialsError;
use crate::http::error::{HttpError, retry_after};
use crate::pages::Texts;
use crate::password::PolicyViolation;
use crate::verification::VerificationError;

/// The error of a form, which the user can mend.
pub(super) struct Fault {
    pub(super) status: StatusCode,
    /// The name of the faulty field; of none, where it is empty.
    pub(super) field: &'static str,
    /// The name of its text.
    text: &'static str,
    number: Option<usize>,
    retry_after: Option<Duration>,
}

/// The names of the fields that errors belong to.
#[derive(Clone, Copy, Default)]
pub(super) struct FaultFields {
    pub(super) current_password: &'static str,
    pub(super) new_password: &'static str,
}

impl Fault {
    pub(super) fn new(status: StatusCode, field: &'static str, text: &'static str) -> Self {
        Self { status, field, text, number: None, retry_after: None }
    }

    pub(super) fn throttled(wait: Duration) -> Self {
        let fault = Self::new(StatusCode::TOO_MANY_REQUESTS, "", "fault_throttled");
        Self { retry_after: Some(wait), ..fault }
    }

    /// The sentence, in the language of these texts.
    pub(super) fn sentence(&self, texts: &Texts) -> String {
        let number = self.number.map(|number| number.to_string()).unwrap_or_default();
        texts.get(self.text).replace("{number}", &number)
    }

    /// Adds the header that this error needs.
    pub(super) fn respond(&self, mut response: Response) -> Response {
        if let Some(wait) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, retry_after(wait));
        }
        response
    }

    /// The fault of an account use case.
    ///
    /// # Errors
    ///
    /// The error, where it is none of the user's.
    pub(super) fn of_account(error: AccountsError, fields: FaultFields) -> Result<Self, HttpError> {
        match error {
            AccountsError::Email(_) => {
                Ok(Self::new(StatusCode::BAD_REQUEST, "email", "fault_email"))
            }
            AccountsError::EmailTaken => {
                Ok(Self::new(StatusCode::CONFLICT, "email", "fault_email_taken"))
            }
            AccountsError::Throttled(wait) => Ok(Self::throttled(wait)),
            AccountsError::Credentials(error) => Self::of_credentials(error, fields),
            error => Err(error.into()),
        }
    }

    /// The fault of a verification use case.
    ///
    /// # Errors
    ///
    /// The error, where it is none of the user's.
    pub(super) fn of_verification(
        error: VerificationError,
        fields: FaultFields,
    ) -> Result<Self, HttpError> {
        match error {
            VerificationError::Email(_) => {
                Ok(Self::new(StatusCode::BAD_REQUEST, "email", "fault_email"))
            }
            VerificationError::EmailUnchanged => {
                Ok(Self::new(StatusCode::BAD_REQUEST, "email", "fault_email_unchanged"))
            }
            VerificationError::EmailTaken => {
                Ok(Self::new(StatusCode::CONFLICT, "email", "fault_email_in_use"))
            }
            VerificationError::Throttled(wait) => Ok(Self::throttled(wait)),
            VerificationError::Credentials(error) => Self::of_credentials(error, fields),
            error => Err(error.into()),
        }
    }

    /// The fault of a credential use case.
    ///
    /// # Errors
    ///
    /// The error, where it is none of the user's.
    pub(super) fn of_credentials(
        error: CredentialsError,
        fields: FaultFields,
    ) -> Result<Self, HttpError> {
        let fault = |field, text| Self::new(StatusCode::BAD_REQUEST, field, text);
        match error {
            CredentialsError::WrongPassword => {
                Ok(fault(fields.current_password, "fault_current_password"))
            }
            CredentialsError::Throttled(wait) => Ok(Self::throttled(wait)),
            CredentialsError::Policy(violation) => {
                let fault = |text| fault(fields.new_password, text);
                Ok(match violation {
                    PolicyViolation::TooShort { min_length } => {
                        Self { number: Some(min_length), ..fault("fault_password_short") }
                    }
                    PolicyViolation::Weak(_) => fault("fault_password_weak"),
                    PolicyViolation::Breached => fault("fault_password_breached"),
                    PolicyViolation::EmailAddress => fault("fault_password_email"),
                })
            }
            error => Err(error.into()),
        }
    }
}
