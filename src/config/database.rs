//! Where users are kept, as typed.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;

use super::fault::Fault;
use super::values;
use crate::files;
use crate::store::sql::{DatabaseUrl, DatabaseUrlError, SchemaName, SqlOptions};

/// No URL is longer, in bytes; what is, is the wrong file.
const LONGEST_URL: u64 = 64 * 1024;

/// What every command that uses the database can be told.
#[derive(Args, Clone, Debug)]
#[expect(clippy::doc_markdown, reason = "these are help texts")]
pub struct DatabaseFlags {
    /// Where users are kept: memory:, sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME. Arguments
    /// can be seen by everybody on a machine; put a URL with a password into the variable or into
    /// a file.
    #[arg(
        long, env = "COUNTERSIGN_DATABASE_URL", value_name = "URL",
        default_value = "memory:", value_parser = Database::from_str
    )]
    pub database: Database,

    /// A file with the URL of the database.
    #[arg(long, env = "COUNTERSIGN_DATABASE_URL_FILE", value_name = "FILE")]
    pub database_url_file: Option<PathBuf>,

    /// The schema of the tables in PostgreSQL, made where it is missing. [default: the first of the
    /// role's search_path, mostly public]
    #[arg(
        long, env = "COUNTERSIGN_DATABASE_SCHEMA", value_name = "NAME",
        value_parser = SchemaName::from_str
    )]
    pub database_schema: Option<SchemaName>,

    /// How many connections to PostgreSQL may be open.
    #[arg(
        long, env = "COUNTERSIGN_DATABASE_CONNECTIONS", value_name = "NUMBER",
        default_value_t = 10, value_parser = values::connections
    )]
    pub database_connections: u32,

    /// How long the database may take to answer.
    #[arg(
        long, env = "COUNTERSIGN_DATABASE_TIMEOUT", value_name = "DURATION",
        default_value = "2s", value_parser = values::timeout
    )]
    pub database_timeout: Duration,

    /// Do not take PostgreSQL's advisory lock to bring the tables up to date, for engines that have
    /// none; start one instance alone then.
    #[arg(long, env = "COUNTERSIGN_NO_MIGRATION_LOCK")]
    pub no_migration_lock: bool,
}

/// Where users are kept.
#[derive(Clone, Debug)]
pub enum Database {
    /// In memory, until the process ends.
    Memory,
    /// In a SQL database.
    Sql(DatabaseUrl),
}

impl FromStr for Database {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "memory:" {
            return Ok(Self::Memory);
        }
        if let Some(path) = text.strip_prefix("sqlite:") {
            names_a_file(path)?;
        }
        text.parse().map(Self::Sql).map_err(|error| match error {
            DatabaseUrlError::Unknown => format!("{error}, or memory:"),
            error @ DatabaseUrlError::Postgres(_) => error.to_string(),
        })
    }
}

/// Refuses a path that names no file, and one that holds the password of a server.
fn names_a_file(path: &str) -> Result<(), String> {
    if path.ends_with('/') {
        return Err("sqlite: is followed by a folder; expected the path of a file, such as \
                    sqlite:users.db"
            .to_owned());
    }
    if path.starts_with("file:") || path.contains('?') {
        return Err(
            "sqlite: is followed by a URI; expected the path of a file, without file: and \
                    without parameters, such as sqlite:users.db"
                .to_owned(),
        );
    }
    if path.split_once(':').is_some_and(|(_, rest)| rest.contains('@')) {
        return Err(
            "sqlite: is followed by a user and a password; expected the path of a file, such \
                    as sqlite:users.db, or postgres:// for a server"
                .to_owned(),
        );
    }
    Ok(())
}

/// Where users are kept, and how that is used.
#[derive(Clone, Debug)]
pub struct DatabaseOptions {
    /// Where.
    pub database: Database,
    /// How.
    pub sql: SqlOptions,
    /// Whether PostgreSQL's advisory lock is taken to bring the tables up to date.
    pub migration_lock: bool,
}

impl DatabaseOptions {
    /// Checks what was typed.
    ///
    /// # Errors
    ///
    /// The [`Fault`] of the file, where there is one.
    pub fn new(flags: &DatabaseFlags) -> Result<Self, Fault> {
        let database = match (&flags.database_url_file, &flags.database) {
            (None, database) => database.clone(),
            (Some(_), Database::Sql(_)) => return Err(Fault::TwoDatabases),
            (Some(path), Database::Memory) => {
                let refused = |reason| Fault::BadDatabaseFile { path: path.clone(), reason };
                let bytes =
                    files::read(path, LONGEST_URL).map_err(|error| refused(error.to_string()))?;
                let text = std::str::from_utf8(&bytes);
                let text = text.map_err(|_| refused("it is not UTF-8 text".to_owned()))?;
                text.trim().parse().map_err(refused)?
            }
        };
        let database = match (&flags.database_schema, database) {
            (None, database) => database,
            (Some(schema), Database::Sql(DatabaseUrl::Postgres(url))) => {
                let url = url.with_schema(schema.clone());
                Database::Sql(DatabaseUrl::Postgres(url.into()))
            }
            (Some(_), _) => return Err(Fault::SchemaWithoutPostgres),
        };
        let (connections, timeout) = (flags.database_connections, flags.database_timeout);
        let sql = SqlOptions { connections, timeout, ..SqlOptions::default() };
        Ok(Self { database, sql, migration_lock: !flags.no_migration_lock })
    }
}
