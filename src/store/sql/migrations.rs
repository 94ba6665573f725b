//! Migrations of the tables.

use std::sync::LazyLock;

use sqlx::SqlStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::SqliteConnection;

use super::error::reason;
use super::pool::{Pool, SqlStore};
use super::postgres;
use super::transactions::BeginWrite;

/// The migrations of an engine, in their order. (The macro of sqlx that reads the folder belongs to the
/// crate that [`rows!`] avoids.)
macro_rules! migrator {
    ($engine:literal) => {
        LazyLock::new(|| {
            migrator([
                ("users", sql!($engine, "0001_users")),
                ("sessions", sql!($engine, "0002_sessions")),
                ("rotation and audit", sql!($engine, "0003_rotation_and_audit")),
                ("audit chain", sql!($engine, "0004_audit_chain")),
                ("throttle", sql!($engine, "0005_throttle")),
                ("mail", sql!($engine, "0006_mail")),
                ("administration", sql!($engine, "0007_administration")),
            ])
        })
    };
}

/// The statements of a migration.
macro_rules! sql {
    ($engine:literal, $name:literal) => {
        include_str!(concat!("migrations/", $engine, "/", $name, ".sql"))
    };
}

static SQLITE: LazyLock<Migrator> = migrator!("sqlite");
static POSTGRES: LazyLock<Migrator> = migrator!("postgres");

/// The migrations with these descriptions and statements, numbered from 1.
fn migrator<const N: usize>(migrations: [(&'static str, &'static str); N]) -> Migrator {
    let numbered = (1..).zip(migrations).map(|(version, (description, sql))| {
        let sql = SqlStr::from_static(sql);
        Migration::new(version, description.into(), MigrationType::Simple, sql, false)
    });
    Migrator::with_migrations(numbered.collect())
}

const NEWEST: &str = "SELECT MAX(version) FROM _sqlx_migrations";

/// The versions of the tables, as numbers of migrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    /// Before the migration; `None` if there were no tables.
    pub before: Option<i64>,
    /// After the migration.
    pub after: i64,
}

/// Errors of a migration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrationError {
    /// The tables are from a newer version of countersign.
    #[error("the database is from a newer version of countersign (migration {0})")]
    Newer(i64),
    /// The schema has tables of another program with the same names.
    #[error(
        "the schema {schema} has tables of another program: {found}; create those of countersign in \
         another schema with --database-schema, such as --database-schema countersign"
    )]
    Foreign {
        /// The schema.
        schema: String,
        /// The foreign table or column.
        found: String,
    },
    /// The role may not create tables.
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
    /// The role may not create the schema.
    #[error(
        "the role {role} may neither use nor create the schema {schema}; as a role that may: CREATE \
         SCHEMA {schema} AUTHORIZATION {role}, or GRANT USAGE ON SCHEMA {schema} TO {role} if it \
         exists"
    )]
    Schema {
        /// The role.
        role: String,
        /// The schema.
        schema: String,
    },
    /// The SQLite file has tables of another program with the same names.
    #[error("the file has tables of another program ({0}); use another file")]
    ForeignFile(String),
    /// The database is unreachable or failed.
    #[error("{}", reason(.0))]
    Database(#[from] sqlx::Error),
    /// The table of migrations is inconsistent.
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
    /// Migrates the tables. Several processes may do so concurrently.
    ///
    /// On PostgreSQL it is one transaction, which writes nothing if the tables are up to date. Concurrent
    /// migrations take turns by an advisory lock, without a timeout for the lock or for statements.
    /// Without `locking`, for engines that have no such lock, only one process may migrate at a time.
    ///
    /// # Errors
    ///
    /// [`MigrationError`].
    pub async fn migrate(&self, locking: bool) -> Result<Versions, MigrationError> {
        match &self.pool {
            Pool::Sqlite(pools) => {
                let mut connection = pools.write().await?;
                migrate_sqlite(&mut connection).await
            }
            Pool::Postgres(pool) => postgres::migrate(&POSTGRES, pool, locking).await,
        }
    }
}

