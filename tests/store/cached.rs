//! What a store promises that keeps what it has read.

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta};
use countersign::clock::ManualClock;
use countersign::domain::{Email, SessionId, UserId};
use countersign::password::PasswordHash;
use countersign::store::cached::CachedStore;
use countersign::store::memory::MemoryStore;
use countersign::store::{
    Account, Advance, Authorization, Change, EndedSessions, NewSession, NewUser, RefreshRules,
    STALENESS, Session, SessionStore, StoreError, Unauthorized, UserStore,
};
use tokio::task::yield_now;

use crate::databases;
use crate::users::new_user;

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::starting_at(DateTime::UNIX_EPOCH))
}

/// A store in front of this one, whose clock stands still: what it keeps, it keeps.
pub(crate) fn cached<S: UserStore + SessionStore>(store: S) -> CachedStore<S> {
    CachedStore::new(store, clock())
}

fn new_session() -> NewSession {
    NewSession {
        id: SessionId::random(),
        created_at: 3,
        expires_at: 9_000,
        ends_at: 9_000,
        user_agent: None,
        address: None,
    }
}

fn disable(disabled: bool) -> Change {
    Change { disabled: Some(disabled), ..Change::default() }
}

#[tokio::test]
async fn what_another_instance_changed_is_seen_after_the_bound_and_by_exact_questions_at_once() {
    let database = databases::sqlite();
    let clock = clock();
    let one = CachedStore::new(database.store().await, clock.clone());
    let other = CachedStore::new(database.store().await, clock.clone());
    let id = other.insert(new_user("a@example.com")).await.unwrap().user.id;
    let is_disabled = async || one.recent(id).await.unwrap().unwrap().disabled;
    assert!(!is_disabled().await);
    other.change(id, disable(true), 1).await.unwrap();
    assert!(one.by_id(id).await.unwrap().unwrap().disabled);
    // As long as it may be kept it is, or each request would be a query.
    clock.advance(TimeDelta::from_std(STALENESS).unwrap() - TimeDelta::milliseconds(1));
    assert!(!is_disabled().await);
    clock.advance(TimeDelta::milliseconds(1));
    assert!(is_disabled().await);
    // Whoever logs in here is seen as they are, however they were changed elsewhere.
    other.change(id, disable(false), 2).await.unwrap();
    let session = new_session();
    let account = one.by_id(id).await.unwrap().unwrap();
    assert!(one.open(&account, session.clone()).await.unwrap());
    assert!(!is_disabled().await);
    assert!(one.recent_session(session.id).await.unwrap().is_some());
    other.end(session.id).await.unwrap();
    assert!(one.recent_session(session.id).await.unwrap().is_some());
    assert!(one.session(session.id).await.unwrap().is_none());
    clock.advance(TimeDelta::from_std(STALENESS).unwrap());
    assert!(one.recent_session(session.id).await.unwrap().is_none());
    other.remove(id).await.unwrap();
    clock.advance(TimeDelta::from_std(STALENESS).unwrap());
    assert_eq!(one.recent(id).await.unwrap(), None);
}

#[tokio::test]
async fn a_change_through_one_handle_is_seen_through_its_clone() {
    let one = cached(MemoryStore::new());
    let other = one.clone();
    let id = one.insert(new_user("a@example.com")).await.unwrap().user.id;
    assert!(!other.recent(id).await.unwrap().unwrap().disabled);
    one.change(id, disable(true), 1).await.unwrap();
    assert!(other.recent(id).await.unwrap().unwrap().disabled);
}

#[tokio::test]
async fn a_user_and_a_session_are_looked_up_once() {
    let store = Witness::default();
    let cached = cached(store.clone());
    let session = new_session();
    let account = cached.register(new_user("a@example.com"), session.clone()).await.unwrap();
    for _ in 0..10 {
        assert!(cached.recent(account.user.id).await.unwrap().is_some());
        assert!(cached.recent_session(session.id).await.unwrap().is_some());
    }
    assert_eq!(store.reads.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_write_whose_caller_goes_away_is_seen_all_the_same() {
    let cached = cached(Witness::default());
    let id = cached.insert(new_user("a@example.com")).await.unwrap().user.id;
    macro_rules! goes_away {
        ($write:expr) => {{
            let mut write = pin!($write);
            let context = &mut Context::from_waker(Waker::noop());
            assert!(write.as_mut().poll(context).is_pending());
            // Before it is done, somebody asks.
            assert!(cached.recent(id).await.unwrap().is_some());
            assert!(write.as_mut().poll(context).is_pending());
        }};
    }
    let session = new_session();
    let account = cached.by_id(id).await.unwrap().unwrap();
    assert!(cached.open(&account, session.clone()).await.unwrap());
    assert!(cached.recent_session(session.id).await.unwrap().is_some());
    goes_away!(cached.change(id, disable(true), 78));
    assert!(cached.recent(id).await.unwrap().unwrap().disabled);
    assert!(cached.recent_session(session.id).await.unwrap().is_none());
    goes_away!(cached.remove(id));
    assert_eq!(cached.recent(id).await.unwrap(), None);
}

/// Counts how often it is asked for a user or a session. What writes to it has to wait a little, and never hears
/// that it was done.
#[derive(Clone, Default)]
struct Witness {
    store: MemoryStore,
    reads: Arc<AtomicUsize>,
}

#[async_trait]
impl UserStore for Witness {
    async fn insert(&self, user: NewUser) -> Result<Account, StoreError> {
        self.store.insert(user).await
    }

    async fn insert_many(&self, users: Vec<NewUser>) -> Result<Vec<bool>, StoreError> {
        self.store.insert_many(users).await
    }

    async fn by_id(&self, id: UserId) -> Result<Option<Account>, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.store.by_id(id).await
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
        yield_now().await;
        self.store.change(id, change, now).await?;
        pending().await
    }

    async fn change_password(
        &self,
        id: UserId,
        authorization: &Authorization,
        password_hash: PasswordHash,
        session: NewSession,
    ) -> Result<Result<(), Unauthorized>, StoreError> {
        self.store.change_password(id, authorization, password_hash, session).await
    }

    async fn remove_own(
        &self,
        id: UserId,
        authorization: &Authorization,
        now: i64,
    ) -> Result<Result<(), Unauthorized>, StoreError> {
        self.store.remove_own(id, authorization, now).await
    }

    async fn remove(&self, id: UserId) -> Result<bool, StoreError> {
        yield_now().await;
        self.store.remove(id).await?;
        pending().await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.store.ping().await
    }
}

#[async_trait]
impl SessionStore for Witness {
    async fn register(&self, user: NewUser, session: NewSession) -> Result<Account, StoreError> {
        self.store.register(user, session).await
    }

    async fn open(&self, account: &Account, session: NewSession) -> Result<bool, StoreError> {
        self.store.open(account, session).await
    }

    async fn advance(
        &self,
        id: SessionId,
        presented: i64,
        now: i64,
        rules: RefreshRules,
    ) -> Result<Advance, StoreError> {
        self.store.advance(id, presented, now, rules).await
    }

    async fn session(&self, id: SessionId) -> Result<Option<Arc<Session>>, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.store.session(id).await
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
        self.store.end(id).await
    }

    async fn end_own(
        &self,
        user: UserId,
        authorization: &Authorization,
        ended: EndedSessions,
        now: i64,
    ) -> Result<Result<bool, Unauthorized>, StoreError> {
        self.store.end_own(user, authorization, ended, now).await
    }
}
