//! What is kept, for how long, and for whom.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;

use chrono::{DateTime, TimeDelta};
use tokio::sync::Semaphore;

use super::*;
use crate::clock::ManualClock;

/// A value that is slow to read, and how often it was read.
struct Shelf {
    value: Mutex<Result<Option<&'static str>, StoreError>>,
    reads: AtomicUsize,
    gate: Semaphore,
    clock: Arc<ManualClock>,
    recent: Recent<u32, &'static str>,
}

impl Shelf {
    fn with(value: Option<&'static str>) -> Self {
        let clock = Arc::new(ManualClock::starting_at(DateTime::UNIX_EPOCH));
        let recent = Recent::new(100, Arc::clone(&clock) as Arc<dyn Clock>);
        let value = Mutex::new(Ok(value));
        Self { value, reads: AtomicUsize::new(0), gate: Semaphore::new(0), clock, recent }
    }

    fn open(self) -> Self {
        self.gate.add_permits(100);
        self
    }

    fn turn(&self, milliseconds: i64) {
        self.clock.advance(TimeDelta::milliseconds(milliseconds));
    }

    fn put(&self, value: Result<Option<&'static str>, StoreError>) {
        let _forget = self.recent.forget_after(1);
        *self.value.lock().unwrap() = value;
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }

    async fn get(&self, key: u32) -> Result<Option<&'static str>, StoreError> {
        let read = async || {
            self.reads.fetch_add(1, Ordering::SeqCst);
            let value = self.value.lock().unwrap().clone();
            let _permit = self.gate.acquire().await;
            value
        };
        self.recent.get(key, read).await
    }

    async fn found(&self) -> Option<&'static str> {
        self.get(1).await.unwrap()
    }
}

/// Lets it begin; it waits at the gate then.
fn begin(future: Pin<&mut impl Future>) {
    assert!(future.poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

#[tokio::test]
async fn what_was_read_is_kept_for_less_than_the_bound() {
    let shelf = Shelf::with(Some("a")).open();
    for (step, reads) in [(0, 1), (999, 1), (1, 2), (500, 2), (-501, 3), (0, 3)] {
        shelf.turn(step);
        assert_eq!((shelf.found().await, shelf.reads()), (Some("a"), reads), "{step}");
    }
}

#[tokio::test]
async fn an_answer_is_as_old_as_the_beginning_of_its_read() {
    let shelf = Shelf::with(Some("a"));
    let mut slow = pin!(shelf.found());
    begin(slow.as_mut());
    shelf.turn(1000);
    begin(pin!(shelf.found()));
    assert_eq!(shelf.reads(), 2);
    shelf.gate.add_permits(100);
    assert_eq!((slow.await, shelf.reads()), (Some("a"), 2));
}

#[tokio::test]
async fn of_those_who_ask_at_once_one_reads_for_all() {
    let shelf = Shelf::with(Some("a"));
    let mut asking: Vec<_> = (0..50).map(|_| Box::pin(shelf.found())).collect();
    for asks in &mut asking {
        begin(asks.as_mut());
    }
    shelf.gate.add_permits(100);
    for asks in asking {
        assert_eq!(asks.await, Some("a"));
    }
    assert_eq!(shelf.reads(), 1);
}

#[test]
fn of_threads_that_ask_at_once_one_reads() {
    let shelf = Shelf::with(Some("a")).open();
    let start = Barrier::new(2);
    let ask = || {
        for key in 0..5000 {
            start.wait();
            let asked = pin!(shelf.get(key)).poll(&mut Context::from_waker(Waker::noop()));
            assert!(!matches!(asked, Poll::Ready(Err(_) | Ok(None))));
        }
    };
    thread::scope(|scope| {
        scope.spawn(ask);
        ask();
    });
    assert_eq!(shelf.reads(), 5000);
}

#[tokio::test]
async fn what_changed_while_it_was_read_is_read_again_by_those_who_ask_then() {
    let shelf = Shelf::with(Some("old"));
    let mut before = pin!(shelf.found());
    begin(before.as_mut());
    shelf.put(Ok(Some("new")));
    let mut after = pin!(shelf.found());
    begin(after.as_mut());
    assert_eq!(shelf.reads(), 2);
    shelf.gate.add_permits(100);
    assert_eq!((after.await, before.await), (Some("new"), Some("old")));
    assert_eq!((shelf.found().await, shelf.reads()), (Some("new"), 2));
}

#[tokio::test]
async fn who_goes_away_leaves_the_reading_to_another() {
    let shelf = Shelf::with(Some("a"));
    let mut waits = pin!(shelf.found());
    {
        let mut goes = pin!(shelf.found());
        begin(goes.as_mut());
        begin(waits.as_mut());
        assert_eq!(shelf.reads(), 1);
    }
    shelf.gate.add_permits(100);
    assert_eq!((waits.await, shelf.reads()), (Some("a"), 2));
    assert_eq!((shelf.found().await, shelf.reads()), (Some("a"), 2));
}

#[tokio::test]
async fn a_failure_is_for_those_who_waited_and_is_not_kept() {
    let shelf = Shelf::with(None);
    shelf.put(Err(StoreError::EmailTaken));
    let (mut one, mut other) = (pin!(shelf.get(1)), pin!(shelf.get(1)));
    begin(one.as_mut());
    begin(other.as_mut());
    shelf.gate.add_permits(100);
    assert!(one.await.is_err() && other.await.is_err());
    assert_eq!(shelf.reads(), 1);
    *shelf.value.lock().unwrap() = Ok(Some("a"));
    assert_eq!(shelf.found().await, Some("a"));
}

#[tokio::test]
async fn absence_is_not_kept_and_not_believed_of_an_earlier_read() {
    let shelf = Shelf::with(None);
    let (mut before, mut after) = (pin!(shelf.found()), pin!(shelf.found()));
    begin(before.as_mut());
    *shelf.value.lock().unwrap() = Ok(Some("a"));
    begin(after.as_mut());
    shelf.gate.add_permits(100);
    assert_eq!(before.await, None);
    assert_eq!(after.await, Some("a"));
    assert_eq!(shelf.found().await, Some("a"));
}

#[tokio::test]
async fn no_more_is_kept_than_there_is_room_for() {
    let shelf = Shelf::with(None).open();
    for (value, most) in [(None, 0), (Some("a"), 128)] {
        *shelf.value.lock().unwrap() = Ok(value);
        for key in 0..1000 {
            assert_eq!(shelf.get(key).await.unwrap(), value);
        }
        assert!(shelf.recent.answers.len() <= most);
    }
}