/// Tables of another program with the names of countersign's, in a SQLite file. sqlx would create its
/// own table beside them before the first migration fails.
async fn foreign_tables(connection: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    let tables = "SELECT name FROM sqlite_schema \
                  WHERE name IN ('_sqlx_migrations', 'audit_chain', 'audit_events', 'mails', \
                  'one_time_tokens', 'sessions', 'throttle_failures', 'throttle_version', 'users') ORDER BY name";
    let names: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut *connection).await?;
    let is_ours = "SELECT COUNT(version) + COUNT(checksum) FROM _sqlx_migrations";
    let is_ours = names.iter().any(|name| name == "_sqlx_migrations")
        && sqlx::query(is_ours).fetch_one(connection).await.is_ok();
    Ok(if is_ours { Vec::new() } else { names })
}

/// Migrates in one transaction, which holds the write lock from its beginning: several processes that
/// start on a new file take turns.
async fn migrate_sqlite(connection: &mut SqliteConnection) -> Result<Versions, MigrationError> {
    let mut transaction = connection.begin_write().await?;
    let foreign = foreign_tables(&mut transaction).await?;
    if !foreign.is_empty() {
        return Err(MigrationError::ForeignFile(foreign.join(", ")));
    }
    let before = sqlx::query_scalar(NEWEST).fetch_one(&mut *transaction).await.ok().flatten();
    SQLITE.run_direct(None, &mut *transaction, false).await?;
    // Detects a read-only file now and not at the first login. (`BEGIN IMMEDIATE` succeeds there.)
    sqlx::raw_sql("DELETE FROM users WHERE FALSE").execute(&mut *transaction).await?;
    let after = sqlx::query_scalar(NEWEST).fetch_one(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(Versions { before, after })
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

    /// A released migration never changes, since existing tables were created by it. Append new ones.
    #[test]
    fn released_migrations_never_change() {
        let pinned = |list: &[(i64, &str)]| -> Vec<(i64, String)> {
            list.iter().map(|(version, checksum)| (*version, (*checksum).to_owned())).collect()
        };
        assert_eq!(checksums(&SQLITE), pinned(&SQLITE_CHECKSUMS));
        assert_eq!(checksums(&POSTGRES), pinned(&POSTGRES_CHECKSUMS));
    }

    #[test]
    fn each_file_is_a_migration() {
        for (engine, migrator) in [("sqlite", &SQLITE), ("postgres", &POSTGRES)] {
            let folder =
                format!("{}/src/store/sql/migrations/{engine}", env!("CARGO_MANIFEST_DIR"));
            let mut files: Vec<_> = std::fs::read_dir(folder)
                .unwrap()
                .map(|file| file.unwrap().file_name().into_string().unwrap())
                .collect();
            files.sort();
            let named = |it: &Migration| {
                format!("{:04}_{}.sql", it.version, it.description.replace(' ', "_"))
            };
            assert_eq!(migrator.iter().map(named).collect::<Vec<_>>(), files);
        }
    }

    const SQLITE_CHECKSUMS: [(i64, &str); 7] = [
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
        (
            4,
            "db0ef26bae37e328a6c5ba00fdf15637df1e789d93e183e0\
             2a951591c5a58230674abfc76f0f2264ea665bcffbb390b4",
        ),
        (
            5,
            "0171f6051898f784703951db5ef6af97326a8a53a5f504e4\
             84431e49dbf8ddcaec2dc25a487940e5f68bacd05d78127a",
        ),
        (
            6,
            "f0223d5ecfccc06e5d852590742f69716a8bceabfcc6896c\
             49a829dec66e9cb9dfcb72415fb0198603f12b40ab70ee61",
        ),
        (
            7,
            "1d40632cfdb3182b31801ac635a8396c1d96eb28652d0d50\
             c00fcb337fdca621ece9f04828df1400cfb149adefdfadd4",
        ),
    ];

    const POSTGRES_CHECKSUMS: [(i64, &str); 7] = [
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
        (
            4,
            "627f3b7bc1953a5279e6b35cc88fe575a997adcb78c7fe7d\
             2d5da492ffdbc90e911441fc4a26698b611f8dc54a4e2b09",
        ),
        (
            5,
            "0171f6051898f784703951db5ef6af97326a8a53a5f504e4\
             84431e49dbf8ddcaec2dc25a487940e5f68bacd05d78127a",
        ),
        (
            6,
            "118745a7b15b697d28f4351fdf785a8b627705c54a83430f\
             c2f6167c59507cba04909eeeeb51298248f13804be94f6af",
        ),
        (
            7,
            "1d40632cfdb3182b31801ac635a8396c1d96eb28652d0d50\
             c00fcb337fdca621ece9f04828df1400cfb149adefdfadd4",
        ),
    ];
}
