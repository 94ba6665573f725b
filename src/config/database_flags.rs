//! The flags of the database, as given.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use super::error::ConfigError;
use super::human_duration::HumanDuration;
use super::value_parsers;
use crate::files;
use crate::store::sql::{DatabaseUrl, DatabaseUrlError, SchemaName, SqlOptions};

/// The largest file with a database URL, in bytes.
const MAX_URL_SIZE: u64 = 64 * 1024;

/// The flags of every command that uses the database.
#[derive(Args, Clone, Debug)]
#[expect(clippy::doc_markdown, reason = "these are help texts")]
#[command(next_help_heading = "Database")]
pub struct DatabaseFlags {
    /// Database URL: memory:, sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME
    ///
    /// Other users of the machine can read arguments: set a URL with a password as the variable or
    /// in a file.
    #[arg(
        long, env = "COUNTERSIGN_DATABASE_URL", value_name = "URL", hide_env_values = true,
        default_value = Database::MEMORY, value_parser = Database::from_str
    )]
    pub database: Database,

    /// File with the database URL
    #[arg(long, env = "COUNTERSIGN_DATABASE_URL_FILE", value_name = "FILE")]
    pub database_url_file: Option<PathBuf>,

    /// PostgreSQL schema of the tables, created if it is missing [default: the first schema of the
    /// role's search_path, usually public]
    #[arg(
        long, env = "COUNTERSIGN_DATABASE_SCHEMA", value_name = "NAME",
        value_parser = SchemaName::from_str
    )]
    pub database_schema: Option<SchemaName>,

    /// Maximum number of connections to PostgreSQL
    #[arg(
        long, env = "COUNTERSIGN_DATABASE_CONNECTIONS", value_name = "NUMBER",
        default_value_t = SqlOptions::default().connections,
        value_parser = value_parsers::connections
    )]
    pub database_connections: u32,

    /// Timeout of a statement, including the wait for a connection
    #[arg(
        long, env = "COUNTERSIGN_DATABASE_TIMEOUT", value_name = "DURATION",
        default_value_t = HumanDuration(SqlOptions::default().timeout),
        value_parser = HumanDuration::timeout
    )]
    pub database_timeout: HumanDuration,

    /// Migrate PostgreSQL's tables without an advisory lock, for engines that have none; start a
    /// single instance first
    #[arg(long, env = "COUNTERSIGN_NO_MIGRATION_LOCK")]
    pub no_migration_lock: bool,
}

/// Where users and sessions are stored.
#[derive(Clone, Debug)]
pub enum Database {
    /// In memory, until the process ends.
    Memory,
    /// In a SQL database.
    Sql(DatabaseUrl),
}

impl Database {
    const MEMORY: &str = "memory:";
}

/// Without its password.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str(Self::MEMORY),
            Self::Sql(url) => url.fmt(f),
        }
    }
}

impl FromStr for Database {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == Self::MEMORY {
            return Ok(Self::Memory);
        }
        text.parse().map(Self::Sql).map_err(|error| match error {
            DatabaseUrlError::Unknown => format!("{error}, or {}", Self::MEMORY),
            error => error.to_string(),
        })
    }
}

/// Options of the database.
#[derive(Clone, Debug)]
pub struct DatabaseOptions {
    /// Which database.
    pub database: Database,
    /// Options of a SQL database.
    pub sql: SqlOptions,
    /// Whether migrations take PostgreSQL's advisory lock. Default: true.
    pub migration_lock: bool,
}

impl DatabaseOptions {
    /// The options of a store in memory.
    pub(super) fn in_memory() -> Self {
        Self { database: Database::Memory, sql: SqlOptions::default(), migration_lock: true }
    }

    /// Validates the flags.
    ///
    /// # Errors
    ///
    /// [`ConfigError::TwoDatabases`], [`ConfigError::InvalidDatabaseUrlFile`] and
    /// [`ConfigError::SchemaWithoutPostgres`].
    pub fn new(flags: &DatabaseFlags) -> Result<Self, ConfigError> {
        let database = match (&flags.database_url_file, &flags.database) {
            (None, database) => database.clone(),
            (Some(_), Database::Sql(_)) => return Err(ConfigError::TwoDatabases),
            (Some(path), Database::Memory) => {
                let invalid =
                    |reason| ConfigError::InvalidDatabaseUrlFile { path: path.clone(), reason };
                let bytes =
                    files::read(path, MAX_URL_SIZE).map_err(|error| invalid(error.to_string()))?;
                let text = std::str::from_utf8(&bytes);
                let text = text.map_err(|_| invalid("it is not UTF-8 text".to_owned()))?;
                text.trim().parse().map_err(invalid)?
            }
        };
        let database = match (&flags.database_schema, database) {
            (None, database) => database,
            (Some(schema), Database::Sql(DatabaseUrl::Postgres(url))) => {
                let url = url.with_schema(schema.clone());
                Database::Sql(DatabaseUrl::Postgres(url.into()))
            }
            (Some(_), _) => return Err(ConfigError::SchemaWithoutPostgres),
        };
        let (connections, timeout) = (flags.database_connections, flags.database_timeout.0);
        let sql = SqlOptions { connections, timeout, ..SqlOptions::default() };
        Ok(Self { database, sql, migration_lock: !flags.no_migration_lock })
    }
}
