//! The SQL store and its connections.

use std::future::Future;
use std::sync::Arc;

use tokio::time::timeout;

use super::error::SqlError;
use super::options::SqlOptions;
use super::pool_connections::PoolConnections;
use super::postgres::PostgresPool;
use super::sqlite::SqlitePools;
use super::url::DatabaseUrl;
use crate::clock::Clock;
use crate::metrics::CallerCacheMetrics;
use crate::store::StoreError;
use crate::store::caller_cache::CallerCache;

/// A store in a SQL database. A cheap handle; its clones share connections and cache.
#[derive(Clone, Debug)]
pub struct SqlStore {
    pub(super) pool: Pool,
    pub(super) options: SqlOptions,
    /// The URL without its password, for the log.
    database: Arc<str>,
    pub(super) callers: Arc<CallerCache>,
}

/// The connections to either database. An enum, so that no type above needs a parameter; not
/// `sqlx::Any`, which fails on SQLite's booleans.
#[derive(Clone, Debug)]
pub(super) enum Pool {
    Sqlite(SqlitePools),
    Postgres(PostgresPool),
}

/// Runs a statement on either database, within the timeout: `on!(store, read | write, |db| statement)`.
///
/// The statement is one text, and type-checks against both drivers. On PostgreSQL it is retried after
/// a conflict, and where the cause of its rejection was removed.
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
                                        // The file may have been deleted or replaced meanwhile.
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
    /// A store that connects with its first statement. `clock` is that of the cache.
    ///
    /// A SQLite file is in WAL mode with `synchronous=FULL`: acknowledged changes survive a loss of
    /// power.
    ///
    /// # Errors
    ///
    /// [`StoreError`], where the URL has an invalid part.
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

    /// The metrics of the cache of caller look-ups.
    #[must_use]
    pub fn caller_cache_metrics(&self) -> &CallerCacheMetrics {
        &self.callers.metrics
    }

    /// The name of the database system.
    #[must_use]
    pub fn system(&self) -> &'static str {
        match &self.pool {
            Pool::Sqlite(_) => "sqlite",
            Pool::Postgres(_) => "postgresql",
        }
    }

    /// The connections of each pool.
    #[must_use]
    pub fn connections(&self) -> Vec<PoolConnections> {
        match &self.pool {
            Pool::Sqlite(pools) => pools.connections(),
            Pool::Postgres(pool) => vec![pool.connections()],
        }
    }

    /// Closes the connections after their statements.
    pub async fn close(&self) {
        match &self.pool {
            Pool::Sqlite(pools) => pools.close().await,
            // Not awaited: a server may not respond.
            Pool::Postgres(pool) => pool.close(),
        }
    }

    /// The result of a statement, within the timeout.
    pub(super) async fn in_time<T>(
        &self,
        statement: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, SqlError> {
        // A little more than the timeout of the database itself, whose error is more informative.
        let deadline = self.options.timeout + self.options.timeout / 4;
        // Boxed, since the futures of a statement are large.
        let result = timeout(deadline, Box::pin(statement)).await;
        let result = result.unwrap_or_else(|late| Err(sqlx::Error::Io(late.into())));
        result.map_err(|source| SqlError { database: Arc::clone(&self.database), source })
    }
}
