//! Connections to PostgreSQL.

use std::ops::ControlFlow;
use std::time::Duration;

use deadpool::managed::{Object, Pool, PoolError, QueueMode};
use sqlx::postgres::{PgConnection, Postgres};
use sqlx::{AssertSqlSafe, Connection, Transaction};
use tokio::time::timeout;

use super::schema::SchemaName;
use super::sequence;
use super::servers::{Servers, Settings};
use super::url::PostgresUrl;
use crate::store::StoreError;
use crate::store::sql::error::{Meaning, SqlError, meaning};
use crate::store::sql::pool::SqlOptions;

/// A connection that has been idle for longer is closed with the next use of another one.
const IDLE: Duration = Duration::from_mins(10);

/// A connection that is younger has been opened for this statement, or nearly so.
const FRESH: Duration = Duration::from_secs(1);

/// The connections to the servers of one URL.
///
/// Not sqlx's pool: that one knows one server, and waits for connections that are given back.
#[derive(Clone, Debug)]
pub(crate) struct PostgresPool {
    pool: Pool<Servers>,
    patience: Duration,
    schema: Option<SchemaName>,
}

impl PostgresPool {
    /// Prepares connections, without opening one.
    ///
    /// # Errors
    ///
    /// [`StoreError`], where there can be no pool.
    pub(crate) fn new(url: &PostgresUrl, options: SqlOptions) -> Result<Self, StoreError> {
        let servers = Servers::new(url, options.timeout);
        let connections = usize::try_from(options.connections).unwrap_or(usize::MAX);
        // The one that was used last, so that others become idle.
        let pool = Pool::builder(servers).max_size(connections).queue_mode(QueueMode::Lifo).build();
        let pool = pool.map_err(|error| SqlError {
            database: url.to_string().into(),
            source: sqlx::Error::Configuration(error.into()),
        })?;
        Ok(Self { pool, patience: options.timeout, schema: url.schema.clone() })
    }

    /// A connection that was well a moment ago.
    pub(crate) async fn take(&self) -> Result<Lease, sqlx::Error> {
        let taken = timeout(self.patience, self.pool.get()).await;
        let taken = taken.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let live = taken.map_err(|error| match error {
            PoolError::Backend(error) => error,
            _ => sqlx::Error::PoolClosed,
        })?;
        Ok(Lease { live: Some(live), is_settled: false, patience: self.patience })
    }

    /// A connection that is not of the pool.
    pub(crate) async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        Ok(self.pool.manager().connect().await?.connection)
    }

    /// What its sessions have.
    pub(super) fn settings(&self) -> &Settings {
        self.pool.manager().settings()
    }

    /// The schema of the tables, where one is asked for.
    pub(crate) fn schema(&self) -> Option<&SchemaName> {
        self.schema.as_ref()
    }

    pub(crate) fn close(&self) {
        self.pool.close();
    }
}

/// A connection to PostgreSQL for one use; it is not waited for when it is given back.
pub(crate) struct Lease {
    /// Until it is dropped.
    live: Option<Object<Servers>>,
    /// Whether the use has ended, so that nothing is under way any more.
    is_settled: bool,
    patience: Duration,
}

/// What a statement runs in: through a pooler a transaction, since two messages outside of one may
/// reach two servers.
pub(crate) enum Scope<'a> {
    Session(&'a mut PgConnection),
    Transaction(Transaction<'a, Postgres>),
}

impl Lease {
    pub(crate) async fn scope(&mut self) -> Result<Scope<'_>, sqlx::Error> {
        let live = self.live.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        if !live.is_pooled {
            return Ok(Scope::Session(&mut live.connection));
        }
        let pool = Object::pool(live).ok_or(sqlx::Error::PoolClosed)?;
        let begin = pool.manager().settings().begin();
        Ok(Scope::Transaction(live.connection.begin_with(AssertSqlSafe(begin)).await?))
    }

    /// What becomes of the connection after a statement; the statement's result, unless it is to be
    /// run again.
    pub(crate) async fn settle<T>(
        mut self,
        result: Result<T, sqlx::Error>,
    ) -> ControlFlow<Result<T, sqlx::Error>, sqlx::Error> {
        let Err(error) = result else {
            self.is_settled = true;
            return ControlFlow::Break(result);
        };
        let Some(live) = self.live.as_mut() else { return ControlFlow::Break(Err(error)) };
        let meaning = meaning(&error);
        match meaning {
            Meaning::Refused | Meaning::Conflict => self.is_settled = true,
            Meaning::StalePlan => {
                self.is_settled = live.connection.clear_cached_statements().await.is_ok();
            }
            Meaning::IdTaken => {
                let begin = Object::pool(live).map(|pool| pool.manager().settings().begin());
                let begin = begin.unwrap_or_default();
                self.is_settled = true;
                // The first error says more than one of these.
                if sequence::advance(&mut live.connection, begin).await.is_err() {
                    return ControlFlow::Break(Err(error));
                }
            }
            Meaning::ReadOnly | Meaning::Lost => {
                if let Some(pool) = Object::pool(live) {
                    pool.manager().distrust();
                }
            }
        }
        let is_fresh = Object::metrics(live).age() < FRESH;
        match meaning {
            Meaning::Conflict | Meaning::StalePlan | Meaning::IdTaken => {
                ControlFlow::Continue(error)
            }
            // Nothing was done, and the next connection is another one.
            Meaning::ReadOnly if !is_fresh => ControlFlow::Continue(error),
            Meaning::ReadOnly | Meaning::Refused | Meaning::Lost => ControlFlow::Break(Err(error)),
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

    /// Ends the transaction of a pooler's client, as the statement ended.
    pub(crate) async fn end<T>(self, result: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        let Self::Transaction(mut transaction) = self else { return result };
        // The names of statements are the server's, which has another client next.
        transaction.clear_cached_statements().await?;
        if result.is_ok() {
            transaction.commit().await?;
        } else {
            transaction.rollback().await?;
        }
        result
    }
}

impl Drop for Lease {
    /// Gives the connection back when it has heard everything and is in no transaction; otherwise
    /// it is closed, and so is one whose statement was dropped in the middle.
    fn drop(&mut self) {
        let Some(mut live) = self.live.take() else { return };
        if !self.is_settled {
            drop(Object::take(live));
            return;
        }
        let patience = self.patience;
        tokio::spawn(async move {
            let flushed = timeout(patience, live.connection.ping()).await;
            if !matches!(flushed, Ok(Ok(()))) || live.connection.is_in_transaction() {
                drop(Object::take(live));
            } else if let Some(pool) = Object::pool(&live) {
                pool.retain(|_, metrics| metrics.last_used() < IDLE);
            }
        });
    }
}
