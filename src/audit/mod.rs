//! Use cases of the audit trail.

use std::fmt;
use std::sync::Arc;

use tracing::error;

use crate::clock::Clock;
use crate::domain::{AuditEvent, AuditKind, RequestContext, Timestamp, UserId};
use crate::store::{AuditQuery, AuditRecord, Store, StoreError};
use crate::telemetry::RequestScope;

/// How many events are read at once.
const PAGE: u32 = 1000;

/// The audit trail.
#[derive(Clone)]
pub struct AuditTrail {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl AuditTrail {
    /// The audit trail in `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Records an event that belongs to no change. Where the store fails, the log says so.
    pub async fn record(&self, kind: AuditKind, context: &RequestContext) {
        let event = AuditEvent::of_request(self.clock.now(), kind, context);
        if let Err(error) = self.store.append(event).await {
            error!(%error, kind = kind.name(), "cannot record an audit event");
        }
    }

    /// Records an event that belongs to no change, without waiting for the store.
    pub fn enqueue(&self, event: AuditEvent) {
        let store = Arc::clone(&self.store);
        let appended = async move {
            if let Err(error) = store.append(event).await {
                error!(%error, "cannot record an audit event");
            }
        };
        // In the scope of the request, whose id belongs in the log line.
        match RequestScope::with_current(Clone::clone) {
            Some(scope) => tokio::spawn(scope.run(|| appended)),
            None => tokio::spawn(appended),
        };
    }

    /// Lists the events since `since`, by ascending id; a page of them is in memory at a time.
    ///
    /// # Errors
    ///
    /// That of `each`, and the failure of the store.
    pub async fn list<E: From<StoreError>>(
        &self,
        user: Option<UserId>,
        since: Timestamp,
        mut each: impl FnMut(AuditRecord) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut query = AuditQuery { user, since, after: 0, limit: PAGE };
        loop {
            let page = self.store.events(&query).await?;
            let Some(last) = page.last() else { return Ok(()) };
            query.after = last.id;
            page.into_iter().try_for_each(&mut each)?;
        }
    }
}

impl fmt::Debug for AuditTrail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditTrail").finish_non_exhaustive()
    }
}
