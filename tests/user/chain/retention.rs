//! `countersign audit prune`

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use countersign::audit::Chain;
use countersign::clock::SystemClock;
use countersign::domain::{AuditEvent, Timestamp};
use countersign::store::sql::SqlStore;
use countersign::store::{AuditChain, ChainExtent, ChainLink, SealedRow, StoreError};
use tokio::time::timeout;

use super::{alter, at, audit, done, open, six_events, verify};
use crate::databases::TestDatabase;
use crate::support::TIMEOUT;

async fn pruned_chain_is_intact_and_says_so(database: &TestDatabase) {
    let sixth = six_events(database).await;
    assert_eq!(done(database, &["prune", "--before", "1970-01-04"]), "deleted 2 events");
    let intact = done(database, &["verify", "--head", &sixth]);
    assert!(
        intact.starts_with("intact: 5 events, events up to 2 were pruned, head 7:"),
        "{intact}"
    );
    let events = done(database, &["list", "--kind", "audit_pruned"]);
    assert!(events.contains("details=through=2:"), "{events}");
    assert!(events.contains(" before=1970-01-04T00:00:00"), "{events}");
    // Twice; the second one has the event of the first one left.
    assert_eq!(done(database, &["prune", "--before", "1970-01-06"]), "deleted 2 events");
    assert_eq!(done(database, &["prune", "--before", "1970-01-06"]), "deleted 0 events");
    let intact = done(database, &["verify", "--head", &sixth]);
    assert!(
        intact.starts_with("intact: 4 events, events up to 4 were pruned, head 8:"),
        "{intact}"
    );
    // Everything, with the events of both.
    assert_eq!(done(database, &["prune", "--before", "0s"]), "deleted 4 events");
    let head = done(database, &["head"]);
    let intact = done(database, &["verify", "--head", &head]);
    assert!(
        intact.starts_with("intact: 1 events, events up to 8 were pruned, head 9:"),
        "{intact}"
    );
    let (code, error) = verify(database, &["--head", &sixth]);
    assert!(code == 1 && error.contains("the noted head 6 cannot be compared"), "{error}");
    let (code, _, error) = audit(database, &["prune", "--before", "2100-01-01"]);
    assert_eq!((code, &*error), (2, "error: 2100-01-01T00:00:00Z is in the future"));
    // The record of the last prune cannot be deleted, and a prune does not delete that trace.
    alter(database, "DELETE FROM audit_events").await;
    let error = "error: tampered: events 9 to 9 are missing".to_owned();
    assert_eq!(verify(database, &[]), (1, error.clone()));
    assert_eq!(audit(database, &["prune", "--before", "0s"]), (1, String::new(), error));
}

/// Its events are later than those that it deletes, or it would never end.
async fn prune_up_to_the_future_leaves_its_own_events(database: &TestDatabase) {
    six_events(database).await;
    let chain = Chain::new(Arc::new(open(database)), Arc::new(SystemClock));
    let pruned = timeout(TIMEOUT, chain.prune(Timestamp::MAX)).await.expect("an end");
    assert_eq!(pruned.unwrap(), Ok(6));
    let intact = done(database, &["verify"]);
    assert!(
        intact.starts_with("intact: 1 events, events up to 6 were pruned, head 7:"),
        "{intact}"
    );
}

/// A store whose events are pruned by another process as soon as a verification reads them.
struct PrunedMeanwhile {
    store: SqlStore,
    is_pruned: AtomicBool,
}

#[async_trait]
impl AuditChain for PrunedMeanwhile {
    async fn seal(&self) -> Result<usize, StoreError> {
        self.store.seal().await
    }

    async fn extent(&self) -> Result<Option<ChainExtent>, StoreError> {
        self.store.extent().await
    }

    async fn sealed(&self, after: i64, through: i64) -> Result<Vec<SealedRow>, StoreError> {
        if !self.is_pruned.swap(true, Ordering::Relaxed) {
            let other = Chain::new(Arc::new(self.store.clone()), Arc::new(SystemClock));
            assert_eq!(other.prune(at(4)).await.unwrap(), Ok(3));
        }
        self.store.sealed(after, through).await
    }

    async fn prune(&self, before: Timestamp, record: Record<'_>) -> Result<usize, StoreError> {
        self.store.prune(before, record).await
    }

    async fn restart(&self, record: Record<'_>) -> Result<(), StoreError> {
        self.store.restart(record).await
    }
}

type Record<'a> = &'a (dyn Fn(ChainLink) -> AuditEvent + Send + Sync);

async fn prune_during_a_verification_is_no_tampering(database: &TestDatabase) {
    six_events(database).await;
    let store = PrunedMeanwhile { store: open(database), is_pruned: AtomicBool::new(false) };
    let chain = Chain::new(Arc::new(store), Arc::new(SystemClock));
    let intact = chain.verify(None).await.unwrap().expect("no tampering");
    assert_eq!((intact.count, intact.anchor.seq, intact.head.seq), (4, 3, 7));
}

on_both![
    pruned_chain_is_intact_and_says_so,
    prune_up_to_the_future_leaves_its_own_events,
    prune_during_a_verification_is_no_tampering,
];
