//! Deletion of an account by its user.

use std::fmt;
use std::sync::Arc;

use super::error::AccountsError;
use crate::clock::Clock;
use crate::credentials::VerifyUser;
use crate::domain::{AuditEvent, AuditKind, RequestContext};
use crate::password::Password;
use crate::sessions::Caller;
use crate::store::{Authorization, Deletion, Store, Unauthorized};

/// Deletion of accounts by their users.
pub struct DeleteAccount {
    store: Arc<dyn Store>,
    verify_user: VerifyUser,
    clock: Arc<dyn Clock>,
}

impl DeleteAccount {
    /// Deletion of the accounts in `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, verify_user: VerifyUser, clock: Arc<dyn Clock>) -> Self {
        Self { store, verify_user, clock }
    }

    /// Deletes the account of the caller, which the password authorizes, unless the caller is the last
    /// administrator.
    ///
    /// # Errors
    ///
    /// [`AccountsError`].
    pub async fn delete(
        &self,
        caller: &Caller,
        password: Password,
        context: &RequestContext,
    ) -> Result<(), AccountsError> {
        let user = caller.user.id;
        let account = self.verify_user.verify(user, password, context).await?;
        let password_hash = Some(account.password_hash);
        let authorization = Authorization { password_hash, ..caller.authorization() };
        let now = self.clock.now();
        let event = AuditEvent::of_request(now, AuditKind::AccountDeleted, context).of_user(user);
        match self.store.delete_own(user, &authorization, now, event.into()).await?? {
            Deletion::Deleted => Ok(()),
            Deletion::NotFound => Err(Unauthorized::TokenInactive.into()),
            Deletion::LastAdministrator => Err(AccountsError::LastAdministrator),
        }
    }
}

impl fmt::Debug for DeleteAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeleteAccount")
            .field("verify_user", &self.verify_user)
            .finish_non_exhaustive()
    }
}
