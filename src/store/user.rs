//! What is promised about users.

use async_trait::async_trait;

use super::authorization::{Authorization, Unauthorized, is_revoked};
use super::error::StoreError;
use super::lookup::{Lookup, awaited};
use super::session::NewSession;
use crate::domain::{Email, User, UserId};
use crate::password::PasswordHash;

/// A user who is about to be kept.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// With which they will log in.
    pub email: Email,
    /// What their password hashes to.
    pub password_hash: PasswordHash,
    /// Whether they administer the services behind this one.
    pub is_admin: bool,
    /// Whether they may not log in.
    pub disabled: bool,
    /// When they came.
    pub created_at: i64,
}

/// A user, with all that is kept of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Who it is.
    pub user: User,
    /// What their password hashes to.
    pub password_hash: PasswordHash,
    /// Whether they may not log in, and whether their tokens are worth nothing.
    pub disabled: bool,
    /// When they came.
    pub created_at: i64,
    /// When anything but the last login was changed; at first when they came.
    pub changed_at: i64,
    /// When they last logged in.
    pub last_login_at: Option<i64>,
    /// Tokens that were issued up to this moment are void; 0 where none are.
    pub tokens_void_until: i64,
}

/// What has to be known of a user whenever one of their tokens comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Who it is.
    pub user: User,
    /// See [`Account::disabled`].
    pub disabled: bool,
    /// See [`Account::tokens_void_until`].
    pub tokens_void_until: i64,
}

impl Standing {
    /// Whether a token of no session that was issued at `issued_at` is rejected at `now`, since the
    /// tokens of this user were revoked after that. Unix milliseconds.
    #[must_use]
    pub fn rejects(&self, issued_at: Option<i64>, now: i64) -> bool {
        is_revoked(issued_at, self.tokens_void_until, now)
    }
}

impl From<Account> for Standing {
    fn from(account: Account) -> Self {
        let Account { user, disabled, tokens_void_until, .. } = account;
        Self { user, disabled, tokens_void_until }
    }
}

/// What is to be different about a user; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Changes nothing unless this is still the hash.
    pub expected_hash: Option<PasswordHash>,
    /// The new hash.
    pub password_hash: Option<PasswordHash>,
    /// Whether they are an administrator from now on.
    pub is_admin: Option<bool>,
    /// Whether they are disabled from now on.
    pub disabled: Option<bool>,
    /// Revokes all tokens and ends all sessions: tokens that were issued earlier are rejected from
    /// now on. A mark that lies in the future is brought back.
    pub revoke_tokens: bool,
}

impl Change {
    /// Whether it ends the sessions of the user: where it revokes tokens, or disables.
    #[must_use]
    pub fn ends_sessions(&self) -> bool {
        self.revoke_tokens || self.disabled == Some(true)
    }
}

/// Keeps users.
///
/// Every method may fail with [`StoreError::Unavailable`], and then nothing has changed, unless
/// the connection was lost before the answer: then nobody knows.
#[async_trait]
pub trait UserStore: Send + Sync + 'static {
    /// Keeps a new user under an id higher than any that was ever given here, also to users who
    /// are gone: an old token must not become somebody else's.
    ///
    /// Of several callers with one address, exactly one succeeds.
    ///
    /// # Errors
    ///
    /// [`StoreError::EmailTaken`], and then nothing has changed.
    async fn insert(&self, user: NewUser) -> Result<Account, StoreError>;

    /// Keeps those of many new users whose address is free, all of them in one step. Says for each
    /// whether it was kept; of two with one address, the first is.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`], and then none is kept.
    async fn insert_many(&self, users: Vec<NewUser>) -> Result<Vec<bool>, StoreError>;

    /// The user with this id.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`].
    async fn by_id(&self, id: UserId) -> Result<Option<Account>, StoreError>;

    /// How the user with this id stood at most a moment ago: what was changed here is seen at
    /// once, and what was changed elsewhere may take [`STALENESS`](super::recent::STALENESS). What
    /// is asked with every request is asked so.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`].
    fn recent(&self, id: UserId) -> Lookup<'_, Standing> {
        awaited(async move { Ok(self.by_id(id).await?.map(Standing::from)) })
    }

    /// The user with this address.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`].
    async fn by_email(&self, email: &Email) -> Result<Option<Account>, StoreError>;

    /// Up to `limit` users with ids above `after`, by rising id.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`].
    async fn page(&self, after: UserId, limit: u32) -> Result<Vec<Account>, StoreError>;

    /// Changes a user on behalf of an operator or of the service, and gives them as they are then;
    /// `None` where there is no such user, or where the hash was not the expected one. A change that
    /// revokes tokens or disables ends the sessions of the user, too.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`].
    async fn change(
        &self,
        id: UserId,
        change: Change,
        now: i64,
    ) -> Result<Option<Account>, StoreError>;

    /// Sets a password on behalf of its user: all their sessions end, all their tokens are revoked,
    /// and `session` is opened.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`]; and [`Unauthorized`], where nothing has changed.
    async fn change_password(
        &self,
        id: UserId,
        authorization: &Authorization,
        password_hash: PasswordHash,
        session: NewSession,
    ) -> Result<Result<(), Unauthorized>, StoreError>;

    /// Deletes a user on their own behalf, as [`UserStore::remove`] does, at `now`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`]; and [`Unauthorized`], where nothing has changed.
    async fn remove_own(
        &self,
        id: UserId,
        authorization: &Authorization,
        now: i64,
    ) -> Result<Result<(), Unauthorized>, StoreError>;

    /// Forgets a user and their sessions; the address is free again, the id is not. Says whether
    /// there was one.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`].
    async fn remove(&self, id: UserId) -> Result<bool, StoreError>;

    /// Whether the store answers.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`], where it does not.
    async fn ping(&self) -> Result<(), StoreError>;
}
