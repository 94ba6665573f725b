//! Caching of caller look-ups.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;

use chrono::TimeDelta;
use tokio::sync::Semaphore;

use super::*;
use crate::clock::ManualClock;
use crate::domain::{Email, User};

const USER: UserId = UserId(1);

/// A slow store of one status, which counts its queries.
struct Fixture {
    found: Mutex<Found>,
    queries: AtomicUsize,
    gate: Semaphore,
    clock: Arc<ManualClock>,
    cache: CallerCache,
}

/// A status that is told from others by its `tokens_valid_after`.
fn status(number: i64) -> CallerStatus {
    let email = Email::parse("user@example.com").unwrap();
    CallerStatus {
        user: User { id: USER, email, is_admin: false, email_verified: false },
        disabled: false,
        tokens_valid_after: Timestamp::from_milliseconds(number),
        session_expires_at: None,
        session_used_at: None,
    }
}

impl Fixture {
    fn new(found: Option<i64>) -> Self {
        let clock = Arc::new(ManualClock::starting_at(Timestamp::UNIX_EPOCH));
        let cache = CallerCache::new(Arc::clone(&clock) as Arc<dyn Clock>);
        let found = Mutex::new(Ok(found.map(status)));
        Self { found, queries: AtomicUsize::new(0), gate: Semaphore::new(0), clock, cache }
    }

    fn open(self) -> Self {
        self.gate.add_permits(100);
        self
    }

    fn advance(&self, milliseconds: i64) {
        self.clock.advance(TimeDelta::milliseconds(milliseconds));
    }

    fn set(&self, found: Option<i64>) {
        *self.found.lock().unwrap() = Ok(found.map(status));
    }

    fn queries(&self) -> usize {
        self.queries.load(Ordering::SeqCst)
    }

    async fn resolve(&self, user: UserId, session: Option<SessionId>) -> Found {
        let query = async || {
            self.queries.fetch_add(1, Ordering::SeqCst);
            let found = self.found.lock().unwrap().clone();
            let _permit = self.gate.acquire().await;
            found
        };
        self.cache.resolve(user, session, query).await
    }

    async fn number(&self) -> Option<i64> {
        let status = self.resolve(USER, None).await.unwrap();
        status.map(|status| status.tokens_valid_after.milliseconds())
    }
}

