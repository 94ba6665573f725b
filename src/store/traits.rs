//! The contract of a store.
//!
//! Each method is one transaction: it takes effect as a whole or not at all, and no caller has to
//! read first and write then. Its effects are committed with it. A change that is not made has no
//! effects. Every method may fail with a [`StoreError`]; nothing has changed then, unless the
//! connection was lost before the response: then the outcome is unknown.

use async_trait::async_trait;

use super::administration::{AdministrationStore, Deletion};
use super::authorization::{Authorization, Unauthorized};
use super::commands::{
    AuditQuery, EndedSessions, Extension, Insertion, Opening, PasswordChange, Registration,
};
use super::effects::{Commit, Effects};
use super::error::StoreError;
use super::mails::MailStore;
use super::one_time_tokens::OneTimeTokenStore;
use super::records::{Account, AuditRecord, CallerStatus, NewSession, NewUser, Session};
use super::rotation::{PresentedToken, Rotation, RotationRules};
use crate::domain::{AuditEvent, Email, SessionId, Timestamp, UserId};
use crate::password::PasswordHash;

/// A store of everything.
pub trait Store:
    UserStore
    + AdministrationStore
    + SessionStore
    + CallerLookup
    + AuditStore
    + MailStore
    + OneTimeTokenStore
{
}

impl<S> Store for S where
    S: UserStore
        + AdministrationStore
        + SessionStore
        + CallerLookup
        + AuditStore
        + MailStore
        + OneTimeTokenStore
{
}

/// Stores users.
#[async_trait]
pub trait UserStore: Send + Sync + 'static {
    /// Inserts a user under an id higher than any before, also than those of deleted users. Of
    /// several inserts of one address, exactly one succeeds.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn insert(
        &self,
        user: NewUser,
        effects: Commit<'_, UserId>,
    ) -> Result<Insertion, StoreError>;

    /// Inserts those of many users whose address is free, in one transaction; each item says
    /// whether its user was inserted. Of two with one address, the first is.
    ///
    /// The effects depend on the number of inserted users.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn insert_many(
        &self,
        users: Vec<NewUser>,
        effects: Commit<'_, usize>,
    ) -> Result<Vec<bool>, StoreError>;

    /// Finds a user by id.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn by_id(&self, id: UserId) -> Result<Option<Account>, StoreError>;

    /// Finds a user by e-mail address.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn by_email(&self, email: &Email) -> Result<Option<Account>, StoreError>;

    /// Lists up to `limit` users with ids above `after`, by ascending id.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn page(&self, after: UserId, limit: u32) -> Result<Vec<Account>, StoreError>;

    /// Replaces a password hash by another one of the same password. `None` where the user does
    /// not exist or has another hash than `expected` by now.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn rehash(
        &self,
        id: UserId,
        expected: &PasswordHash,
        new: PasswordHash,
        now: Timestamp,
    ) -> Result<Option<Account>, StoreError>;

    /// Changes a password as its user: all tokens are revoked, all sessions end, and a new session
    /// is opened.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; and [`Unauthorized`], where nothing has changed.
    async fn change_password(
        &self,
        change: PasswordChange,
        effects: Effects,
    ) -> Result<Result<(), Unauthorized>, StoreError>;

    /// Deletes an account as its user, with its sessions; not that of the last administrator.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; and [`Unauthorized`], where nothing has changed.
    async fn delete_own(
        &self,
        id: UserId,
        authorization: &Authorization,
        now: Timestamp,
        effects: Effects,
    ) -> Result<Result<Deletion, Unauthorized>, StoreError>;

    /// Checks that the store can be read and written.
    ///
    /// # Errors
    ///
    /// [`StoreError`], where it cannot.
    async fn ping(&self) -> Result<(), StoreError>;
}

/// Stores the sessions of users.
///
/// What disables or deletes a user, or revokes tokens, ends the user's sessions in the same
/// transaction. So a stored session that has not expired is active.
#[async_trait]
pub trait SessionStore: Send + Sync + 'static {
    /// Inserts a user as [`UserStore::insert`] does, with a first session.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn register(
        &self,
        user: NewUser,
        session: NewSession,
        effects: Commit<'_, UserId>,
    ) -> Result<Registration, StoreError>;

    /// Opens a session of a user whose password was verified, and stores the time of the login.
    ///
    /// The effects depend on the sessions that end because the user has [`SESSION_LIMIT`] others.
    /// Some expired sessions of any user are deleted on the way.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn open(
        &self,
        verified: &Account,
        session: NewSession,
        effects: Commit<'_, Vec<SessionId>>,
    ) -> Result<Opening, StoreError>;

    /// Presents a refresh token to its session. Of several racing requests with the current token,
    /// one rotates it, and the others retry.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn rotate(
        &self,
        token: &PresentedToken,
        rules: RotationRules,
        effects: Commit<'_, Rotation>,
    ) -> Result<Rotation, StoreError>;

    /// Stores the use of a session that has not expired: its idle expiry becomes the end of the idle
    /// timeout from now, at most its absolute expiry. `false` where nothing has changed: the session
    /// does not exist, has expired, or was used since [`Extension::unused_since`].
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn extend(&self, extension: &Extension) -> Result<bool, StoreError>;

    /// Finds a session by id, whether it has expired or not.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError>;

    /// Lists up to `limit` sessions of a user that have not expired, the last used first.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn sessions_of(
        &self,
        user: UserId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError>;

    /// Ends a session, and returns it as it was; `None` where it does not exist.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn end(
        &self,
        id: SessionId,
        effects: Commit<'_, Session>,
    ) -> Result<Option<Session>, StoreError>;

    /// Ends sessions as their user. `Ok(false)` where [`EndedSessions::One`] is no session of the
    /// user.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; and [`Unauthorized`], where nothing has changed.
    async fn end_own(
        &self,
        user: UserId,
        authorization: &Authorization,
        ended: EndedSessions,
        now: Timestamp,
        effects: Effects,
    ) -> Result<Result<bool, Unauthorized>, StoreError>;
}

/// The maximum number of sessions of a user.
pub const SESSION_LIMIT: usize = 100;

/// Looks up the user and the session of an access token: the only look-up that is cached.
///
/// What was changed through this store is seen at once, what was changed elsewhere after
/// [`CALLER_TTL`](super::CALLER_TTL) at the latest.
#[async_trait]
pub trait CallerLookup: Send + Sync + 'static {
    /// The status, where it is in memory; `None` where [`CallerLookup::resolve`] has to be called.
    fn cached(&self, user: UserId, session: Option<SessionId>) -> Option<Option<CallerStatus>>;

    /// The status of a user, and of a session of the user; `None` where the user does not exist.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn resolve(
        &self,
        user: UserId,
        session: Option<SessionId>,
    ) -> Result<Option<CallerStatus>, StoreError>;
}

/// Stores the audit trail.
#[async_trait]
pub trait AuditStore: Send + Sync + 'static {
    /// Appends an event that belongs to no change.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn append(&self, event: AuditEvent) -> Result<(), StoreError>;

    /// Appends events that belong to no change and were logged already, in one transaction.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn append_many(&self, events: &[AuditEvent]) -> Result<(), StoreError>;

    /// Lists events by ascending id.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn events(&self, query: &AuditQuery) -> Result<Vec<AuditRecord>, StoreError>;
}
