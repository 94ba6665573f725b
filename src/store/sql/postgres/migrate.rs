//! Migrations of PostgreSQL's tables.

use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};
use tokio::time::timeout;

use super::pool::PostgresPool;
use super::schema::SchemaName;
use super::servers::Settings;
use crate::store::sql::migrations::{MigrationError, Versions};

/// Serializes migrations. The lock ends with the transaction, also through a pooler.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7306086967307788653)";

/// The timeout for closing the connection.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The role, and the schema of the tables.
struct Location {
    role: String,
    /// The schema in which tables are created; `None` if it does not exist yet.
    current: Option<String>,
    /// The configured schema, if any.
    configured: Option<SchemaName>,
}

/// Migrates the tables in one transaction, on a connection outside of the pool. It writes nothing if
/// the tables are up to date, so that the role needs no right to.
pub(in crate::store::sql) async fn migrate(
    migrator: &Migrator,
    pool: &PostgresPool,
    locking: bool,
) -> Result<Versions, MigrationError> {
    let mut connection = pool.connect().await?;
    let settings = Settings { statement_timeout: 0, ..pool.settings().clone() };
    let mut transaction = connection.begin_with(AssertSqlSafe(settings.begin())).await?;
    let location = Location::new(&mut transaction, pool.schema()).await?;
    let mut before = applied(migrator, &mut transaction, &location).await?;
    let newest = migrator.iter().map(|migration| migration.version).max().unwrap_or_default();
    if before.last() != Some(&newest) {
        if locking {
            sqlx::raw_sql(LOCK).execute(&mut *transaction).await?;
            // Another process may have migrated meanwhile.
            before = applied(migrator, &mut transaction, &location).await?;
        }
        if let (None, Some(schema)) = (&location.current, &location.configured) {
            let create = format!("CREATE SCHEMA IF NOT EXISTS {}", schema.quoted());
            let created = sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut *transaction).await;
            created.map_err(|error| location.explain(error.into()))?;
        }
        let migrator = Migrator {
            migrations: migrator.migrations.clone(),
            locking: false,
            ..Migrator::DEFAULT
        };
        let migrated = migrator.run_direct(None, &mut *transaction, false).await;
        migrated.map_err(|error| location.explain(error.into()))?;
    }
    // The prepared statements belong to the server connection, which another client may use next.
    transaction.clear_cached_statements().await?;
    transaction.commit().await?;
    let _ = timeout(CLOSE_TIMEOUT, connection.close()).await;
    Ok(Versions { before: before.last().copied(), after: newest })
}

/// The applied migrations, in order.
async fn applied(
    migrator: &Migrator,
    connection: &mut PgConnection,
    location: &Location,
) -> Result<Vec<i64>, MigrationError> {
    let is_there = "SELECT to_regclass('_sqlx_migrations') IS NOT NULL";
    if !sqlx::query_scalar::<_, bool>(is_there).fetch_one(&mut *connection).await? {
        return Ok(Vec::new());
    }
    let rows = "SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version";
    let rows = sqlx::query_as(rows).fetch_all(connection).await;
    let rows: Vec<(i64, Vec<u8>)> = rows.map_err(|error| {
        let code = error.as_database_error().and_then(DatabaseError::code);
        // A missing column, or one of another type.
        match code.as_deref() {
            Some("42703" | "42804" | "42883") => location.foreign("_sqlx_migrations".to_owned()),
            _ => error.into(),
        }
    })?;
    let is_ours = |(version, checksum): &&(i64, Vec<u8>)| {
        migrator.iter().any(|it| it.version == *version && *it.checksum == **checksum)
    };
    let (ours, others): (Vec<_>, Vec<_>) = rows.iter().partition(is_ours);
    match others.last() {
        // Migrations of a newer version follow the known ones.
        Some((version, _)) if !ours.is_empty() && !migrator.version_exists(*version) => {
            Err(MigrationError::Newer(*version))
        }
        Some((version, _)) => {
            Err(location.foreign(format!("_sqlx_migrations has a migration {version}")))
        }
        None => Ok(ours.iter().map(|(version, _)| *version).collect()),
    }
}

impl Location {
    async fn new(
        connection: &mut PgConnection,
        configured: Option<&SchemaName>,
    ) -> Result<Self, MigrationError> {
        let query = "SELECT current_user::text, current_schema()::text";
        let (role, current) = sqlx::query_as(query).fetch_one(connection).await?;
        Ok(Self { role, current, configured: configured.cloned() })
    }

    fn schema(&self) -> String {
        let configured = self.configured.as_ref().map(ToString::to_string);
        configured.or_else(|| self.current.clone()).unwrap_or_else(|| "public".to_owned())
    }

    fn foreign(&self, found: String) -> MigrationError {
        MigrationError::Foreign { schema: self.schema(), found }
    }

    /// The error of creating tables, for operators.
    fn explain(&self, error: MigrationError) -> MigrationError {
        let MigrationError::Database(error) = error else { return error };
        let database = error.as_database_error();
        let code = database.and_then(DatabaseError::code).unwrap_or_default().into_owned();
        let (role, schema) = (self.role.clone(), self.schema());
        match &*code {
            // `duplicate_table`, and other objects with the name of a table.
            "42P07" | "42710" | "42809" => {
                self.foreign(database.map(|error| error.message().to_owned()).unwrap_or_default())
            }
            "42501" | "3F000" if self.current.is_none() && self.configured.is_some() => {
                MigrationError::Schema { role, schema }
            }
            "42501" | "3F000" => MigrationError::Tables { role, schema },
            _ => MigrationError::Database(error),
        }
    }
}
