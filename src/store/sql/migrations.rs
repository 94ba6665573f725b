//! The tables, brought up to date.

use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPool};
use sqlx::sqlite::SqliteConnection;
use sqlx::{ConnectOptions, Connection};
use tokio::time::timeout;

use super::error::reason;
use super::pool::{Pool, SqlStore};

static SQLITE: Migrator = sqlx::migrate!("src/store/sql/migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("src/store/sql/migrations/postgres");

/// How often SQLite is tried: of several processes that start at once on one new file one makes
/// the tables, and the others see them at their next try.
const TRIES: usize = 5;

/// Why the tables are not as they have to be.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The database has tables of a newer version.
    #[error("the database is from a newer version of countersign (it has migration {0})")]
    Newer(i64),
    /// The database cannot be reached, or failed.
    #[error("the database cannot be used: {}", migrate_reason(.0))]
    Failed(#[source] MigrateError),
}

impl SqlStore {
    /// The number of the last migration that the tables have had; `None` where there are no tables,
    /// or where it cannot be told.
    pub async fn version(&self) -> Option<i64> {
        let newest = "SELECT MAX(version) FROM _sqlx_migrations";
        on!(self, read, |db| sqlx::query_scalar(newest).fetch_one(db)).ok().flatten()
    }

    /// Brings the tables up to date. Several processes may do so at once.
    ///
    /// On PostgreSQL they take turns by an advisory lock, and each waits for as long as the others
    /// need: no time-out ends that, nor a statement that changes many rows. `locking` turns the lock
    /// off, for engines that have none; then only one process may migrate at a time.
    ///
    /// # Errors
    ///
    /// [`MigrationError`] says what is in the way.
    pub async fn migrate(&self, locking: bool) -> Result<(), MigrationError> {
        let result = match &self.pool {
            Pool::Sqlite(pools) => {
                let mut lease = pools.write().await.map_err(MigrateError::Execute)?;
                migrate_sqlite(lease.connection()).await
            }
            Pool::Postgres(pool) => {
                let mut migrator =
                    Migrator { migrations: POSTGRES.migrations.clone(), ..Migrator::DEFAULT };
                migrator.set_locking(locking);
                migrate_alone(&migrator, pool, self.options.timeout).await
            }
        };
        Ok(result?)
    }
}

impl From<MigrateError> for MigrationError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(version) => Self::Newer(version),
            error => Self::Failed(error),
        }
    }
}

fn migrate_reason(error: &MigrateError) -> String {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => reason(error),
        error => error.to_string(),
    }
}

async fn migrate_sqlite(connection: &mut SqliteConnection) -> Result<(), MigrateError> {
    let mut result = SQLITE.run_direct(None, connection, false).await;
    for _ in 1..TRIES {
        if !matches!(result, Err(MigrateError::Execute(_) | MigrateError::ExecuteMigration(..))) {
            break;
        }
        result = SQLITE.run_direct(None, connection, false).await;
    }
    result?;
    // Tables that are up to date are not written to, and a file that cannot be would be noticed with
    // the first login. (`BEGIN IMMEDIATE` is not refused there.)
    let writing = sqlx::raw_sql("DELETE FROM users WHERE FALSE").execute(connection).await;
    writing.map(drop).map_err(MigrateError::Execute)
}

/// Migrates on a connection of its own, whose statements may take as long as they need; `patience`
/// is for the connection alone. With the connection the lock goes, however this ends.
async fn migrate_alone(
    migrator: &Migrator,
    pool: &PgPool,
    patience: Duration,
) -> Result<(), MigrateError> {
    // The last word on an option counts.
    let server =
        PgConnectOptions::clone(&pool.connect_options()).options([("statement_timeout", 0)]);
    let connection = timeout(patience, server.connect()).await;
    let connection = connection.unwrap_or_else(|late| Err(sqlx::Error::Io(late.into())));
    let mut connection = connection.map_err(MigrateError::Execute)?;
    let migrated = migrator.run_direct(None, &mut connection, false).await;
    // A farewell that the server does not hear changes nothing.
    let _ = timeout(patience, connection.close()).await;
    migrated
}
