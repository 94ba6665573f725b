//! Recording and listing of audit events.

use std::fmt;
use std::sync::Arc;

use super::writer::Writer;
use crate::clock::Clock;
use crate::domain::{AuditEvent, AuditKind, RequestContext, Timestamp, UserId};
use crate::metrics::LostAuditEvents;
use crate::store::{AuditQuery, AuditRecord, Store, StoreError};
use crate::telemetry;

/// How many events are read at once.
const PAGE: u32 = 1000;

/// The audit trail.
#[derive(Clone)]
pub struct AuditTrail {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    writer: Writer,
}

/// A selection of audit events.
#[derive(Clone, Copy, Debug)]
pub struct AuditFilter {
    /// Only events that concern this user.
    pub user: Option<UserId>,
    /// Only events of this kind.
    pub kind: Option<AuditKind>,
    /// Only events from this time on.
    pub since: Timestamp,
    /// Only events before this time.
    pub until: Timestamp,
    /// The maximum number of events.
    pub limit: u64,
}

impl Default for AuditFilter {
    /// All events.
    fn default() -> Self {
        let (since, until) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
        Self { user: None, kind: None, since, until, limit: u64::MAX }
    }
}

impl AuditTrail {
    /// The audit trail in `store`. Starts the task that writes queued events, on the current runtime.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        let writer = Writer::start(Arc::clone(&store));
        Self { store, clock, writer }
    }

    /// The number of events that were not stored.
    #[must_use]
    pub fn lost(&self) -> &LostAuditEvents {
        &self.writer.metrics
    }

    /// [Enqueues](Self::enqueue) an event that happens now.
    pub fn record(&self, kind: AuditKind, context: &RequestContext) {
        self.enqueue(AuditEvent::of_request(self.clock.now(), kind, context));
    }

    /// [Enqueues](Self::enqueue) an event that happens now, with further information.
    pub fn record_with(&self, kind: AuditKind, context: &RequestContext, details: String) {
        let event = AuditEvent::of_request(self.clock.now(), kind, context);
        self.enqueue(event.with_details(details));
    }

    /// Lists the events of one query.
    ///
    /// # Errors
    ///
    /// The failure of the store.
    pub async fn page(&self, query: &AuditQuery) -> Result<Vec<AuditRecord>, StoreError> {
        self.store.events(query).await
    }

    /// Logs an event that belongs to no change now, and stores it later: the request does not wait for
    /// the store.
    pub fn enqueue(&self, event: AuditEvent) {
        telemetry::log_audit_event(&event);
        self.writer.enqueue(event);
    }

    /// Stores the queued events. Later ones are lost.
    pub async fn drain(&self) {
        self.writer.drain().await;
    }

    /// Lists events by ascending id; a page of them is in memory at a time.
    ///
    /// # Errors
    ///
    /// That of `each`, and the failure of the store.
    pub async fn list<E: From<StoreError>>(
        &self,
        filter: AuditFilter,
        mut each: impl FnMut(AuditRecord) -> Result<(), E>,
    ) -> Result<(), E> {
        let AuditFilter { user, kind, since, until, limit: mut left } = filter;
        let mut query = AuditQuery { user, kind, since, until, after: 0, limit: PAGE };
        while left > 0 {
            query.limit = u32::try_from(left).unwrap_or(PAGE).min(PAGE);
            let page = self.store.events(&query).await?;
            let Some(last) = page.last() else { break };
            query.after = last.id;
            left = left.saturating_sub(page.len() as u64);
            page.into_iter().try_for_each(&mut each)?;
        }
        Ok(())
    }
}

impl fmt::Debug for AuditTrail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditTrail").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::store::memory::MemoryStore;

    #[tokio::test]
    async fn recorded_event_is_listed_after_the_drain() {
        let clock = Arc::new(ManualClock::starting_at(Timestamp::from_seconds(7)));
        let trail = AuditTrail::new(Arc::new(MemoryStore::new()), clock);
        trail.record(AuditKind::OAuthClientRejected, &RequestContext::default());
        trail.drain().await;
        let mut listed = Vec::new();
        let each = |record: AuditRecord| {
            listed.push((record.event.kind, record.event.at));
            Ok::<_, StoreError>(())
        };
        trail.list(AuditFilter::default(), each).await.unwrap();
        assert_eq!(listed, [(AuditKind::OAuthClientRejected, Timestamp::from_seconds(7))]);
    }
}
