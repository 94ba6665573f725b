//! The writer of events that belong to no change.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::error;

use crate::domain::AuditEvent;
use crate::metrics::LostAuditEvents;
use crate::store::Store;

/// Capacity of the queue: 2 s of 5,000 events a second, at some 500 bytes each.
const CAPACITY: usize = 10_000;

/// How many events one transaction inserts at most.
const BATCH: usize = 500;

/// A bounded queue of events, and the task that stores them in batches.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    queue: Sender<AuditEvent>,
    lost: Arc<AtomicU64>,
    closing: CancellationToken,
    task: TaskTracker,
    pub(super) metrics: LostAuditEvents,
}

impl Writer {
    /// Starts the task, which ends with the last clone of the writer.
    pub(super) fn start(store: Arc<dyn Store>) -> Self {
        let (queue, events) = mpsc::channel(CAPACITY);
        let (lost, closing, task) = (Arc::default(), CancellationToken::new(), TaskTracker::new());
        let metrics = LostAuditEvents::default();
        let writing = write(store, events, Arc::clone(&lost), metrics.clone(), closing.clone());
        task.spawn(writing);
        task.close();
        Self { queue, lost, closing, task, metrics }
    }

    /// Queues an event. It is lost if the queue is full; the log has the number of them.
    pub(super) fn enqueue(&self, event: AuditEvent) {
        if self.queue.try_send(event).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
            self.metrics.count(1);
        }
    }

    /// Stores what is queued, and ends the task.
    pub(super) async fn drain(&self) {
        self.closing.cancel();
        self.task.wait().await;
    }
}

async fn write(
    store: Arc<dyn Store>,
    mut events: Receiver<AuditEvent>,
    lost: Arc<AtomicU64>,
    metrics: LostAuditEvents,
    closing: CancellationToken,
) {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let received = tokio::select! {
            received = events.recv_many(&mut batch, BATCH) => received,
            () = closing.cancelled(), if !events.is_closed() => {
                events.close();
                continue;
            }
        };
        if received == 0 {
            return;
        }
        if let Err(error) = store.append_many(&batch).await {
            metrics.count(received as u64);
            error!(%error, lost = received, "cannot store audit events; their log lines have them");
        }
        batch.clear();
        let lost = lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            error!(lost, "the queue of audit events was full; the log lines of those have them");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AuditKind, Timestamp};
    use crate::store::memory::MemoryStore;
    use crate::store::{AuditQuery, AuditStore};

    fn event(number: usize) -> AuditEvent {
        let event = AuditEvent::of_operator(Timestamp::UNIX_EPOCH, AuditKind::LoginFailed, None);
        event.with_details(number.to_string())
    }

    async fn details(store: &MemoryStore) -> Vec<String> {
        let query = AuditQuery {
            user: None,
            kind: None,
            since: Timestamp::UNIX_EPOCH,
            until: Timestamp::MAX,
            after: 0,
            limit: u32::MAX,
        };
        let records = store.events(&query).await.unwrap();
        records.into_iter().filter_map(|record| record.event.details).collect()
    }

    #[tokio::test]
    async fn drain_stores_all_queued_events_in_order() {
        let store = MemoryStore::new();
        let writer = Writer::start(Arc::new(store.clone()));
        (0..3 * BATCH).for_each(|number| writer.enqueue(event(number)));
        writer.drain().await;
        let expected: Vec<_> = (0..3 * BATCH).map(|number| number.to_string()).collect();
        assert_eq!(details(&store).await, expected);
    }

    /// The task does not run until the test waits, since both are on one thread.
    #[tokio::test]
    async fn events_beyond_the_queue_and_after_the_drain_are_counted() {
        let store = MemoryStore::new();
        let writer = Writer::start(Arc::new(store.clone()));
        (0..CAPACITY + 7).for_each(|number| writer.enqueue(event(number)));
        assert_eq!(writer.lost.load(Ordering::Relaxed), 7);
        writer.drain().await;
        assert_eq!(details(&store).await.len(), CAPACITY);
        assert_eq!(writer.lost.load(Ordering::Relaxed), 0);
        writer.enqueue(event(0));
        assert_eq!(writer.lost.load(Ordering::Relaxed), 1);
    }
}
