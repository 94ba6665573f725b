//! Connections to a SQLite file.

use std::path::Path;
use std::sync::Arc;
use std::thread;

use sqlx::Sqlite;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use super::file::{DatabaseFile, FileError};
use super::options::SqlOptions;
use super::pool_connections::PoolConnections;
use super::transactions::is_not_in_transaction;

/// The connections to a SQLite file: one that writes, and one per core that reads.
#[derive(Clone, Debug)]
pub(super) struct SqlitePools {
    /// One connection: SQLite has a single writer, and waiting in the pool is cheaper.
    write: SqlitePool,
    read: SqlitePool,
    file: Arc<DatabaseFile>,
}

impl SqlitePools {
    /// Prepares connections to the file at `path`, without opening one.
    pub(super) fn new(path: &Path, options: SqlOptions) -> Self {
        // Half for the wait for a connection, half for the lock of another process. A wait in SQLite
        // cannot be cancelled: a statement that timed out would be executed after its failure was
        // reported.
        let timeout = options.timeout / 2;
        let settings = SqliteConnectOptions::new()
            .filename(path)
            // A deleted file must not be created again, empty: DatabaseFile creates it once.
            .create_if_missing(false)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            // The folder for temporary files may be missing.
            .pragma("temp_store", "MEMORY")
            .busy_timeout(timeout);
        let readers = thread::available_parallelism().map_or(2, |cores| cores.get().max(2));
        let readers = u32::try_from(readers).unwrap_or(2);
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(timeout)
                // A connection to a file is neither lost nor does it age.
                .test_before_acquire(false)
                .idle_timeout(None)
                .max_lifetime(None)
                .after_release(is_not_in_transaction)
                .connect_lazy_with(settings.clone())
        };
        let (write, read) = (pool(1), pool(readers));
        let file = Arc::new(DatabaseFile::new(path, settings, options.create, timeout));
        Self { write, read, file }
    }

    /// The connection that writes.
    ///
    /// # Errors
    ///
    /// The file is not the one that was opened first.
    pub(super) async fn write(&self) -> Result<PoolConnection<Sqlite>, sqlx::Error> {
        self.take(&self.write).await
    }

    /// A connection that reads.
    ///
    /// # Errors
    ///
    /// The file is not the one that was opened first.
    pub(super) async fn read(&self) -> Result<PoolConnection<Sqlite>, sqlx::Error> {
        self.take(&self.read).await
    }

    /// Compares the file with the one that was opened first.
    ///
    /// # Errors
    ///
    /// The file was replaced or deleted.
    pub(super) async fn check(&self) -> Result<(), sqlx::Error> {
        self.file.check().await
    }

    /// The connections of both pools.
    pub(super) fn connections(&self) -> Vec<PoolConnections> {
        let of = |name, pool: &SqlitePool| {
            let (size, idle) = (pool.size() as usize, pool.num_idle());
            let max = pool.options().get_max_connections() as usize;
            PoolConnections { pool: name, idle, in_use: size.saturating_sub(idle), max }
        };
        vec![of("write", &self.write), of("read", &self.read)]
    }

    async fn take(&self, pool: &SqlitePool) -> Result<PoolConnection<Sqlite>, sqlx::Error> {
        self.check().await?;
        pool.acquire().await.map_err(|error| match error {
            sqlx::Error::PoolTimedOut => FileError::Locked.into(),
            error => error,
        })
    }

    /// Closes the connections once their statements have finished.
    pub(super) async fn close(&self) {
        self.file.close().await;
        self.read.close().await;
        // The last connection writes the write-ahead log back into the file.
        self.write.close().await;
    }
}
