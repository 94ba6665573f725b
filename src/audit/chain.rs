//! The hash chain of the audit trail: sealing, and its head.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tracing::{error, info};

use crate::clock::Clock;
use crate::store::{AuditChain, ChainLink, StoreError};

/// The time between two seals of [`Chain::run`]: the longest that an event is unprotected, and the
/// delay until another instance seals it.
const INTERVAL: Duration = Duration::from_secs(1);

/// The details of a prune and of an acknowledged break begin with this, and with the last link before the
/// chain that is verified.
pub(super) const THROUGH: &str = "through=";

/// The hash chain of the audit trail.
#[derive(Clone)]
pub struct Chain {
    pub(super) store: Arc<dyn AuditChain>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Chain {
    /// The chain in `store`.
    #[must_use]
    pub fn new(store: Arc<dyn AuditChain>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Seals all events that are committed now.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn seal(&self) -> Result<(), StoreError> {
        while self.store.seal().await? > 0 {}
        Ok(())
    }

    /// Seals events every second, for ever. The log says when that begins to fail, and when it ends.
    pub async fn run(self) {
        let mut interval = interval(INTERVAL);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_failing = false;
        loop {
            interval.tick().await;
            let sealed = self.seal().await;
            match &sealed {
                Ok(()) if is_failing => info!("audit events are sealed again"),
                Err(error) if !is_failing => error!(%error, "cannot seal audit events"),
                Ok(()) | Err(_) => {}
            }
            is_failing = sealed.is_err();
        }
    }

    /// Seals all events, and returns the head for noting; `None` if the row of the chain is missing.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn head(&self) -> Result<Option<ChainLink>, StoreError> {
        // Before the seal, which fails without the row.
        if self.store.extent().await?.is_none() {
            return Ok(None);
        }
        self.seal().await?;
        let extent = self.store.extent().await?;
        Ok(extent.map(|extent| extent.head))
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain").finish_non_exhaustive()
    }
}
