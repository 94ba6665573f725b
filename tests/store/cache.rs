//! Caching of caller looks-ups in front of a SQL database.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use chrono::TimeDelta;
use countersign::domain::{SessionId, UserId};
use countersign::store::sql::SqlStore;
use countersign::store::{
    Authorization, CALLER_TTL, CallerLookup, CallerStatus, Deletion, Effects, EndedSessions,
    PasswordChange, SessionStore, UserStore,
};
use sqlx::{Connection, SqliteConnection};

use crate::databases::{self, TestDatabase, clock};
use crate::support::{
    account, at, authorization, delete, disable, enable, end, hash, new_session, open, opened,
    present, user,
};

async fn resolve(
    store: &SqlStore,
    user: UserId,
    session: Option<SessionId>,
) -> Option<CallerStatus> {
    store.resolve(user, session).await.unwrap()
}

#[tokio::test]
async fn change_by_another_instance_is_seen_after_the_ttl() {
    let database = databases::sqlite();
    let clock = clock();
    let one = database.store_with(Arc::clone(&clock)).await;
    let other = database.store_with(Arc::clone(&clock)).await;
    let ttl = TimeDelta::from_std(CALLER_TTL).unwrap();
    let user = user(&other).await;
    let is_disabled = async || resolve(&one, user, None).await.unwrap().disabled;
    assert!(!is_disabled().await);
    disable(&other, user, 1).await.unwrap();
    assert!(one.by_id(user).await.unwrap().unwrap().disabled);
    // Within the TTL it is a hit, or each request would be a query.
    clock.advance(ttl - TimeDelta::milliseconds(1));
    assert!(!is_disabled().await);
    clock.advance(TimeDelta::milliseconds(1));
    assert!(is_disabled().await);
    // A login here sees the user as stored.
    enable(&other, user, 2).await.unwrap();
    let session = new_session(3);
    assert!(open(&one, &account(&one, user).await, session.clone()).await);
    assert!(!is_disabled().await);
    let expiry = async || resolve(&one, user, Some(session.id)).await.unwrap().session_expires_at;
    assert!(expiry().await.is_some());
    assert!(end(&other, session.id).await);
    assert!(expiry().await.is_some());
    assert!(one.session(session.id).await.unwrap().is_none());
    clock.advance(ttl);
    assert!(expiry().await.is_none());
    assert!(delete(&other, user).await);
    clock.advance(ttl);
    assert_eq!(resolve(&one, user, None).await, None);
}

#[tokio::test]
async fn look_up_is_cached_and_shared_by_clones() {
    let database = databases::sqlite();
    let store = database.store().await;
    let clone = store.clone();
    let user = user(&store).await;
    let session = opened(&store, user).await;
    assert_eq!(store.cached(user, Some(session)), None);
    let status = resolve(&store, user, Some(session)).await;
    assert!(status.is_some());
    assert_eq!(clone.cached(user, Some(session)), Some(status));
    disable(&store, user, 1).await.unwrap();
    assert_eq!(clone.cached(user, Some(session)), None);
}

/// A user with two sessions.
struct Fixture {
    database: TestDatabase,
    store: SqlStore,
    user: UserId,
    session: SessionId,
    other: SessionId,
}

impl Fixture {
    async fn new() -> Self {
        let database = databases::sqlite();
        let store = database.store().await;
        let user = user(&store).await;
        let (session, other) = (opened(&store, user).await, opened(&store, user).await);
        Self { database, store, user, session, other }
    }

    fn authorization(&self) -> Authorization {
        Authorization { password_hash: Some(hash(1)), ..authorization(Some(self.session)) }
    }

    /// Looks everything up, so that it is cached.
    async fn look_up(&self) {
        assert!(!resolve(&self.store, self.user, None).await.unwrap().disabled);
        for session in [self.session, self.other] {
            let status = resolve(&self.store, self.user, Some(session)).await.unwrap();
            assert_eq!(status.session_expires_at, Some(at(1_000_000)));
        }
    }

    async fn has_session(&self, session: SessionId) -> bool {
        let status = resolve(&self.store, self.user, Some(session)).await;
        status.is_some_and(|status| status.session_expires_at.is_some())
    }

