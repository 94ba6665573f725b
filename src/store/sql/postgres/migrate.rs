//! The tables of PostgreSQL, brought up to date.

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

/// One after the other. It ends with the transaction, also behind a pooler.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7306086967307788653)";

/// How long the farewell may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// Where the tables are, or will be, and for whom.
struct Place {
    role: String,
    /// The schema in which tables are made; `None` where there is none yet.
    current: Option<String>,
    /// The one that is asked for, where one is.
    wanted: Option<SchemaName>,
}

/// Brings the tables up to date on a connection of its own, in one transaction. Nothing is written
/// where all is up to date: the role need not have the right to.
pub(in crate::store::sql) async fn migrate(
    migrator: &Migrator,
    pool: &PostgresPool,
    locking: bool,
) -> Result<Versions, MigrationError> {
    let mut connection = pool.connect().await?;
    let settings = Settings { statement_timeout: 0, ..pool.settings().clone() };
    let mut transaction = connection.begin_with(AssertSqlSafe(settings.begin())).await?;
    let place = Place::of(&mut transaction, pool.schema()).await?;
    let mut before = applied(migrator, &mut transaction, &place).await?;
    let newest = migrator.iter().map(|migration| migration.version).max().unwrap_or_default();
    if before.last() != Some(&newest) {
        if locking {
            sqlx::raw_sql(LOCK).execute(&mut *transaction).await?;
            // As another one has left it.
            before = applied(migrator, &mut transaction, &place).await?;
        }
        if let (None, Some(schema)) = (&place.current, &place.wanted) {
            let create = format!("CREATE SCHEMA IF NOT EXISTS {}", schema.quoted());
            let created = sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut *transaction).await;
            created.map_err(|error| place.explain(error.into()))?;
        }
        let migrator = Migrator {
            migrations: migrator.migrations.clone(),
            locking: false,
            ..Migrator::DEFAULT
        };
        let migrated = migrator.run_direct(None, &mut *transaction, false).await;
        migrated.map_err(|error| place.explain(error.into()))?;
    }
    // The names of statements are the server's, which may have another client next.
    transaction.clear_cached_statements().await?;
    transaction.commit().await?;
    // One that the server does not hear changes nothing.
    let _ = timeout(FAREWELL, connection.close()).await;
    Ok(Versions { before: before.last().copied(), after: newest })
}

/// The migrations that the tables have had, in their order.
async fn applied(
    migrator: &Migrator,
    connection: &mut PgConnection,
    place: &Place,
) -> Result<Vec<i64>, MigrationError> {
    let is_there = "SELECT to_regclass('_sqlx_migrations') IS NOT NULL";
    if !sqlx::query_scalar::<_, bool>(is_there).fetch_one(&mut *connection).await? {
        return Ok(Vec::new());
    }
    let rows = "SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version";
    let rows = sqlx::query_as(rows).fetch_all(connection).await;
    let rows: Vec<(i64, Vec<u8>)> = rows.map_err(|error| {
        let code = error.as_database_error().and_then(DatabaseError::code);
        // No such column, or one of another type.
        match code.as_deref() {
            Some("42703" | "42804" | "42883") => place.foreign("_sqlx_migrations".to_owned()),
            _ => error.into(),
        }
    })?;
    let is_ours = |(version, checksum): &&(i64, Vec<u8>)| {
        migrator.iter().any(|it| it.version == *version && *it.checksum == **checksum)
    };
    let (ours, others): (Vec<_>, Vec<_>) = rows.iter().partition(is_ours);
    match others.last() {
        // Those of a newer version follow the ones that are known.
        Some((version, _)) if !ours.is_empty() && !migrator.version_exists(*version) => {
            Err(MigrationError::Newer(*version))
        }
        Some((version, _)) => {
            Err(place.foreign(format!("_sqlx_migrations has a migration {version}")))
        }
        None => Ok(ours.iter().map(|(version, _)| *version).collect()),
    }
}

impl Place {
    async fn of(
        connection: &mut PgConnection,
        wanted: Option<&SchemaName>,
    ) -> Result<Self, MigrationError> {
        let place = "SELECT current_user::text, current_schema()::text";
        let (role, current) = sqlx::query_as(place).fetch_one(connection).await?;
        Ok(Self { role, current, wanted: wanted.cloned() })
    }

    fn schema(&self) -> String {
        let wanted = self.wanted.as_ref().map(ToString::to_string);
        wanted.or_else(|| self.current.clone()).unwrap_or_else(|| "public".to_owned())
    }

    fn foreign(&self, found: String) -> MigrationError {
        MigrationError::Foreign { schema: self.schema(), found }
    }

    /// What is in the way of making tables.
    fn explain(&self, error: MigrationError) -> MigrationError {
        let MigrationError::Database(error) = error else { return error };
        let database = error.as_database_error();
        let code = database.and_then(DatabaseError::code).unwrap_or_default().into_owned();
        let (role, schema) = (self.role.clone(), self.schema());
        match &*code {
            // `duplicate_table` and other kinds of what may have a table's name.
            "42P07" | "42710" | "42809" => {
                self.foreign(database.map(|error| error.message().to_owned()).unwrap_or_default())
            }
            "42501" | "3F000" if self.current.is_none() && self.wanted.is_some() => {
                MigrationError::Schema { role, schema }
            }
            "42501" | "3F000" => MigrationError::Tables { role, schema },
            _ => MigrationError::Database(error),
        }
    }
}
