//! The contract of administrative changes of users.

use async_trait::async_trait;

use super::authorization::{Authority, Unauthorized};
use super::commands::Insertion;
use super::effects::{Commit, Effects};
use super::error::StoreError;
use super::records::{Account, NewUser};
use super::user_change::{UpdatedUser, UserChange};
use crate::domain::{SessionId, Timestamp, UserId};
use crate::password::PasswordHash;

/// The outcome of a partial update of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserUpdate {
    /// The user after the change.
    Updated(Account),
    /// Nothing was to change, and there are no effects.
    Unchanged(Account),
    /// The user does not exist.
    NotFound,
    /// Another user has this address.
    EmailTaken,
    /// There would be no administrator any more who is not disabled.
    LastAdministrator,
    /// The metadata would be larger than [`Metadata::MAX_LENGTH`](crate::domain::Metadata::MAX_LENGTH).
    MetadataTooLarge,
}

/// The outcome of a deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// The user was deleted.
    Deleted,
    /// The user does not exist.
    NotFound,
    /// There would be no administrator any more who is not disabled.
    LastAdministrator,
}

/// A query of users.
#[derive(Clone, Debug)]
pub struct UserQuery {
    /// Only users whose e-mail address contains this text, in canonical spelling; empty for all.
    pub search: String,
    /// Only users with a higher id.
    pub after: UserId,
    /// The maximum number of users.
    pub limit: u32,
}

/// Administrative changes of users.
///
/// Each change is made only if its [`Authority`] holds in the transaction. Where none of the active
/// administrators would be left, it is not made: of two that race, one is refused.
#[async_trait]
pub trait AdministrationStore: Send + Sync + 'static {
    /// Lists users by ascending id.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn find_users(&self, query: &UserQuery) -> Result<Vec<Account>, StoreError>;

    /// Inserts a user as [`UserStore::insert`](super::UserStore::insert) does.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; and [`Unauthorized`], where nothing has changed.
    async fn create_user(
        &self,
        user: NewUser,
        authority: &Authority,
        effects: Commit<'_, UserId>,
    ) -> Result<Result<Insertion, Unauthorized>, StoreError>;

    /// Changes members of a user. A change of address deletes the user's one-time tokens, which were sent
    /// to the former one.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; and [`Unauthorized`], where nothing has changed.
    async fn update_user(
        &self,
        id: UserId,
        change: &UserChange,
        authority: &Authority,
        now: Timestamp,
        effects: Commit<'_, UpdatedUser>,
    ) -> Result<Result<UserUpdate, Unauthorized>, StoreError>;

    /// Sets a password: all tokens are revoked, and all sessions end. `None` where the user does not
    /// exist.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; and [`Unauthorized`], where nothing has changed.
    async fn set_password(
        &self,
        id: UserId,
        password_hash: PasswordHash,
        authority: &Authority,
        now: Timestamp,
        effects: Effects,
    ) -> Result<Result<Option<Account>, Unauthorized>, StoreError>;

    /// Ends one session of a user, or all of them; the tokens of no session are revoked then, too.
    /// `false` where the user does not exist, or does not have that session.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; and [`Unauthorized`], where nothing has changed.
    async fn end_sessions(
        &self,
        user: UserId,
        session: Option<SessionId>,
        authority: &Authority,
        now: Timestamp,
        effects: Effects,
    ) -> Result<Result<bool, Unauthorized>, StoreError>;

    /// Deletes a user and the user's sessions; the address is free then, the id is never reused.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; and [`Unauthorized`], where nothing has changed.
    async fn delete_user(
        &self,
        id: UserId,
        authority: &Authority,
        now: Timestamp,
        effects: Effects,
    ) -> Result<Result<Deletion, Unauthorized>, StoreError>;
}
