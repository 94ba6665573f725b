//! The connections to a database.

use std::future::Future;
use std::thread;
use std::time::Duration;

use secrecy::ExposeSecret;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use tokio::time::timeout;

use super::error::TimedOut;
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
                        $crate::store::sql::pool::Pool::Postgres($db) => $statement.await,
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
                let file = SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(true)
                    .foreign_keys(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(options.timeout);
                let readers = thread::available_parallelism().map_or(2, |cores| cores.get().max(2));
                let readers = u32::try_from(readers).unwrap_or(2);
                let pool = |connections| {
                    SqlitePoolOptions::new()
                        .max_connections(connections)
                        .acquire_timeout(options.timeout)
                        // A connection to a file does not die behind our back.
                        .test_before_acquire(false)
                };
                Pool::Sqlite {
                    write: pool(1).connect_lazy_with(file.clone()),
                    read: pool(readers).connect_lazy_with(file),
                }
            }
            DatabaseUrl::Postgres(url) => {
                let server: PgConnectOptions = url.expose_secret().parse()?;
                let milliseconds = options.timeout.as_millis().to_string();
                let server = server.options([("statement_timeout", milliseconds)]);
                let pool = PgPoolOptions::new()
                    .max_connections(options.connections)
                    .acquire_timeout(options.timeout);
                Pool::Postgres(pool.connect_lazy_with(server))
            }
        };
        Ok(Self { pool, options })
    }

    /// Closes the connections, when what they are doing is done.
    pub async fn close(&self) {
        match &self.pool {
            Pool::Sqlite { write, read } => {
                read.close().await;
                // The last one out writes the log back into the file.
                write.close().await;
            }
            Pool::Postgres(pool) => pool.close().await,
        }
    }

    /// The result of a statement, if it comes in time.
    pub(super) async fn in_time<T>(
        &self,
        statement: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, StoreError> {
        // A little more than the database itself is given, whose own error says more.
        let patience = self.options.timeout + self.options.timeout / 4;
        Ok(timeout(patience, statement).await.map_err(|_| TimedOut)??)
    }
}
