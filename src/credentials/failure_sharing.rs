//! Sharing of failed attempts with other instances, and with the next start.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{MissedTickBehavior, interval};
use tracing::{info, warn};

use crate::clock::Clock;
use crate::store::{FailureStore, MAX_CHANGES, StoreError};
use crate::throttle::Throttle;

/// The interval between exchanges.
const INTERVAL: Duration = Duration::from_secs(1);

/// The number of exchanges after which old failures are deleted: a minute.
const DELETE_EVERY: u32 = 60;

/// How long failures are stored: longer than the longest back-off, and than any is remembered after it.
const KEPT: Duration = Duration::from_hours(48);

/// Exchanges the failures that a throttle remembers with a store. An attempt does not wait for that: it
/// is admitted by what is known in the process.
pub struct FailureSharing {
    throttle: Throttle,
    store: Arc<dyn FailureStore>,
    clock: Arc<dyn Clock>,
    /// Up to which version the store's failures are known. Locked during an exchange.
    version: Mutex<i64>,
}

impl FailureSharing {
    /// Shares the failures of `throttle` by `store`.
    #[must_use]
    pub fn new(throttle: Throttle, store: Arc<dyn FailureStore>, clock: Arc<dyn Clock>) -> Self {
        Self { throttle, store, clock, version: Mutex::new(0) }
    }

    /// Exchanges failures every second; it never ends.
    pub async fn run(&self) {
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut has_failed = false;
        for count in (0..DELETE_EVERY).cycle() {
            ticks.tick().await;
            let mut result = self.exchange().await;
            if result.is_ok() && count == DELETE_EVERY - 1 {
                result = self.delete_old().await;
            }
            match result {
                Err(error) if !has_failed => {
                    warn!(%error, "failed attempts are not shared with other instances");
                    has_failed = true;
                }
                Ok(()) if has_failed => {
                    info!("failed attempts are shared with other instances again");
                    has_failed = false;
                }
                Ok(()) | Err(_) => {}
            }
        }
    }

    /// Stores what has changed in this process, and learns what has changed in the store.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; what was not stored is stored by a later exchange.
    pub async fn exchange(&self) -> Result<(), StoreError> {
        let mut version = self.version.lock().await;
        loop {
            let unsaved = self.throttle.take_unsaved(MAX_CHANGES);
            if unsaved.is_empty() {
                break;
            }
            if let Err(error) = self.store.change_failures(&unsaved).await {
                self.throttle.give_back(unsaved);
                return Err(error);
            }
        }
        loop {
            let (failures, newest) = self.store.failures_since(*version).await?;
            if newest == *version {
                return Ok(());
            }
            self.throttle.take_over(failures, self.clock.now());
            *version = newest;
        }
    }

    /// Deletes failures that are not remembered any more.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn delete_old(&self) -> Result<(), StoreError> {
        let before = self.clock.now().saturating_sub(KEPT);
        self.store.delete_failures(before, Throttle::CAPACITY).await
    }
}

impl fmt::Debug for FailureSharing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FailureSharing").finish_non_exhaustive()
    }
}
