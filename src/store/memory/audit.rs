//! The audit trail in memory: the last 10,000 events.

use async_trait::async_trait;

use super::store::MemoryStore;
use crate::domain::AuditEvent;
use crate::store::{AuditQuery, AuditRecord, AuditStore, StoreError};

#[async_trait]
impl AuditStore for MemoryStore {
    async fn append(&self, event: AuditEvent) -> Result<(), StoreError> {
        self.write().apply(event.into());
        Ok(())
    }

    async fn append_many(&self, events: &[AuditEvent]) -> Result<(), StoreError> {
        self.write().insert_events(events.iter().cloned());
        Ok(())
    }

    async fn events(&self, query: &AuditQuery) -> Result<Vec<AuditRecord>, StoreError> {
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let is_found = |record: &&AuditRecord| {
            record.id > query.after
                && (query.since..query.until).contains(&record.event.at)
                && query.kind.is_none_or(|kind| record.event.kind == kind)
                && query.user.is_none_or(|user| record.event.user == Some(user))
        };
        Ok(self.read().events.iter().filter(is_found).take(limit).cloned().collect())
    }
}
