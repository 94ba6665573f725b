//! The connections to a database.

use std::future::Future;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use secrecy::ExposeSecret;
use sqlx::Connection;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, Postgres};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use tokio::time::timeout;

use super::error::store_error;
use super::url::DatabaseUrl;
use crate::store::StoreError;

/// How a database is used.
#[derive(Clone, Copy, Debug)]
pub struct SqlOptions {
    /// How many connections to PostgreSQL may be open. Default 10.
    pub connections: u32,
    /// How long a statement may take, the wait for a connection included. Default 2 s.
    pub timeout: Duration,
}

impl Default for SqlOptions {
    fn default() -> Self {
        Self { connections: 10, timeout: Duration::from_secs(2) }
    }
}

/// Keeps users in a SQL database.
///
/// A cheap handle; its clones share the connections.
#[derive(Clone, Debug)]
pub struct SqlStore {
    pub(super) pool: Pool,
    pub(super) options: SqlOptions,
    /// Which database it is, for the log.
    database: Arc<str>,
}

/// An enum and not a type parameter, so that nothing above has one; and not `sqlx::Any`, which
/// fails on SQLite's booleans.
#[derive(Clone, Debug)]
pub(super) enum Pool {
    Sqlite {
        /// One connection: SQLite has one writer at a time, and waiting here is cheaper than there.
        write: SqlitePool,
        read: SqlitePool,
    },
    Postgres(PgPool),
}

/// Runs a statement on whichever database it is: `on!(store, read | write, |db| statement)`.
///
/// The statement is one text that is checked against both drivers. It is run again where it lost
/// against another transaction, and given up when it takes too long.
macro_rules! on {
    ($store:expr, $role:ident, |$db:ident| $statement:expr) => {
        $store
            .in_time(async {
                let mut attempts_left = 10_u32;
                loop {
                    let result = match &$store.pool {
                        $crate::store::sql::pool::Pool::Sqlite { $role: $db, .. } => {
                            $statement.await
                        }
                        $crate::store::sql::pool::Pool::Postgres(pool) => {
                            let timeout = $store.options.timeout;
                            match $crate::store::sql::pool::Lease::take(pool, timeout).await {
                                Ok(mut lease) => {
                                    let $db = lease.connection();
                                    $statement.await
                                }
                                Err(error) => Err(error),
                            }
                        }
                    };
                    match result {
                        Err(error)
                            if attempts_left > 0
                                && $crate::store::sql::error::is_conflict(&error) =>
                        {
                            attempts_left -= 1;
                        }
                        result => break result,
                    }
                }
            })
            .await
    };
}

/// A connection to PostgreSQL that is not waited for when it is given back.
///
/// The pool asks each connection that comes back whether it is well, and waits for the answer for
/// as long as TCP does: a quarter of an hour, where the server has vanished without a word. Until
/// then its place in the pool would be taken.
pub(super) struct Lease {
    connection: PoolConnection<Postgres>,
    patience: Duration,
}

impl Lease {
    pub(super) async fn take(pool: &PgPool, patience: Duration) -> Result<Self, sqlx::Error> {
        Ok(Self { connection: pool.acquire().await?, patience })
    }

    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // What is dropped in the middle of it is closed.
        tokio::spawn(timeout(self.patience, self.connection.return_to_pool()));
    }
}

impl SqlStore {
    /// Prepares connections, without opening one.
    ///
    /// SQLite's file is made where it is missing, in WAL mode with `synchronous=FULL`: what was
    /// acknowledged survives a loss of power.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`], where the URL has a part that PostgreSQL does not know.
    pub fn new(url: &DatabaseUrl, options: SqlOptions) -> Result<Self, StoreError> {
        let pool = match url {
            DatabaseUrl::Sqlite(path) => {
                // Half for the wait for a connection, half for that for the lock of another process.
                // SQLite cannot be called back while it waits: a statement that was given up would
                // be carried out after its client was told that it was not.
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
                Pool::Sqlite {
                    write: pool(1).connect_lazy_with(file.clone()),
                    read: pool(readers).connect_lazy_with(file),
                }
            }
            DatabaseUrl::Postgres(url) => {
                let server: Result<PgConnectOptions, _> = url.expose_secret().parse();
                let server = server.map_err(|error| store_error("the database URL", error))?;
                let milliseconds = options.timeout.as_millis().to_string();
                let server = server.options([("statement_timeout", milliseconds)]);
                // A part of the time: what is left is enough to connect anew, so that the first
                // requests after a failover find the new server, and not the time-out.
                let patience = options.timeout / 4;
                let pool = PgPoolOptions::new()
                    .max_connections(options.connections)
                    .acquire_timeout(options.timeout)
                    .test_before_acquire(false)
                    .before_acquire(move |connection, _| {
                        Box::pin(async move {
                            let answer = timeout(patience, connection.ping()).await;
                            answer.unwrap_or_else(|late| Err(sqlx::Error::Io(late.into())))?;
                            Ok(true)
                        })
                    });
                Pool::Postgres(pool.connect_lazy_with(server))
            }
        };
        Ok(Self { pool, options, database: format!("{url:?}").into() })
    }

    /// Closes the connections, when what they are doing is done.
    pub async fn close(&self) {
        match &self.pool {
            Pool::Sqlite { write, read } => {
                read.close().await;
                // The last one out writes the log back into the file.
                write.close().await;
            }
            Pool::Postgres(pool) => {
                // A server that does not answer is not waited for.
                let _ = timeout(self.options.timeout, pool.close()).await;
            }
        }
    }

    /// The result of a statement, if it comes in time.
    pub(super) async fn in_time<T>(
        &self,
        statement: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, StoreError> {
        // A little more than the database itself is given, whose own error says more.
        let patience = self.options.timeout + self.options.timeout / 4;
        let result = timeout(patience, statement).await;
        let result = result.unwrap_or_else(|late| Err(sqlx::Error::Io(late.into())));
        result.map_err(|error| store_error(&self.database, error))
    }
}
