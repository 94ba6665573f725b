//! Connections to a SQLite file.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use sqlx::Sqlite;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use super::file::{DatabaseFile, FileError};
use super::lease::{Lease, is_idle};
use super::pool::SqlOptions;

/// The connections to a SQLite file: one that writes, and one for each core that read.
#[derive(Clone, Debug)]
pub(super) struct SqlitePools {
    /// One connection: SQLite has one writer at a time, and waiting here is cheaper than there.
    write: SqlitePool,
    read: SqlitePool,
    file: Arc<DatabaseFile>,
    timeout: Duration,
}

impl SqlitePools {
    /// Prepares connections to the file at `path`, without opening one.
    pub(super) fn new(path: &Path, options: SqlOptions) -> Self {
        // Half for the wait for a connection, half for that for the lock of another process. SQLite
        // cannot be called back while it waits: a statement that was given up would be carried out
        // after its client was told that it was not.
        let timeout = options.timeout / 2;
        let settings = SqliteConnectOptions::new()
            .filename(path)
            // A file that is gone must not come back empty: DatabaseFile creates it, once.
            .create_if_missing(false)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            // There may be no folder for temporary files.
            .pragma("temp_store", "MEMORY")
            .busy_timeout(timeout);
        let readers = thread::available_parallelism().map_or(2, |cores| cores.get().max(2));
        let readers = u32::try_from(readers).unwrap_or(2);
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(timeout)
                // A connection to a file does not die behind our back, nor does it age.
                .test_before_acquire(false)
                .idle_timeout(None)
                .max_lifetime(None)
                .after_release(is_idle)
                .connect_lazy_with(settings.clone())
        };
        let (write, read) = (pool(1), pool(readers));
        let file = Arc::new(DatabaseFile::new(path, settings, options.create));
        Self { write, read, file, timeout: options.timeout }
    }

    /// The connection that writes.
    ///
    /// # Errors
    ///
    /// Where the file is not the one that was opened first.
    pub(super) async fn write(&self) -> Result<Lease<Sqlite>, sqlx::Error> {
        self.take(&self.write).await
    }

    /// A connection that reads.
    ///
    /// # Errors
    ///
    /// Where the file is not the one that was opened first.
    pub(super) async fn read(&self) -> Result<Lease<Sqlite>, sqlx::Error> {
        self.take(&self.read).await
    }

    /// Compares the file with the one that was opened first.
    ///
    /// # Errors
    ///
    /// Where it is another one, or none.
    pub(super) async fn check(&self) -> Result<(), sqlx::Error> {
        self.file.check().await
    }

    async fn take(&self, pool: &SqlitePool) -> Result<Lease<Sqlite>, sqlx::Error> {
        self.check().await?;
        let lease = Lease::take(pool, self.timeout).await;
        lease.map_err(|error| match error {
            sqlx::Error::PoolTimedOut => FileError::Locked.into(),
            error => error,
        })
    }

    /// Closes the connections, when what they are doing is done.
    pub(super) async fn close(&self) {
        self.file.close().await;
        self.read.close().await;
        // The last one out writes the log back into the file.
        self.write.close().await;
    }
}
