//! Where users are kept.
//!
//! ```text
//! memory.rs        MemoryStore: the default, gone at exit
//! ```
//!
//! The methods of the traits are whole steps: what one of them does happens as a whole or not at
//! all, and no caller has to look first and write then. `tests/store` holds one text of these
//! promises for every store.

pub mod memory;

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
}

/// A user together with what proves that it is them.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The user.
    pub user: User,
    /// What their password hashes to.
    pub password_hash: PasswordHash,
}

/// Why a store did not do what it was asked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another user has this e-mail address.
    #[error("another user has this e-mail address")]
    EmailTaken,
    /// The store cannot be reached, or failed.
    #[error("the store failed: {0}")]
    Failed(String),
}

/// Keeps users.
#[async_trait]
pub trait UserStore: Send + Sync + 'static {
    /// Keeps a new user under an id higher than any that was ever given here, also to users who
    /// are gone: an old token must not become somebody else's. The first is 1.
    ///
    /// Of several callers with one address, exactly one succeeds.
    ///
    /// # Errors
    ///
    /// [`StoreError::EmailTaken`], and then nothing has changed; [`StoreError::Failed`].
    async fn insert(&self, user: NewUser) -> Result<User, StoreError>;

    /// The user with this id.
    ///
    /// # Errors
    ///
    /// [`StoreError::Failed`].
    async fn by_id(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// The user with this address.
    ///
    /// # Errors
    ///
    /// [`StoreError::Failed`].
    async fn by_email(&self, email: &Email) -> Result<Option<Credentials>, StoreError>;

    /// Forgets a user; the address is free again, the id is not. Says whether there was one.
    ///
    /// # Errors
    ///
    /// [`StoreError::Failed`].
    async fn remove(&self, id: UserId) -> Result<bool, StoreError>;
}
