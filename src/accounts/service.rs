//! Administration of accounts by an operator.

use std::fmt;
use std::sync::Arc;

use super::error::AccountsError;
use crate::clock::Clock;
use crate::credentials::Passwords;
use crate::domain::{AuditEvent, AuditKind, Email, UserId};
use crate::password::{Origin, Password};
use crate::store::{Account, Effects, Insertion, NewUser, Store};

/// The accounts of this service.
pub struct Accounts {
    store: Arc<dyn Store>,
    passwords: Passwords,
    clock: Arc<dyn Clock>,
}

impl Accounts {
    /// Accounts in `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, passwords: Passwords, clock: Arc<dyn Clock>) -> Self {
        Self { store, passwords, clock }
    }

    /// Creates a user as an operator.
    ///
    /// # Errors
    ///
    /// [`AccountsError`].
    pub async fn create(
        &self,
        email: Email,
        password: Password,
        is_admin: bool,
    ) -> Result<Account, AccountsError> {
        self.passwords.check_policy(&password, &email, Origin::default()).await?;
        // Before the costly hash; the store decides between concurrent inserts.
        if self.store.by_email(&email).await?.is_some() {
            return Err(AccountsError::EmailTaken);
        }
        let password_hash = self.passwords.hash(password, Origin::default()).await?;
        let now = self.clock.now();
        let user = NewUser {
            email,
            email_verified: false,
            password_hash,
            is_admin,
            disabled: false,
            created_at: now,
        };
        let effects = |id: &UserId| {
            Some(AuditEvent::of_operator(now, AuditKind::UserCreated, Some(*id)).into())
        };
        match self.store.insert(user, &effects).await? {
            Insertion::Inserted(account) => Ok(account),
            Insertion::EmailTaken | Insertion::Aborted => Err(AccountsError::EmailTaken),
        }
    }

    /// Sets a password as an operator: all sessions end, and earlier tokens are rejected from now
    /// on. `None` where the user does not exist.
    ///
    /// # Errors
    ///
    /// [`AccountsError`].
    pub async fn set_password(
        &self,
        id: UserId,
        new: Password,
    ) -> Result<Option<Account>, AccountsError> {
        let Some(account) = self.store.by_id(id).await? else { return Ok(None) };
        self.passwords.check_policy(&new, &account.user.email, Origin::default()).await?;
        let hash = self.passwords.hash(new, Origin::default()).await?;
        let effects = self.operator_event(AuditKind::PasswordSet, id);
        Ok(self.store.set_password(id, hash, self.clock.now(), effects).await?)
    }

    /// Sets whether a user is an administrator. `None` where the user does not exist.
    ///
    /// # Errors
    ///
    /// The failure of the store.
    pub async fn set_admin(
        &self,
        id: UserId,
        is_admin: bool,
    ) -> Result<Option<Account>, AccountsError> {
        let kind = if is_admin { AuditKind::AdminGranted } else { AuditKind::AdminRevoked };
        let effects = self.operator_event(kind, id);
        Ok(self.store.set_admin(id, is_admin, self.clock.now(), effects).await?)
    }

    /// Disables or enables a user; either way all sessions end, and earlier tokens are rejected
    /// from now on. `None` where the user does not exist.
    ///
    /// # Errors
    ///
    /// The failure of the store.
    pub async fn set_disabled(
        &self,
        id: UserId,
        disabled: bool,
    ) -> Result<Option<Account>, AccountsError> {
        let kind = if disabled { AuditKind::UserDisabled } else { AuditKind::UserEnabled };
        let effects = self.operator_event(kind, id);
        Ok(self.store.set_disabled(id, disabled, self.clock.now(), effects).await?)
    }

    /// Deletes a user as an operator. `false` where the user does not exist.
    ///
    /// # Errors
    ///
    /// The failure of the store.
    pub async fn delete(&self, id: UserId) -> Result<bool, AccountsError> {
        let effects = self.operator_event(AuditKind::UserDeleted, id);
        Ok(self.store.delete(id, effects).await?)
    }

    /// Checks that the store can be read and written.
    ///
    /// # Errors
    ///
    /// The failure of the store, where it cannot.
    pub async fn ping(&self) -> Result<(), AccountsError> {
        Ok(self.store.ping().await?)
    }

    fn operator_event(&self, kind: AuditKind, user: UserId) -> Effects {
        AuditEvent::of_operator(self.clock.now(), kind, Some(user)).into()
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").field("passwords", &self.passwords).finish_non_exhaustive()
    }
}
