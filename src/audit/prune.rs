//! Retention of audit events.

use super::chain::{Chain, THROUGH};
use super::verify::Tampering;
use crate::domain::{AuditEvent, AuditKind, Timestamp};
use crate::store::{ChainLink, StoreError};

impl Chain {
    /// Deletes the events before the first one that happened at `before` or later, in portions. Each
    /// portion leaves an event, which has the link that it ended with. Returns the number of deleted
    /// events.
    ///
    /// A chain that was tampered with is not pruned, since that would delete the traces.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; portions may have been deleted.
    pub async fn prune(&self, before: Timestamp) -> Result<Result<usize, Tampering>, StoreError> {
        if let Err(tampering) = self.verify(None).await? {
            return Ok(Err(tampering));
        }
        // Not in the future, or the events of the prune would be deleted, too, and it would never end.
        let before = before.min(self.clock.now());
        let mut pruned = 0;
        loop {
            let now = self.clock.now();
            let record = |through: ChainLink| {
                AuditEvent::of_operator(now, AuditKind::AuditPruned, None)
                    .with_details(format!("{THROUGH}{through} before={before}"))
            };
            match self.store.prune(before, &record).await? {
                0 => return Ok(Ok(pruned)),
                portion => pruned += portion,
            }
        }
    }
}
