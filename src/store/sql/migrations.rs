//! The tables, brought up to date.

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::SqliteConnection;

use super::error::reason;
use super::pool::{Pool, SqlStore};
use super::postgres;

static SQLITE: Migrator = sqlx::migrate!("src/store/sql/migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("src/store/sql/migrations/postgres");

/// How often SQLite is tried: of several processes that start at once on one new file one makes
/// the tables, and the others see them at their next try.
const TRIES: usize = 5;

const NEWEST: &str = "SELECT MAX(version) FROM _sqlx_migrations";

/// The last migrations that the tables have had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    /// Before; `None` where there were no tables.
    pub before: Option<i64>,
    /// Now.
    pub after: i64,
}

/// Why the tables are not as they have to be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrationError {
    /// The database has tables of a newer version.
    #[error("the database is from a newer version of countersign (it has migration {0})")]
    Newer(i64),
    /// The schema of the database has tables of another program by the same names.
    #[error(
        "the schema {schema} has tables of another program: {found}; keep countersign's in a schema \
         of their own with --database-schema, such as --database-schema countersign"
    )]
    Foreign {
        /// The schema.
        schema: String,
        /// What is there, and not countersign's.
        found: String,
    },
    /// The role may not make tables.
    #[error(
        "the role {role} may not create tables in the schema {schema}; run `countersign migrate` \
         once as a role that may, and GRANT USAGE ON SCHEMA {schema}, and SELECT, INSERT, UPDATE, \
         DELETE on its tables, TO {role}"
    )]
    Tables {
        /// The role.
        role: String,
        /// The schema.
        schema: String,
    },
    /// The role may not make the schema.
    #[error(
        "there is no schema {schema} that the role {role} may use, and it may not create one; as a \
         role that may: CREATE SCHEMA {schema} AUTHORIZATION {role}, or GRANT USAGE ON SCHEMA \
         {schema} TO {role} where it is there"
    )]
    Schema {
        /// The role.
        role: String,
        /// The schema.
        schema: String,
    },
    /// A SQLite file has tables of another program by the names of ours.
    #[error("the file has tables of another program ({0}); name a file of its own")]
    ForeignFile(String),
    /// The database cannot be reached, or failed.
    #[error("{}", reason(.0))]
    Database(#[from] sqlx::Error),
    /// The table of the migrations says what cannot be.
    #[error("the database cannot be used: {0}")]
    Failed(#[source] MigrateError),
}

impl From<MigrateError> for MigrationError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(version) => Self::Newer(version),
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                Self::Database(error)
            }
            error => Self::Failed(error),
        }
    }
}

impl SqlStore {
    /// Brings the tables up to date. Several processes may do so at once.
    ///
    /// On PostgreSQL it is one transaction, and nothing is written where all is up to date. Several
    /// take turns by an advisory lock, and each waits for as long as the others need: no time-out
    /// ends that, nor a statement that changes many rows. `locking` turns the lock off, for engines
    /// that have none; then only one process may migrate at a time.
    ///
    /// # Errors
    ///
    /// [`MigrationError`] says what is in the way.
    pub async fn migrate(&self, locking: bool) -> Result<Versions, MigrationError> {
        match &self.pool {
            Pool::Sqlite(pools) => {
                let mut lease = pools.write().await?;
                migrate_sqlite(lease.connection()).await
            }
            Pool::Postgres(pool) => postgres::migrate(&POSTGRES, pool, locking).await,
        }
    }
}

/// Tables of another program by the names of ours, in a SQLite file; sqlx would make its own beside
/// them before the first one is in the way.
async fn foreign_tables(connection: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    let tables = "SELECT name FROM sqlite_schema \
                  WHERE name IN ('_sqlx_migrations', 'audit_events', 'sessions', 'users') ORDER BY name";
    let names: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut *connection).await?;
    let is_ours = "SELECT COUNT(version) + COUNT(checksum) FROM _sqlx_migrations";
    let is_ours = names.iter().any(|name| name == "_sqlx_migrations")
        && sqlx::query(is_ours).fetch_one(connection).await.is_ok();
    Ok(if is_ours { Vec::new() } else { names })
}

async fn migrate_sqlite(connection: &mut SqliteConnection) -> Result<Versions, MigrationError> {
    let foreign = foreign_tables(&mut *connection).await?;
    if !foreign.is_empty() {
        return Err(MigrationError::ForeignFile(foreign.join(", ")));
    }
    let before = sqlx::query_scalar(NEWEST).fetch_one(&mut *connection).await.ok().flatten();
    let mut result = SQLITE.run_direct(None, &mut *connection, false).await;
    for _ in 1..TRIES {
        if !matches!(result, Err(MigrateError::Execute(_) | MigrateError::ExecuteMigration(..))) {
            break;
        }
        result = SQLITE.run_direct(None, &mut *connection, false).await;
    }
    result?;
    // Tables that are up to date are not written to, and a file that cannot be would be noticed with
    // the first login. (`BEGIN IMMEDIATE` is not refused there.)
    sqlx::raw_sql("DELETE FROM users WHERE FALSE").execute(&mut *connection).await?;
    Ok(Versions { before, after: sqlx::query_scalar(NEWEST).fetch_one(connection).await? })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn checksums(migrator: &Migrator) -> Vec<(i64, String)> {
        let hex = |bytes: &[u8]| {
            bytes.iter().fold(String::new(), |mut text, byte| {
                write!(text, "{byte:02x}").unwrap();
                text
            })
        };
        migrator.iter().map(|it| (it.version, hex(&it.checksum))).collect()
    }

    /// A released migration never changes: the tables that it made are out there. Append here what
    /// is new.
    #[test]
    fn released_migrations_never_change() {
        let pinned = |list: &[(i64, &str)]| -> Vec<(i64, String)> {
            list.iter().map(|(version, checksum)| (*version, (*checksum).to_owned())).collect()
        };
        assert_eq!(checksums(&SQLITE), pinned(&SQLITE_CHECKSUMS));
        assert_eq!(checksums(&POSTGRES), pinned(&POSTGRES_CHECKSUMS));
    }

    const SQLITE_CHECKSUMS: [(i64, &str); 3] = [
        (
            1,
            "46913f778ecc8f7ae1b5eb73535e2275ed39de22c99309e4\
             f8673ce58807728504affbbfff00e4a026bae12b02b3c900",
        ),
        (
            2,
            "f11ce35aad9afe54f20a64b32bb2ce0145ea512a2e3b969d\
             444da4bb3311180abd2003ffbb2faeda181c29f6aec6fad0",
        ),
        (
            3,
            "f98fb04b23208a9be2d09627a93a8633c6b61a79a702e53b\
             99d26342f687c1f2357da9dabc6eb1c5ded21a11742f37fd",
        ),
    ];

    const POSTGRES_CHECKSUMS: [(i64, &str); 3] = [
        (
            1,
            "d563edf54879d085df49980332edcf02d35f09b9d47bceef\
             93e421edf5b215ee0e917bca948065e839b3f856abe3606d",
        ),
        (
            2,
            "c2c8742aaab6d9442d8bc0170fff2e90d0d72d630b611b4a\
             874586f101e6a4252c4d900a8b617aa9a682b96806bc37f3",
        ),
        (
            3,
            "e77ea7b88e86d4d9cc018e5d97bdc5c078127bcbc7157865\
             c3902eebfc9ab68872e01c91f0695e44d3d3dbf1fea8b6fb",
        ),
    ];
}
