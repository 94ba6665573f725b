//! The contract of a store of one-time tokens.

use async_trait::async_trait;

use super::effects::{Commit, Effects};
use super::error::StoreError;
use super::records::{Account, NewSession};
use crate::domain::{Email, SessionId, Timestamp, UserId};
use crate::password::PasswordHash;
use crate::token::{OneTimeToken, TokenDigest, TokenPurpose};

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

/// A login by a code.
#[derive(Clone, Debug)]
pub struct CodeLogin {
    /// The user.
    pub user: UserId,
    /// The digests of the code, one of which has to be that of the stored one.
    pub digests: Vec<TokenDigest>,
    /// The session to open; its `created_at` is the time of the login.
    pub session: NewSession,
}

/// The outcome of a login by a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeRedemption {
    /// The account as it is now; the session was opened, and the address counts as verified.
    LoggedIn(Box<Account>),
    /// There is no such code, it has expired, or there were too many tries; or the user is disabled. The
    /// try was counted.
    Invalid,
    /// The effects could not be made, and nothing has changed.
    Aborted,
}

/// The maximum number of failed tries of a code.
pub const CODE_TRIES: i64 = 5;

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

    /// Opens a session by the code of a user, which is used up; or counts a failed try of it.
    ///
    /// The effects depend on the sessions that end because the user has too many others.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn log_in_by_code(
        &self,
        login: CodeLogin,
        effects: Commit<'_, Vec<SessionId>>,
    ) -> Result<CodeRedemption, StoreError>;
}