    /// Looks everything up while `write` is in flight: another process holds the lock until then.
    async fn with_look_ups<T>(&self, write: impl Future<Output = T>) -> T {
        let mut other = SqliteConnection::connect(&self.database.url).await.unwrap();
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
        let mut write = pin!(write);
        let is_done = poll_fn(|context| Poll::Ready(write.as_mut().poll(context).is_ready()));
        assert!(!is_done.await);
        self.look_up().await;
        sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
        write.await
    }
}

#[tokio::test]
async fn look_up_during_disabling_is_invalidated() {
    let fixture = Fixture::new().await;
    fixture.with_look_ups(disable(&fixture.store, fixture.user, 4)).await.unwrap();
    assert!(resolve(&fixture.store, fixture.user, None).await.unwrap().disabled);
    assert!(!fixture.has_session(fixture.session).await);
}

#[tokio::test]
async fn look_up_during_deletion_is_invalidated() {
    let fixture = Fixture::new().await;
    assert!(fixture.with_look_ups(delete(&fixture.store, fixture.user)).await);
    assert_eq!(resolve(&fixture.store, fixture.user, Some(fixture.session)).await, None);

    let fixture = Fixture::new().await;
    let authorization = fixture.authorization();
    let deletion = fixture.store.delete_own(fixture.user, &authorization, at(4), Effects::none());
    assert_eq!(fixture.with_look_ups(deletion).await.unwrap(), Ok(Deletion::Deleted));
    assert_eq!(resolve(&fixture.store, fixture.user, None).await, None);
}

#[tokio::test]
async fn look_up_during_the_end_of_a_session_is_invalidated() {
    let fixture = Fixture::new().await;
    assert!(fixture.with_look_ups(end(&fixture.store, fixture.session)).await);
    assert!(!fixture.has_session(fixture.session).await);
    assert!(fixture.has_session(fixture.other).await);
}

#[tokio::test]
async fn look_up_while_a_user_ends_sessions_is_invalidated() {
    for ended in ["one", "others", "all"] {
        let fixture = Fixture::new().await;
        let scope = match ended {
            "one" => EndedSessions::One(fixture.other),
            "others" => EndedSessions::Others,
            _ => EndedSessions::All,
        };
        let authorization = fixture.authorization();
        let ending =
            fixture.store.end_own(fixture.user, &authorization, scope, at(4), Effects::none());
        assert_eq!(fixture.with_look_ups(ending).await.unwrap(), Ok(true));
        assert!(!fixture.has_session(fixture.other).await);
        assert_eq!(fixture.has_session(fixture.session).await, ended != "all");
        let status = resolve(&fixture.store, fixture.user, None).await.unwrap();
        assert_eq!(status.tokens_valid_after == at(4), ended == "all");
    }
}

#[tokio::test]
async fn look_up_during_a_password_change_is_invalidated() {
    let fixture = Fixture::new().await;
    let session = new_session(4);
    let change = PasswordChange {
        user: fixture.user,
        authorization: fixture.authorization(),
        password_hash: hash(2),
        session: session.clone(),
    };
    let change = fixture.store.change_password(change, Effects::none());
    assert_eq!(fixture.with_look_ups(change).await.unwrap(), Ok(()));
    let status = resolve(&fixture.store, fixture.user, None).await.unwrap();
    assert_eq!(status.tokens_valid_after, at(4));
    for ended in [fixture.session, fixture.other] {
        assert!(!fixture.has_session(ended).await);
    }
    assert!(fixture.has_session(session.id).await);
}

#[tokio::test]
async fn look_up_during_a_rotation_is_invalidated() {
    let fixture = Fixture::new().await;
    fixture.with_look_ups(present(&fixture.store, fixture.session, 0, 4_000)).await;
    let status = resolve(&fixture.store, fixture.user, Some(fixture.session)).await.unwrap();
    assert_eq!(status.session_expires_at, Some(at(1_004_000)));
}

#[tokio::test]
async fn look_up_is_invalidated_by_a_dropped_write() {
    let fixture = Fixture::new().await;
    {
        let mut write = pin!(disable(&fixture.store, fixture.user, 4));
        let is_done = poll_fn(|context| Poll::Ready(write.as_mut().poll(context).is_ready()));
        assert!(!is_done.await);
        fixture.look_up().await;
    }
    assert_eq!(fixture.store.cached(fixture.user, None), None);
}
