//! Connections to PostgreSQL.

use std::ops::ControlFlow;
use std::time::Duration;

use deadpool::Status;
use deadpool::managed::{Object, Pool, PoolError, QueueMode};
use sqlx::postgres::{PgConnection, Postgres};
use sqlx::{AssertSqlSafe, Connection, Transaction};
use tokio::time::timeout;

use super::schema::SchemaName;
use super::sequence;
use super::servers::{Servers, Settings};
use super::url::PostgresUrl;
use crate::store::StoreError;
use crate::store::sql::error::{ErrorClass, SqlError, classify};
use crate::store::sql::options::SqlOptions;
use crate::store::sql::pool_connections::PoolConnections;

/// The idle timeout of connections, checked when another connection is returned.
const IDLE_TIMEOUT: Duration = Duration::from_mins(10);

/// A younger connection was most likely opened for the current statement.
const FRESH: Duration = Duration::from_secs(1);

/// The pool of connections to the servers of a URL. sqlx's own pool supports one server only, and waits
/// for the return of connections.
#[derive(Clone, Debug)]
pub(crate) struct PostgresPool {
    pool: Pool<Servers>,
    timeout: Duration,
    schema: Option<SchemaName>,
}

impl PostgresPool {
    /// Prepares connections, without opening one.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the pool cannot be created.
    pub(crate) fn new(url: &PostgresUrl, options: SqlOptions) -> Result<Self, StoreError> {
        let servers = Servers::new(url, options.timeout);
        let connections = usize::try_from(options.connections).unwrap_or(usize::MAX);
        // Last in first out, so that surplus connections become idle.
        let pool = Pool::builder(servers).max_size(connections).queue_mode(QueueMode::Lifo).build();
        let pool = pool.map_err(|error| SqlError {
            database: url.to_string().into(),
            source: sqlx::Error::Configuration(error.into()),
        })?;
        Ok(Self { pool, timeout: options.timeout, schema: url.schema.clone() })
    }

    /// The connections of the pool.
    pub(crate) fn connections(&self) -> PoolConnections {
        let Status { max_size: max, size, available: idle, .. } = self.pool.status();
        PoolConnections { pool: "all", idle, in_use: size.saturating_sub(idle), max }
    }

    /// A connection that has just been tested.
    pub(crate) async fn take(&self) -> Result<PooledConnection, sqlx::Error> {
        let taken = timeout(self.timeout, self.pool.get()).await;
        let taken = taken.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let live = taken.map_err(|error| match error {
            PoolError::Backend(error) => error,
            _ => sqlx::Error::PoolClosed,
        })?;
        Ok(PooledConnection { live: Some(live), is_settled: false, timeout: self.timeout })
    }

    /// A connection outside of the pool.
    pub(crate) async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        Ok(self.pool.manager().connect().await?.connection)
    }

    /// The settings of each session.
    pub(super) fn settings(&self) -> &Settings {
        self.pool.manager().settings()
    }

    /// The configured schema of the tables.
    pub(crate) fn schema(&self) -> Option<&SchemaName> {
        self.schema.as_ref()
    }

    pub(crate) fn close(&self) {
        self.pool.close();
    }
}

/// A connection for one statement. Its return to the pool does not block.
pub(crate) struct PooledConnection {
    /// `None` only while it is dropped.
    live: Option<Object<Servers>>,
    /// Whether the statement has ended, so that the connection can be reused.
    is_settled: bool,
    timeout: Duration,
}

/// The scope of a statement: through a pooler a transaction, since two messages outside of a transaction
/// may reach two servers.
pub(crate) enum Scope<'a> {
    Session(&'a mut PgConnection),
    Transaction(Transaction<'a, Postgres>),
}

impl PooledConnection {
    pub(crate) async fn scope(&mut self) -> Result<Scope<'_>, sqlx::Error> {
        let live = self.live.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        if !live.is_pooled {
            return Ok(Scope::Session(&mut live.connection));
        }
        let pool = Object::pool(live).ok_or(sqlx::Error::PoolClosed)?;
        let begin = pool.manager().settings().begin();
        Ok(Scope::Transaction(live.connection.begin_with(AssertSqlSafe(begin)).await?))
    }

    /// Decides after a statement whether the connection is reused. `Break` has the result of the
    /// statement; `Continue` means that it is retried.
    pub(crate) async fn settle<T>(
        mut self,
        result: Result<T, sqlx::Error>,
    ) -> ControlFlow<Result<T, sqlx::Error>, sqlx::Error> {
        let Err(error) = result else {
            self.is_settled = true;
            return ControlFlow::Break(result);
        };
        let Some(live) = self.live.as_mut() else { return ControlFlow::Break(Err(error)) };
        let class = classify(&error);
        match class {
            ErrorClass::Rejected | ErrorClass::Conflict => self.is_settled = true,
            ErrorClass::StalePlan => {
                self.is_settled = live.connection.clear_cached_statements().await.is_ok();
            }
            ErrorClass::IdTaken => {
                let begin = Object::pool(live).map(|pool| pool.manager().settings().begin());
                let begin = begin.unwrap_or_default();
                self.is_settled = true;
                // The first error is more informative.
                if sequence::advance(&mut live.connection, begin).await.is_err() {
                    return ControlFlow::Break(Err(error));
                }
            }
            ErrorClass::ReadOnly | ErrorClass::Lost => {
                if let Some(pool) = Object::pool(live) {
                    pool.manager().invalidate_connections();
                }
            }
        }
        let is_fresh = Object::metrics(live).age() < FRESH;
        match class {
            ErrorClass::Conflict | ErrorClass::StalePlan | ErrorClass::IdTaken => {
                ControlFlow::Continue(error)
            }
            // Nothing was written, and a new connection may reach another server.
            ErrorClass::ReadOnly if !is_fresh => ControlFlow::Continue(error),
            ErrorClass::ReadOnly | ErrorClass::Rejected | ErrorClass::Lost => {
                ControlFlow::Break(Err(error))
            }
        }
    }
}

impl Scope<'_> {
    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        match self {
            Self::Session(connection) => connection,
            Self::Transaction(transaction) => transaction,
        }
    }

    /// Ends the transaction of a connection through a pooler: commits or rolls back.
    pub(crate) async fn end<T>(self, result: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        let Self::Transaction(mut transaction) = self else { return result };
        // The prepared statements belong to the server connection, which another client uses next.
        transaction.clear_cached_statements().await?;
        if result.is_ok() {
            transaction.commit().await?;
        } else {
            transaction.rollback().await?;
        }
        result
    }
}

impl Drop for PooledConnection {
    /// Returns the connection to the pool if its statement has ended and it is in no transaction;
    /// otherwise closes it.
    fn drop(&mut self) {
        let Some(mut live) = self.live.take() else { return };
        if !self.is_settled {
            drop(Object::take(live));
            return;
        }
        let limit = self.timeout;
        tokio::spawn(async move {
            let flushed = timeout(limit, live.connection.ping()).await;
            if !matches!(flushed, Ok(Ok(()))) || live.connection.is_in_transaction() {
                drop(Object::take(live));
            } else if let Some(pool) = Object::pool(&live) {
                pool.retain(|_, metrics| metrics.last_used() < IDLE_TIMEOUT);
            }
        });
    }
}
