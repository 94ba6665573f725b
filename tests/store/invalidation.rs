//! When a store that keeps what it has read forgets it: after a write, and not before.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use countersign::domain::{SessionId, UserId};
use countersign::store::cached::CachedStore;
use countersign::store::sql::SqlStore;
use countersign::store::{
    Account, Advance, Authorization, Change, EndedSessions, NewSession, RefreshRules, SessionStore,
    UserStore,
};
use sqlx::{Connection, SqliteConnection};

use crate::cached::cached;
use crate::databases::{self, TestDatabase};
use crate::users::new_user;

/// A user with two sessions, on SQLite.
struct Fixture {
    database: TestDatabase,
    store: CachedStore<SqlStore>,
    account: Account,
    user: UserId,
    session: SessionId,
    other: SessionId,
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

impl Fixture {
    async fn new() -> Self {
        let database = databases::sqlite();
        let store = cached(database.store().await);
        let (one, two) = (new_session(), new_session());
        let (session, other) = (one.id, two.id);
        let account = store.register(new_user("a@example.com"), one).await.unwrap();
        assert!(store.open(&account, two).await.unwrap());
        Self { database, store, user: account.user.id, account, session, other }
    }

    fn authorization(&self) -> Authorization {
        Authorization {
            session: Some(self.session),
            issued_at: None,
            expires_at: 9,
            password_hash: Some(self.account.password_hash.clone()),
        }
    }

    /// Reads everything, so that it is kept.
    async fn read(&self) {
        assert!(!self.store.recent(self.user).await.unwrap().unwrap().disabled);
        for id in [self.session, self.other] {
            let session = self.store.recent_session(id).await.unwrap();
            assert_eq!(session.unwrap().generation, 0);
        }
    }

    /// Carries out `write`, while which everything is read. Another process has the lock until then,
    /// so that the write has begun and is not done.
    async fn with_readers<T>(&self, write: impl Future<Output = T>) -> T {
        let mut other = SqliteConnection::connect(&self.database.url).await.unwrap();
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
        let mut write = pin!(write);
        let is_done = poll_fn(|context| Poll::Ready(write.as_mut().poll(context).is_ready()));
        assert!(!is_done.await);
        self.read().await;
        sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
        write.await
    }
}

#[tokio::test]
async fn disabled_user_who_was_read_meanwhile_is_seen_as_disabled() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    let change = Change { disabled: Some(true), ..Change::default() };
    fixture.with_readers(store.change(fixture.user, change, 4)).await.unwrap();
    assert!(store.recent(fixture.user).await.unwrap().unwrap().disabled);
    assert_eq!(store.recent_session(fixture.session).await.unwrap(), None);
}

#[tokio::test]
async fn removed_user_who_was_read_meanwhile_is_gone() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    assert!(fixture.with_readers(store.remove(fixture.user)).await.unwrap());
    assert_eq!(store.recent(fixture.user).await.unwrap(), None);
    assert_eq!(store.recent_session(fixture.session).await.unwrap(), None);
}

#[tokio::test]
async fn ended_session_that_was_read_meanwhile_is_gone() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    assert!(fixture.with_readers(store.end(fixture.session)).await.unwrap());
    assert_eq!(store.recent_session(fixture.session).await.unwrap(), None);
    assert!(store.recent_session(fixture.other).await.unwrap().is_some());
}

#[tokio::test]
async fn sessions_that_a_user_ended_and_that_were_read_meanwhile_are_gone() {
    for (is_one, own_is_kept) in [(true, true), (false, true), (false, false)] {
        let fixture = Fixture::new().await;
        let store = &fixture.store;
        let ended = match (is_one, own_is_kept) {
            (true, _) => EndedSessions::One(fixture.other),
            (false, true) => EndedSessions::Others,
            (false, false) => EndedSessions::All,
        };
        let authorization = fixture.authorization();
        let ending = store.end_own(fixture.user, &authorization, ended, 4);
        assert_eq!(fixture.with_readers(ending).await.unwrap(), Ok(true));
        assert_eq!(store.recent_session(fixture.other).await.unwrap(), None);
        let own = store.recent_session(fixture.session).await.unwrap();
        assert_eq!(own.is_some(), own_is_kept);
        let tokens_void_until =
            store.recent(fixture.user).await.unwrap().unwrap().tokens_void_until;
        assert_eq!(tokens_void_until > 0, !own_is_kept);
    }
}

#[tokio::test]
async fn user_who_changed_their_password_and_was_read_meanwhile_is_read_again() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    let (hash, session) = (fixture.account.password_hash.clone(), new_session());
    let authorization = fixture.authorization();
    let change = store.change_password(fixture.user, &authorization, hash, session.clone());
    assert_eq!(fixture.with_readers(change).await.unwrap(), Ok(()));
    assert!(store.recent(fixture.user).await.unwrap().unwrap().tokens_void_until > 0);
    for ended in [fixture.session, fixture.other] {
        assert_eq!(store.recent_session(ended).await.unwrap(), None);
    }
    assert!(store.recent_session(session.id).await.unwrap().is_some());
}

#[tokio::test]
async fn user_who_deleted_their_account_and_was_read_meanwhile_is_gone() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    let authorization = fixture.authorization();
    let removal = store.remove_own(fixture.user, &authorization, 4);
    assert_eq!(fixture.with_readers(removal).await.unwrap(), Ok(()));
    assert_eq!(store.recent(fixture.user).await.unwrap(), None);
    assert_eq!(store.recent_session(fixture.session).await.unwrap(), None);
}

#[tokio::test]
async fn rotated_session_that_was_read_meanwhile_has_its_new_generation() {
    let fixture = Fixture::new().await;
    let store = &fixture.store;
    let rules = RefreshRules { idle: 9_000, grace: 10 };
    let rotated = fixture.with_readers(store.advance(fixture.session, 0, 4, rules)).await;
    assert!(matches!(rotated.unwrap(), Advance::Advanced(_)));
    let session = store.recent_session(fixture.session).await.unwrap();
    assert_eq!(session.unwrap().generation, 1);
}
