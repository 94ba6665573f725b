//! Write transactions, and connections that are left in a transaction.

use futures_util::future::BoxFuture;
use sqlx::pool::PoolConnectionMetadata;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Postgres, Sqlite, Transaction};

/// Whether a returned connection is in no transaction, for a pool's `after_release`.
///
/// SQLite rolls a transaction back by itself when the disk is full or fails. The rollback that follows
/// then fails, and sqlx still counts a transaction: a later commit would release a savepoint in a
/// transaction that never ends.
pub(super) fn is_not_in_transaction<C: Connection>(
    connection: &mut C,
    _: PoolConnectionMetadata,
) -> BoxFuture<'_, Result<bool, sqlx::Error>> {
    Box::pin(async move {
        if !connection.is_in_transaction() {
            return Ok(true);
        }
        // A queued rollback is executed before the ping.
        connection.ping().await?;
        Ok(!connection.is_in_transaction())
    })
}

/// Connections that begin write transactions.
pub(super) trait BeginWrite: Connection {
    /// Begins a transaction that writes.
    ///
    /// # Errors
    ///
    /// Those of the database.
    fn begin_write(
        &mut self,
    ) -> BoxFuture<'_, Result<Transaction<'_, Self::Database>, sqlx::Error>>;
}

impl BeginWrite for SqliteConnection {
    /// Takes the write lock immediately. Otherwise SQLite would take it with the first statement that
    /// writes, and fail if another process has written since the first statement that reads.
    fn begin_write(&mut self) -> BoxFuture<'_, Result<Transaction<'_, Sqlite>, sqlx::Error>> {
        Box::pin(self.begin_with("BEGIN IMMEDIATE"))
    }
}

impl BeginWrite for PgConnection {
    /// Begins a savepoint if the connection is in a transaction already, as through a pooler.
    fn begin_write(&mut self) -> BoxFuture<'_, Result<Transaction<'_, Postgres>, sqlx::Error>> {
        Box::pin(self.begin())
    }
}
