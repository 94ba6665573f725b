//! Connections to PostgreSQL.

use secrecy::{ExposeSecret, SecretString};
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use tokio::time::timeout;

use super::error::store_error;
use super::lease::is_idle;
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
        .after_release(is_idle)
        .before_acquire(move |connection, _| {
            Box::pin(async move {
                let answer = timeout(patience, connection.ping()).await;
                answer.unwrap_or_else(|late| Err(sqlx::Error::Io(late.into())))?;
                Ok(true)
            })
        });
    Ok(pool.connect_lazy_with(server))
}
