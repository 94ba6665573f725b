//! What is promised about sessions.

use std::sync::Arc;

use async_trait::async_trait;

use super::authorization::{Authorization, Unauthorized, is_over};
use super::error::StoreError;
use super::lookup::{Lookup, awaited};
use super::user::{Account, NewUser};
use crate::domain::{SessionId, UserId};

/// A login, and what it has been continued to since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// What it is called.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// The number of its current refresh token.
    pub generation: i64,
    /// When it was opened.
    pub created_at: i64,
    /// When it was refreshed last; at first when it was opened.
    pub last_used_at: i64,
    /// Idle expiry, Unix milliseconds; never after `ends_at`. It is over with the second of this.
    pub expires_at: i64,
    /// From when it is over in any case.
    pub ends_at: i64,
    /// What the client said it was when it opened the session.
    pub user_agent: Option<String>,
    /// The address from which the session was opened.
    pub address: Option<String>,
}

/// A session that is about to be opened.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// What it is going to be called.
    pub id: SessionId,
    /// When it is opened.
    pub created_at: i64,
    /// From when it is over unless it is refreshed before.
    pub expires_at: i64,
    /// From when it is over in any case.
    pub ends_at: i64,
    /// What the client says it is.
    pub user_agent: Option<String>,
    /// The address that it comes from.
    pub address: Option<String>,
}

impl NewSession {
    /// The session, opened by this user.
    #[must_use]
    pub fn of(self, user: UserId) -> Session {
        let Self { id, created_at, expires_at, ends_at, user_agent, address } = self;
        Session {
            id,
            user,
            generation: 0,
            created_at,
            last_used_at: created_at,
            expires_at,
            ends_at,
            user_agent,
            address,
        }
    }
}

/// How sessions are continued, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct RefreshRules {
    /// How long a session goes on after it was refreshed.
    pub idle: i64,
    /// How long a token that has been used may be used again.
    pub grace: i64,
}

/// What became of a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advance {
    /// It was the current one; the session has gone on to the next.
    Advanced(Session),
    /// It was the one before, its successor has not been used, and the grace has not passed: a lost
    /// answer or a second tab. Its successor is the current one still.
    Repeated(Session),
    /// It was used when others had come after it, or too late: it is in two hands, and the session
    /// has ended. This is what it was.
    Reused(Session),
    /// There is no such session, or it is over.
    Unknown,
}

impl Session {
    /// What a token of this generation is to this session at the moment `now`, but for
    /// [`Advance::Advanced`], which only a store can decide.
    pub(super) fn judge_old(self, presented: i64, now: i64, rules: RefreshRules) -> Advance {
        // A grace of 0 is none: the same millisecond, or a clock that was set back, begins no other.
        let is_late = rules.grace == 0 || now.saturating_sub(self.last_used_at) > rules.grace;
        match self.generation.saturating_sub(presented) {
            1 if !is_late => Advance::Repeated(self),
            1.. => Advance::Reused(self),
            // A number that this session has not come to: a store from a backup knows less than the
            // clients do. Nobody has stolen anything.
            _ => Advance::Unknown,
        }
    }

    /// Whether it is over at `now`, Unix milliseconds.
    #[must_use]
    pub fn is_over(&self, now: i64) -> bool {
        is_over(self.expires_at, now)
    }

    /// Until when the session lasts if it is refreshed at `now`.
    pub(super) fn refreshed_until(&self, now: i64, rules: RefreshRules) -> i64 {
        now.saturating_add(rules.idle).min(self.ends_at)
    }
}

/// Which sessions of a user end on their behalf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedSessions {
    /// This one, if it is the user's.
    One(SessionId),
    /// All but that of the token.
    Others,
    /// All of them; the tokens of no session are revoked, too.
    All,
}

/// Keeps the sessions of the users that are kept beside them.
///
/// [`UserStore::remove`](super::user::UserStore::remove), and
/// [`UserStore::change`](super::user::UserStore::change) where it voids tokens or disables, end all
/// sessions of the user in the same step. So a session that is here, and is not over, is in force.
///
/// Every method may fail with [`StoreError::Unavailable`], and then nothing has changed, unless
/// the connection was lost before the answer: then nobody knows.
#[async_trait]
pub trait SessionStore: Send + Sync + 'static {
    /// Keeps a new user as [`UserStore::insert`](super::user::UserStore::insert) does, who has just logged
    /// in, and their session, in one step.
    ///
    /// # Errors
    ///
    /// [`StoreError::EmailTaken`], and then nothing has changed.
    async fn register(&self, user: NewUser, session: NewSession) -> Result<Account, StoreError>;

    /// Keeps a new session of a user whose password was verified, and notes that they have logged in.
    /// Says whether it was kept: not where the user is gone or disabled, nor where their password
    /// hash is another than that of `account`, or their tokens have been revoked since it was read.
    ///
    /// Sessions that are over are forgotten by and by with each that is opened.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`].
    async fn open(&self, account: &Account, session: NewSession) -> Result<bool, StoreError>;

    /// Uses the refresh token with the number `presented`, at the moment `now`. Of several that
    /// race with one token, one advances the session, and the others repeat it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`].
    async fn advance(
        &self,
        id: SessionId,
        presented: i64,
        now: i64,
        rules: RefreshRules,
    ) -> Result<Advance, StoreError>;

    /// The session with this name, be it over or not.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`].
    async fn session(&self, id: SessionId) -> Result<Option<Arc<Session>>, StoreError>;

    /// The session with this name as it was at most a moment ago, as
    /// [`UserStore::recent`](super::user::UserStore::recent) has it of users. One that is over may
    /// still be given where it has been forgotten.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`].
    fn recent_session(&self, id: SessionId) -> Lookup<'_, Arc<Session>> {
        awaited(self.session(id))
    }

    /// Up to `limit` sessions of a user that are not over at `now`, the last used first.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`].
    async fn sessions_of(
        &self,
        user: UserId,
        now: i64,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError>;

    /// Ends a session. Says whether there was one.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`].
    async fn end(&self, id: SessionId) -> Result<bool, StoreError>;

    /// Ends sessions of a user on their own behalf, at `now`. Says whether there was one, or `true`
    /// for [`EndedSessions::Others`] and [`EndedSessions::All`].
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`]; and [`Unauthorized`], where nothing has changed.
    async fn end_own(
        &self,
        user: UserId,
        authorization: &Authorization,
        ended: EndedSessions,
        now: i64,
    ) -> Result<Result<bool, Unauthorized>, StoreError>;
}
