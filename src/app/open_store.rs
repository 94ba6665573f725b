//! The store that a configuration names.

use std::sync::Arc;

use super::error::AppError;
use crate::audit::Chain;
use crate::clock::Clock;
use crate::config::{Database, DatabaseOptions};
use crate::store::memory::MemoryStore;
use crate::store::sql::SqlStore;
use crate::store::{AuditChain, Store};

/// An open store.
#[derive(Clone, Debug)]
pub enum OpenStore {
    /// In memory.
    Memory(MemoryStore),
    /// In a SQL database, whose tables are up to date.
    Sql(SqlStore),
}

impl OpenStore {
    /// Opens the store, and migrates its tables.
    ///
    /// # Errors
    ///
    /// [`AppError::Store`] and [`AppError::Migration`].
    pub async fn open(options: &DatabaseOptions, clock: Arc<dyn Clock>) -> Result<Self, AppError> {
        match &options.database {
            Database::Memory => Ok(Self::Memory(MemoryStore::new())),
            Database::Sql(url) => {
                let store = SqlStore::new(url, options.sql, clock)?;
                store
                    .migrate(options.migration_lock)
                    .await
                    .map_err(|source| AppError::Migration { database: url.to_string(), source })?;
                Ok(Self::Sql(store))
            }
        }
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::Memory(store) => Arc::new(store.clone()),
            Self::Sql(store) => Arc::new(store.clone()),
        }
    }

    /// The hash chain of the audit trail; `None` in memory, where nothing outlives the process.
    #[must_use]
    pub fn audit_chain(&self, clock: Arc<dyn Clock>) -> Option<Chain> {
        match self {
            Self::Memory(_) => None,
            Self::Sql(store) => {
                let store: Arc<dyn AuditChain> = Arc::new(store.clone());
                Some(Chain::new(store, clock))
            }
        }
    }

    /// Closes the store when its statements have ended.
    pub async fn close(&self) {
        if let Self::Sql(store) = self {
            store.close().await;
        }
    }
}
