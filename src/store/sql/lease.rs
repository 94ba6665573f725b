//! Connections that are taken from a pool and given back to it.

use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::pool::{PoolConnection, PoolConnectionMetadata};
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Database, Pool, Postgres, Sqlite, Transaction};
use tokio::time::timeout;

/// A connection whose return to the pool is not waited for.
///
/// The pool tests each connection that is returned, and rolls back what was given up. A connection
/// for which that takes longer than the timeout is closed, so that its place in the pool is free.
pub(super) struct Lease<DB: Database> {
    connection: PoolConnection<DB>,
    timeout: Duration,
}

impl<DB: Database> Lease<DB> {
    /// Takes a connection from `pool`; its return may take as long as `timeout`.
    pub(super) async fn take(pool: &Pool<DB>, timeout: Duration) -> Result<Self, sqlx::Error> {
        Ok(Self { connection: pool.acquire().await?, timeout })
    }

    pub(super) fn connection(&mut self) -> &mut DB::Connection {
        &mut self.connection
    }
}

impl<DB: Database> Drop for Lease<DB> {
    fn drop(&mut self) {
        // A connection that is dropped in the middle of it is closed.
        tokio::spawn(timeout(self.timeout, self.connection.return_to_pool()));
    }
}

/// Whether a connection that is returned may be used again: for a pool's `after_release`.
///
/// SQLite rolls a transaction back by itself where the disk is full or fails. The rollback that
/// follows is an error then, and sqlx goes on to count a transaction: what is committed later would
/// be the release of a savepoint, in a transaction that never ends.
pub(super) fn is_idle<C: Connection>(
    connection: &mut C,
    _: PoolConnectionMetadata,
) -> BoxFuture<'_, Result<bool, sqlx::Error>> {
    Box::pin(async move {
        if !connection.is_in_transaction() {
            return Ok(true);
        }
        // A rollback that is queued is carried out before this is answered.
        connection.ping().await?;
        Ok(!connection.is_in_transaction())
    })
}

/// Begins a transaction that writes: [`Write::begin_write`].
pub(super) trait Write: Connection {
    /// # Errors
    ///
    /// Those of the database; and an error where the connection is in a transaction already.
    fn begin_write(
        &mut self,
    ) -> BoxFuture<'_, Result<Transaction<'_, Self::Database>, sqlx::Error>>;
}

impl Write for SqliteConnection {
    /// With its lock. Otherwise SQLite would take that with the first statement that writes, and refuse
    /// it where another process has written since the first that reads.
    fn begin_write(&mut self) -> BoxFuture<'_, Result<Transaction<'_, Sqlite>, sqlx::Error>> {
        Box::pin(self.begin_with("BEGIN IMMEDIATE"))
    }
}

impl Write for PgConnection {
    /// A savepoint, where a pooler's client is in a transaction already.
    fn begin_write(&mut self) -> BoxFuture<'_, Result<Transaction<'_, Postgres>, sqlx::Error>> {
        Box::pin(self.begin())
    }
}
