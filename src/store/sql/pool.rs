//! The connections to a database.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::error::SqlError;
use super::postgres::PostgresPool;
use super::sqlite::SqlitePools;
use super::url::DatabaseUrl;
use crate::clock::Clock;
use crate::store::StoreError;
use crate::store::caller_cache::CallerCache;

/// How a database is used.
#[derive(Clone, Copy, Debug)]
pub struct SqlOptions {
    /// How many connections to PostgreSQL may be open. Default 10.
    pub connections: u32,
    /// How long a statement may take, the wait for a connection included. Default 2 s.
    pub timeout: Duration,
    /// Whether a SQLite file that is missing is created. Default true.
    pub create: bool,
}

impl Default for SqlOptions {
    fn default() -> Self {
        Self { connections: 10, timeout: Duration::from_secs(2), create: true }
    }
}

/// A store in a SQL database. A cheap handle; its clones share connections and cache.
#[derive(Clone, Debug)]
pub struct SqlStore {
    pub(super) pool: Pool,
    pub(super) options: SqlOptions,
    /// Which database it is, for the log.
    database: Arc<str>,
    pub(super) callers: Arc<CallerCache>,
}

/// An enum and not a type parameter, so that nothing above has one; and not `sqlx::Any`, which
/// fails on SQLite's booleans.
#[derive(Clone, Debug)]
pub(super) enum Pool {
    Sqlite(SqlitePools),
    Postgres(PostgresPool),
}

/// Runs a statement on whichever database it is: `on!(store, read | write, |db| statement)`.
///
/// The statement is one text that is checked against both drivers. It is run again where PostgreSQL
/// refused it as a whole for a reason that has gone, and given up when it takes too long.
macro_rules! on {
    ($store:expr, $role:ident, |$db:ident| $statement:expr) => {
        $store
            .in_time(async {
                let mut attempts_left = 10_u32;
                loop {
                    let attempt = match &$store.pool {
                        $crate::store::sql::pool::Pool::Sqlite(pools) => {
                            ::std::ops::ControlFlow::Break(match pools.$role().await {
                                Ok(mut lease) => {
                                    let $db = &mut *lease;
                                    match $statement.await {
                                        // It may have been written into a file that is gone.
                                        Ok(result) => pools.check().await.map(|()| result),
                                        Err(error) => Err(error),
                                    }
                                }
                                Err(error) => Err(error),
                            })
                        }
                        $crate::store::sql::pool::Pool::Postgres(pool) => match pool.take().await {
                            Ok(mut lease) => {
                                let result = match lease.scope().await {
                                    Ok(mut scope) => {
                                        let $db = scope.connection();
                                        let result = $statement.await;
                                        scope.end(result).await
                                    }
                                    // It may be in a transaction: it is closed.
                                    Err(error) => break Err(error),
                                };
                                lease.settle(result).await
                            }
                            Err(error) => ::std::ops::ControlFlow::Break(Err(error)),
                        },
                    };
                    match attempt {
                        ::std::ops::ControlFlow::Continue(_) if attempts_left > 0 => {
                            attempts_left -= 1;
                        }
                        ::std::ops::ControlFlow::Continue(error) => break Err(error),
                        ::std::ops::ControlFlow::Break(result) => break result,
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
    /// [`StoreError`], where the URL has a part that PostgreSQL does not know.
    pub fn new(
        url: &DatabaseUrl,
        options: SqlOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let pool = match url {
            DatabaseUrl::Sqlite(path) => Pool::Sqlite(SqlitePools::new(path, options)),
            DatabaseUrl::Postgres(url) => Pool::Postgres(PostgresPool::new(url, options)?),
        };
        let callers = Arc::new(CallerCache::new(clock));
        Ok(Self { pool, options, database: url.to_string().into(), callers })
    }

    /// Closes the connections, when what they are doing is done.
    pub async fn close(&self) {
        match &self.pool {
            Pool::Sqlite(pools) => pools.close().await,
            // Not waited for: a server may not answer.
            Pool::Postgres(pool) => pool.close(),
        }
    }

    /// The result of a statement, if it comes in time.
    pub(super) async fn in_time<T>(
        &self,
        statement: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, SqlError> {
        // A little more than the database itself is given, whose own error says more.
        let patience = self.options.timeout + self.options.timeout / 4;
        let result = timeout(patience, statement).await;
        let result = result.unwrap_or_else(|late| Err(sqlx::Error::Io(late.into())));
        result.map_err(|source| SqlError { database: Arc::clone(&self.database), source })
    }
}
