//! Where users are kept.
//!
//! ```text
//! memory.rs        MemoryStore: the default, gone at exit
//! sql/             SqlStore: SQLite and PostgreSQL, every statement written once
//! ```
//!
//! The methods of the traits are whole steps: what one of them does happens as a whole or not at
//! all, and no caller has to look first and write then. `tests/store` holds one text of these
//! promises against every store.
//!
//! Moments are milliseconds since 1970-01-01T00:00:00Z, see
//! [`Clock::now_milliseconds`](crate::clock::Clock::now_milliseconds).

pub mod memory;
pub mod sql;

use std::error::Error;

use async_trait::async_trait;

use crate::password::PasswordHash;
use crate::user::{Email, User, UserId};

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
    /// Voids the tokens up to this moment; an earlier moment than before changes nothing.
    pub tokens_void_until: Option<i64>,
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another user has this e-mail address.
    #[error("another user has this e-mail address")]
    EmailTaken,
    /// The store cannot be reached, or failed; another try later may succeed.
    #[error("the store failed: {0}")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
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

    /// Changes a user, and gives them as they are then; `None` where there is no such user, or
    /// where the hash was not the expected one.
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

    /// Notes that a user has logged in. Says whether they still may: whether they are there, and
    /// not disabled.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`].
    async fn record_login(&self, id: UserId, now: i64) -> Result<bool, StoreError>;

    /// Forgets a user; the address is free again, the id is not. Says whether there was one.
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
