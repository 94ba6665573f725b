//! Administration of accounts, by operators at the command line and by administrators over HTTP.

use std::fmt;
use std::sync::Arc;

use super::administrator::Administrator;
use super::error::AccountsError;
use crate::clock::Clock;
use crate::credentials::Passwords;
use crate::domain::{AuditKind, Email, Metadata, RequestContext, SessionId, Timestamp, UserId};
use crate::mail::{Composer, MailData, MailError, MailKind};
use crate::password::Password;
use crate::store::{
    Account, Deletion, Effects, Insertion, NewUser, OutgoingMail, SESSION_LIMIT, Session, Store,
    UserQuery,
};

/// The accounts of this service.
pub struct Accounts {
    pub(super) store: Arc<dyn Store>,
    pub(super) passwords: Passwords,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) composer: Composer,
}

/// An account to create.
#[derive(Debug)]
pub struct NewAccount {
    /// The e-mail address.
    pub email: Email,
    /// Whether the user has proved to receive mails at the address.
    pub email_verified: bool,
    /// The password.
    pub password: Password,
    /// Whether the user is an administrator.
    pub is_admin: bool,
    /// Whether the user may not log in.
    pub disabled: bool,
    /// The metadata.
    pub metadata: Metadata,
}

impl Accounts {
    /// Accounts in `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, passwords: Passwords, clock: Arc<dyn Clock>) -> Self {
        Self { store, passwords, clock, composer: Composer::off() }
    }

    /// The same accounts, with notices to their users.
    #[must_use]
    pub fn with_notices(self, composer: Composer) -> Self {
        Self { composer, ..self }
    }

    /// Lists users.
    ///
    /// # Errors
    ///
    /// The failure of the store.
    pub async fn find(&self, query: &UserQuery) -> Result<Vec<Account>, AccountsError> {
        Ok(self.store.find_users(query).await?)
    }

    /// Finds a user.
    ///
    /// # Errors
    ///
    /// The failure of the store.
    pub async fn by_id(&self, id: UserId) -> Result<Option<Account>, AccountsError> {
        Ok(self.store.by_id(id).await?)
    }

    /// Creates a user.
    ///
    /// # Errors
    ///
    /// [`AccountsError`].
    pub async fn create(
        &self,
        new: NewAccount,
        by: &Administrator,
    ) -> Result<Account, AccountsError> {
        let NewAccount { email, email_verified, password, is_admin, disabled, metadata } = new;
        let origin = by.origin(email.as_str());
        self.passwords.check_policy(&password, &email, origin).await?;
        // Before the costly hash; the store decides between concurrent inserts.
        if self.store.by_email(&email).await?.is_some() {
            return Err(AccountsError::EmailTaken);
        }
        let password_hash = self.passwords.hash(password, origin).await?;
        let created_at = self.clock.now();
        let user = NewUser {
            email,
            email_verified,
            password_hash,
            is_admin,
            disabled,
            metadata,
            created_at,
        };
        let effects = |id: &UserId| Some(by.event(created_at, AuditKind::UserCreated, *id).into());
        match self.store.create_user(user, by.authority(), &effects).await?? {
            Insertion::Inserted(account) => Ok(account),
            Insertion::EmailTaken | Insertion::Aborted => Err(AccountsError::EmailTaken),
        }
    }

    /// Sets a password: all sessions end, and earlier tokens are rejected from now on. `None` where the
    /// user does not exist.
    ///
    /// # Errors
    ///
    /// [`AccountsError`].
    pub async fn set_password(
        &self,
        id: UserId,
        new: Password,
        by: &Administrator,
    ) -> Result<Option<Account>, AccountsError> {
        let Some(account) = self.store.by_id(id).await? else { return Ok(None) };
        let origin = by.origin(account.user.email.as_str());
        self.passwords.check_policy(&new, &account.user.email, origin).await?;
        let hash = self.passwords.hash(new, origin).await?;
        let now = self.clock.now();
        let notice = self.notice(MailKind::PasswordChanged, &account.user.email, now)?;
        let event = by.event(now, AuditKind::PasswordSet, id);
        let effects = Effects::from(event).and_mail(notice);
        Ok(self.store.set_password(id, hash, by.authority(), now, effects).await??)
    }

    /// A notice of what an administrator has done, which does not tell from where.
    pub(super) fn notice(
        &self,
        kind: MailKind,
        email: &Email,
        now: Timestamp,
    ) -> Result<Option<OutgoingMail>, MailError> {
        let data = MailData::of_account(email);
        let notice = self.composer.compose(kind, data, &RequestContext::default(), now)?;
        Ok(notice.map(Into::into))
    }

    /// The sessions of a user that have not expired, the last used first. `None` where the user does not
    /// exist.
    ///
    /// # Errors
    ///
    /// The failure of the store.
    pub async fn sessions(&self, user: UserId) -> Result<Option<Vec<Session>>, AccountsError> {
        if self.store.by_id(user).await?.is_none() {
            return Ok(None);
        }
        let limit = u32::try_from(SESSION_LIMIT).unwrap_or(u32::MAX);
        Ok(Some(self.store.sessions_of(user, self.clock.now(), limit).await?))
    }

    /// Ends one session of a user, or all of them; earlier tokens are rejected from now on then. `false`
    /// where the user does not exist, or does not have that session.
    ///
    /// # Errors
    ///
    /// [`AccountsError`].
    pub async fn end_sessions(
        &self,
        user: UserId,
        session: Option<SessionId>,
        by: &Administrator,
    ) -> Result<bool, AccountsError> {
        let now = self.clock.now();
        let event = by.event(now, AuditKind::SessionsEnded, user);
        let event = match session {
            Some(session) => event.of_session(session),
            None => event.with_details("all"),
        };
        let ended = self.store.end_sessions(user, session, by.authority(), now, event.into());
        Ok(ended.await??)
    }

    /// Deletes a user. `false` where the user does not exist.
    ///
    /// # Errors
    ///
    /// [`AccountsError`].
    pub async fn delete(&self, id: UserId, by: &Administrator) -> Result<bool, AccountsError> {
        let now = self.clock.now();
        let event = by.event(now, AuditKind::UserDeleted, id);
        match self.store.delete_user(id, by.authority(), now, event.into()).await?? {
            Deletion::Deleted => Ok(true),
            Deletion::NotFound => Ok(false),
            Deletion::LastAdministrator => Err(AccountsError::LastAdministrator),
        }
    }

    /// Checks that the store can be read and written.
    ///
    /// # Errors
    ///
    /// The failure of the store, where it cannot.
    pub async fn ping(&self) -> Result<(), AccountsError> {
        Ok(self.store.ping().await?)
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").field("passwords", &self.passwords).finish_non_exhaustive()
    }
}
