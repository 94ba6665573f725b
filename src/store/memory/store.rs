//! The lock around the maps.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::tables::Tables;

/// A store in memory. A cheap handle; its clones share the data.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    // A lock that blocks the thread is right: it is held for a look-up, and never across an await.
    tables: Arc<RwLock<Tables>>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    // Each change is complete before anything can panic, so a poisoned lock guards valid data.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Tables> {
        self.tables.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Tables> {
        self.tables.write().unwrap_or_else(PoisonError::into_inner)
    }
}
