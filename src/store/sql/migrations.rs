//! The tables, brought up to date.

use sqlx::migrate::{MigrateError, Migrator};

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
    #[error("the database cannot be used: {0}")]
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
    /// On PostgreSQL they take turns by an advisory lock. `locking` turns it off, for engines that
    /// have none; then only one process may migrate at a time.
    ///
    /// # Errors
    ///
    /// [`MigrationError`] says what is in the way.
    pub async fn migrate(&self, locking: bool) -> Result<(), MigrationError> {
        let result = match &self.pool {
            Pool::Sqlite { write, .. } => {
                let mut result = SQLITE.run(write).await;
                for _ in 1..TRIES {
                    if !matches!(
                        result,
                        Err(MigrateError::Execute(_) | MigrateError::ExecuteMigration(..))
                    ) {
                        break;
                    }
                    result = SQLITE.run(write).await;
                }
                match result {
                    // Tables that are up to date are not written to, and a file that cannot be
                    // would be noticed with the first login. (`BEGIN IMMEDIATE` is not refused there.)
                    Ok(()) => sqlx::raw_sql("DELETE FROM users WHERE FALSE")
                        .execute(write)
                        .await
                        .map(drop)
                        .map_err(MigrateError::Execute),
                    failed => failed,
                }
            }
            Pool::Postgres(pool) => {
                let mut migrator =
                    Migrator { migrations: POSTGRES.migrations.clone(), ..Migrator::DEFAULT };
                migrator.set_locking(locking);
                migrator.run(pool).await
            }
        };
        result.map_err(|error| match error {
            MigrateError::VersionMissing(version) => MigrationError::Newer(version),
            error => MigrationError::Failed(error),
        })
    }
}
