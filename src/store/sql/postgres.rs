//! Connections to PostgreSQL.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::Connection;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, Postgres};
use tokio::time::timeout;

use super::error::store_error;
use super::pool::SqlOptions;
use crate::store::StoreError;

/// Prepares connections to the server that `url` names, without opening one.
///
/// # Errors
///
/// [`StoreError::Unavailable`], where the URL has a part that PostgreSQL does not know.
pub(super) fn pool(url: &SecretString, options: SqlOptions) -> Result<PgPool, StoreError> {
    let server: Result<PgConnectOptions, _> = url.expose_secret().parse();
    let server = server.map_err(|error| store_error("the database URL", error))?;
    let milliseconds = options.timeout.as_millis().to_string();
    let server = server.options([("statement_timeout", milliseconds)]);
    // A part of the time: what is left is enough to connect anew, so that the first requests after a
    // failover find the new server, and not the time-out.
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
    Ok(pool.connect_lazy_with(server))
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
