//! Users and sessions that were looked up a moment ago.

use std::sync::Arc;

use async_trait::async_trait;

use super::authorization::{Authorization, Unauthorized};
use super::error::StoreError;
use super::lookup::{Lookup, awaited, here};
use super::recent::Recent;
use super::session::{Advance, EndedSessions, NewSession, RefreshRules, Session, SessionStore};
use super::user::{Account, Change, NewUser, Standing, UserStore};
use crate::clock::Clock;
use crate::domain::{Email, SessionId, UserId};
use crate::password::PasswordHash;

/// How many users are kept, and how many sessions. Each is there for a second, so this is enough for
/// as many different callers a second as one instance is likely to serve, and takes some 10 MB.
const CAPACITY: usize = 10_000;

/// Spares a store that is slow to read: [`UserStore::recent`] asks it once for each user and
/// [`STALENESS`](super::STALENESS), and [`SessionStore::recent_session`] for each session.
/// Everything else is as exact as that store is.
///
/// A cheap handle where that of the store is one; its clones share what is kept. What is changed
/// through any of them all of them see at once.
#[derive(Clone, Debug)]
pub struct CachedStore<S> {
    store: S,
    users: Arc<Recent<UserId, Standing>>,
    sessions: Arc<Recent<SessionId, Arc<Session>>>,
}

impl<S: UserStore + SessionStore> CachedStore<S> {
    /// Spares `store`.
    #[must_use]
    pub fn new(store: S, clock: Arc<dyn Clock>) -> Self {
        let users = Arc::new(Recent::new(CAPACITY, Arc::clone(&clock)));
        Self { store, users, sessions: Arc::new(Recent::new(CAPACITY, clock)) }
    }
}

#[async_trait]
impl<S: UserStore + SessionStore> UserStore for CachedStore<S> {
    // That somebody is absent is not kept, so what is new need not be forgotten.
    async fn insert(&self, user: NewUser) -> Result<Account, StoreError> {
        self.store.insert(user).await
    }

    async fn insert_many(&self, users: Vec<NewUser>) -> Result<Vec<bool>, StoreError> {
        self.store.insert_many(users).await
    }

    async fn by_id(&self, id: UserId) -> Result<Option<Account>, StoreError> {
        self.store.by_id(id).await
    }

    fn recent(&self, id: UserId) -> Lookup<'_, Standing> {
        match self.users.kept(id) {
            Some(standing) => here(Some(standing)),
            None => awaited(self.users.get(id, move || self.store.recent(id))),
        }
    }

    async fn by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        self.store.by_email(email).await
    }

    async fn page(&self, after: UserId, limit: u32) -> Result<Vec<Account>, StoreError> {
        self.store.page(after, limit).await
    }

    async fn change(
        &self,
        id: UserId,
        change: Change,
        now: i64,
    ) -> Result<Option<Account>, StoreError> {
        let _forget = self.users.forget_after(id);
        // Which of the sessions are this user's is not known here.
        let _forget_sessions = change.ends_sessions().then(|| self.sessions.forget_all_after());
        self.store.change(id, change, now).await
    }

    async fn change_password(
        &self,
        id: UserId,
        authorization: &Authorization,
        password_hash: PasswordHash,
        session: NewSession,
    ) -> Result<Result<(), Unauthorized>, StoreError> {
        let _forget = self.users.forget_after(id);
        let _forget_sessions = self.sessions.forget_all_after();
        self.store.change_password(id, authorization, password_hash, session).await
    }

    async fn remove_own(
        &self,
        id: UserId,
        authorization: &Authorization,
        now: i64,
    ) -> Result<Result<(), Unauthorized>, StoreError> {
        let _forget = self.users.forget_after(id);
        let _forget_sessions = self.sessions.forget_all_after();
        self.store.remove_own(id, authorization, now).await
    }

    async fn remove(&self, id: UserId) -> Result<bool, StoreError> {
        let _forget = self.users.forget_after(id);
        let _forget_sessions = self.sessions.forget_all_after();
        self.store.remove(id).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.store.ping().await
    }
}

#[async_trait]
impl<S: UserStore + SessionStore> SessionStore for CachedStore<S> {
    async fn register(&self, user: NewUser, session: NewSession) -> Result<Account, StoreError> {
        self.store.register(user, session).await
    }

    // Whoever has just logged in is as the database has them, also where another instance has
    // changed them a moment ago. Beside the hashing, one look-up a login is nothing.
    async fn open(&self, account: &Account, session: NewSession) -> Result<bool, StoreError> {
        let _forget = self.users.forget_after(account.user.id);
        self.store.open(account, session).await
    }

    async fn advance(
        &self,
        id: SessionId,
        presented: i64,
        now: i64,
        rules: RefreshRules,
    ) -> Result<Advance, StoreError> {
        let _forget = self.sessions.forget_after(id);
        self.store.advance(id, presented, now, rules).await
    }

    async fn session(&self, id: SessionId) -> Result<Option<Arc<Session>>, StoreError> {
        self.store.session(id).await
    }

    fn recent_session(&self, id: SessionId) -> Lookup<'_, Arc<Session>> {
        match self.sessions.kept(id) {
            Some(session) => here(Some(session)),
            None => awaited(self.sessions.get(id, move || self.store.recent_session(id))),
        }
    }

    async fn sessions_of(
        &self,
        user: UserId,
        now: i64,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        self.store.sessions_of(user, now, limit).await
    }

    async fn end(&self, id: SessionId) -> Result<bool, StoreError> {
        let _forget = self.sessions.forget_after(id);
        self.store.end(id).await
    }

    async fn end_own(
        &self,
        user: UserId,
        authorization: &Authorization,
        ended: EndedSessions,
        now: i64,
    ) -> Result<Result<bool, Unauthorized>, StoreError> {
        let _forget = self.users.forget_after(user);
        let _forget_sessions = match ended {
            EndedSessions::One(id) => self.sessions.forget_after(id),
            EndedSessions::Others | EndedSessions::All => self.sessions.forget_all_after(),
        };
        self.store.end_own(user, authorization, ended, now).await
    }
}
