//! Verification of the password of a user who is logged in.

use std::fmt;
use std::sync::Arc;

use super::attempts::{Attempts, FailureReason};
use super::error::CredentialsError;
use super::passwords::Passwords;
use crate::domain::{AuditKind, RequestContext, UserId};
use crate::password::{Origin, Password};
use crate::store::{Account, Store};

/// Verifies the password of a user who is logged in, for a change that needs it. A cheap handle.
#[derive(Clone)]
pub struct VerifyUser {
    store: Arc<dyn Store>,
    passwords: Passwords,
    attempts: Attempts,
}

impl VerifyUser {
    /// Verifies the passwords of the users in `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, passwords: Passwords, attempts: Attempts) -> Self {
        Self { store, passwords, attempts }
    }

    /// Verifies the password of an enabled user, and returns the account.
    ///
    /// # Errors
    ///
    /// [`CredentialsError::WrongPassword`], [`CredentialsError::Throttled`], or the failure of the
    /// store or of the hashing.
    pub async fn verify(
        &self,
        user: UserId,
        password: Password,
        context: &RequestContext,
    ) -> Result<Account, CredentialsError> {
        self.passwords.check_capacity(Origin::of_network(context))?;
        let account = self.store.by_id(user).await?.filter(|account| !account.disabled);
        let account = account.ok_or(CredentialsError::WrongPassword)?;
        let email = account.user.email.to_string();
        let kind = AuditKind::PasswordRejected;
        let attempt = self
            .attempts
            .begin(kind, &email, Some(&account), context)
            .map_err(CredentialsError::Throttled)?;
        let origin = Origin::new(context, &email);
        match self.passwords.verify(Some(&account), Some(password), origin).await {
            Ok(true) => {
                attempt.succeeded();
                Ok(account)
            }
            Ok(false) => {
                attempt.failed(FailureReason::WrongPassword, Some(user));
                Err(CredentialsError::WrongPassword)
            }
            Err(error) => {
                attempt.cancelled();
                Err(error.into())
            }
        }
    }
}

impl fmt::Debug for VerifyUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyUser").field("passwords", &self.passwords).finish_non_exhaustive()
    }
}
