//! The contract of a store of one-time tokens.

use async_trait::async_trait;

use super::effects::{Commit, Effects};
use super::error::StoreError;
use super::records::{Account, NewSession};
use crate::domain::{Email, Timestamp};
use crate::password::PasswordHash;
use crate::token::{OneTimeToken, TokenPurpose};

/// The outcome of a change that a one-time token authorizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redemption {
    /// The account as it is now, and its address before.
    Redeemed(Account, Email),
    /// The token was used, replaced or has expired; the password or the address has changed since; or
    /// the user is disabled.
    Invalid,
    /// Another user has the new address by now.
    EmailTaken,
    /// The effects could not be made, and nothing has changed.
    Aborted,
}

/// A change that a one-time token authorizes.
#[derive(Clone, Debug)]
pub enum RedeemedChange {
    /// The address counts as verified.
    VerifyEmail,
    /// A new password: all tokens are revoked, all sessions end, a new one is opened, and the address
    /// counts as verified.
    SetPassword {
        /// The hash of the new password.
        password_hash: PasswordHash,
        /// The new session.
        session: NewSession,
    },
    /// The address becomes the one that the token was sent to, and counts as verified.
    ChangeEmail,
    /// The address becomes the one before a change again; all tokens are revoked, and all sessions end.
    UndoEmailChange,
}

/// Stores one-time tokens.
#[async_trait]
pub trait OneTimeTokenStore: Send + Sync + 'static {
    /// Commits effects, such as a mail with a token, if the account still has the password hash and the
    /// address that were read, and is not disabled; `false` otherwise.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn issue_token(&self, account: &Account, effects: Effects) -> Result<bool, StoreError>;

    /// Commits effects that belong to no change of an account, such as a mail to an address without one.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn commit(&self, effects: Effects) -> Result<(), StoreError>;

    /// The account of a token that is valid; the token stays as it is.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn token_account(
        &self,
        token: &OneTimeToken,
        purpose: TokenPurpose,
        now: Timestamp,
    ) -> Result<Option<Account>, StoreError>;

    /// Uses a token up, and makes the change that it authorizes.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn redeem(
        &self,
        token: &OneTimeToken,
        purpose: TokenPurpose,
        change: RedeemedChange,
        now: Timestamp,
        effects: Commit<'_, Redemption>,
    ) -> Result<Redemption, StoreError>;
}