/// Polls once: the look-up waits at the gate then.
fn begin(future: Pin<&mut impl Future>) {
    assert!(future.poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

#[tokio::test]
async fn look_up_is_cached_for_less_than_its_ttl() {
    let fixture = Fixture::new(Some(7)).open();
    for (step, queries) in [(0, 1), (999, 1), (1, 2), (500, 2), (-501, 3), (0, 3)] {
        fixture.advance(step);
        assert_eq!((fixture.number().await, fixture.queries()), (Some(7), queries), "{step}");
        assert!(fixture.cache.get(USER, None).is_some());
    }
    fixture.advance(1000);
    assert!(fixture.cache.get(USER, None).is_none());
}

#[tokio::test]
async fn ttl_counts_from_the_beginning_of_the_query() {
    let fixture = Fixture::new(Some(7));
    let mut slow = pin!(fixture.number());
    begin(slow.as_mut());
    fixture.advance(1000);
    begin(pin!(fixture.number()));
    assert_eq!(fixture.queries(), 2);
    fixture.gate.add_permits(100);
    assert_eq!((slow.await, fixture.queries()), (Some(7), 2));
}

#[tokio::test]
async fn concurrent_look_ups_are_one_query() {
    let fixture = Fixture::new(Some(7));
    let mut look_ups: Vec<_> = (0..50).map(|_| Box::pin(fixture.number())).collect();
    for look_up in &mut look_ups {
        begin(look_up.as_mut());
    }
    fixture.gate.add_permits(100);
    for look_up in look_ups {
        assert_eq!(look_up.await, Some(7));
    }
    assert_eq!(fixture.queries(), 1);
}

#[test]
fn concurrent_look_ups_of_two_threads_are_one_query() {
    let fixture = Fixture::new(Some(7)).open();
    let start = Barrier::new(2);
    let look_up = || {
        for id in 0..5000 {
            start.wait();
            let mut look_up = pin!(fixture.resolve(UserId(id), None));
            let found = look_up.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(!matches!(found, Poll::Ready(Err(_) | Ok(None))));
        }
    };
    thread::scope(|scope| {
        scope.spawn(look_up);
        look_up();
    });
    assert_eq!(fixture.queries(), 5000);
}

#[tokio::test]
async fn change_during_a_query_is_seen_by_later_look_ups() {
    let fixture = Fixture::new(Some(1));
    let mut before = pin!(fixture.number());
    begin(before.as_mut());
    {
        let _invalidation = fixture.cache.invalidate_user(USER);
        fixture.set(Some(2));
    }
    let mut after = pin!(fixture.number());
    begin(after.as_mut());
    assert_eq!(fixture.queries(), 2);
    fixture.gate.add_permits(100);
    assert_eq!((after.await, before.await), (Some(2), Some(1)));
    assert_eq!((fixture.number().await, fixture.queries()), (Some(2), 2));
}

#[tokio::test]
async fn user_is_invalidated_with_all_sessions_and_a_session_alone() {
    let fixture = Fixture::new(Some(7)).open();
    let keys = [
        (USER, None),
        (USER, Some(SessionId::random())),
        (USER, Some(SessionId::random())),
        (UserId(2), None),
        (UserId(2), Some(SessionId::random())),
    ];
    let fill = async || {
        for (user, session) in keys {
            fixture.resolve(user, session).await.unwrap();
        }
    };
    let cached = || keys.map(|(user, session)| fixture.cache.get(user, session).is_some());
    fill().await;
    assert_eq!(cached(), [true; 5]);
    drop(fixture.cache.invalidate_session(keys[1].1.unwrap()));
    assert_eq!(cached(), [true, false, true, true, true]);
    fill().await;
    drop(fixture.cache.invalidate_user(USER));
    assert_eq!(cached(), [false, false, false, true, true]);
}

#[tokio::test]
async fn session_of_one_user_is_not_a_hit_for_another() {
    let fixture = Fixture::new(Some(7)).open();
    let session = Some(SessionId::random());
    fixture.resolve(USER, session).await.unwrap();
    assert!(fixture.cache.get(UserId(2), session).is_none());
    fixture.set(None);
    assert_eq!(fixture.resolve(UserId(2), session).await.unwrap(), None);
    assert!(fixture.cache.get(USER, session).is_some());
}

#[tokio::test]
async fn dropped_look_up_leaves_the_query_to_another() {
    let fixture = Fixture::new(Some(7));
    let mut waiting = pin!(fixture.number());
    {
        let mut dropped = pin!(fixture.number());
        begin(dropped.as_mut());
        begin(waiting.as_mut());
        assert_eq!(fixture.queries(), 1);
    }
    fixture.gate.add_permits(100);
    assert_eq!((waiting.await, fixture.queries()), (Some(7), 2));
    assert_eq!((fixture.number().await, fixture.queries()), (Some(7), 2));
}

#[tokio::test]
async fn failure_is_returned_to_all_that_waited_and_is_not_cached() {
    let fixture = Fixture::new(None);
    *fixture.found.lock().unwrap() = Err(StoreError::new(std::io::Error::other("down")));
    let (mut one, mut other) =
        (pin!(fixture.resolve(USER, None)), pin!(fixture.resolve(USER, None)));
    begin(one.as_mut());
    begin(other.as_mut());
    fixture.gate.add_permits(100);
    assert!(one.await.is_err() && other.await.is_err());
    assert_eq!(fixture.queries(), 1);
    fixture.set(Some(7));
    assert_eq!(fixture.number().await, Some(7));
}

#[tokio::test]
async fn absence_is_not_cached_and_not_taken_from_an_earlier_query() {
    let fixture = Fixture::new(None);
    let (mut before, mut after) = (pin!(fixture.number()), pin!(fixture.number()));
    begin(before.as_mut());
    fixture.set(Some(7));
    begin(after.as_mut());
    fixture.gate.add_permits(100);
    assert_eq!(before.await, None);
    assert_eq!(after.await, Some(7));
    assert_eq!(fixture.number().await, Some(7));
}

#[tokio::test]
async fn number_of_entries_is_bounded() {
    let fixture = Fixture::new(None).open();
    let count = 2 * i64::try_from(CAPACITY).unwrap();
    for id in 0..1000 {
        assert_eq!(fixture.resolve(UserId(id), None).await.unwrap(), None);
    }
    assert_eq!(fixture.cache.entries.len(), 0);
    fixture.set(Some(7));
    for id in 0..count {
        assert!(fixture.resolve(UserId(id), None).await.unwrap().is_some());
    }
    assert!(fixture.cache.entries.len() <= CAPACITY);
}
