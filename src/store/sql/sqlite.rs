//! Connections to a SQLite file.

use std::path::Path;
use std::thread;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use super::pool::SqlOptions;

/// Prepares the connection that writes and those that read, without opening one.
pub(super) fn pools(path: &Path, options: SqlOptions) -> (SqlitePool, SqlitePool) {
    // Half for the wait for a connection, half for that for the lock of another process. SQLite
    // cannot be called back while it waits: a statement that was given up would be carried out after
    // its client was told that it was not.
    let patience = options.timeout / 2;
    let file = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(patience);
    let readers = thread::available_parallelism().map_or(2, |cores| cores.get().max(2));
    let readers = u32::try_from(readers).unwrap_or(2);
    let pool = |connections| {
        SqlitePoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(patience)
            // A connection to a file does not die behind our back.
            .test_before_acquire(false)
    };
    (pool(1).connect_lazy_with(file.clone()), pool(readers).connect_lazy_with(file))
}
