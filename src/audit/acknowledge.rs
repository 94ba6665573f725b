//! A new chain after signs of tampering.

use super::chain::{Chain, THROUGH};
use super::verify::Tampering;
use crate::domain::{AuditEvent, AuditKind};
use crate::store::{ChainLink, StoreError};

impl Chain {
    /// Chains all events anew, as they are stored now, if the chain was tampered with. An event has the
    /// signs, the last link before, and the `reason` of the operator. Returns the signs; `None` if the
    /// chain is intact, which is left as it is.
    ///
    /// Heads that were noted before cannot be compared any more.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn acknowledge(&self, reason: &str) -> Result<Option<Tampering>, StoreError> {
        let Err(tampering) = self.verify(None).await? else { return Ok(None) };
        let now = self.clock.now();
        let record = |through: ChainLink| {
            AuditEvent::of_operator(now, AuditKind::AuditBreakAcknowledged, None)
                .with_details(format!("{THROUGH}{through} tampered: {tampering}; reason: {reason}"))
        };
        self.store.restart(&record).await?;
        self.seal().await?;
        Ok(Some(tampering))
    }
}
