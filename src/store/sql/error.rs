//! What the database's errors mean.

use std::error::Error;
use std::sync::Arc;

use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::postgres::{PgDatabaseError, PgSeverity};
use sqlx::sqlite::SqliteError;

use crate::store::StoreError;

/// An error of the database, and which database it is.
#[derive(Debug, thiserror::Error)]
#[error("{database}: {}", reason(.source))]
pub(super) struct SqlError {
    pub(super) database: Arc<str>,
    pub(super) source: sqlx::Error,
}

impl SqlError {
    /// Whether the e-mail address violates its constraint; other unique columns do not count.
    pub(super) fn is_email_taken(&self) -> bool {
        self.source.as_database_error().is_some_and(is_email_taken)
    }
}

impl From<SqlError> for StoreError {
    fn from(error: SqlError) -> Self {
        Self::new(error)
    }
}

/// What an error of a statement on PostgreSQL says about its connection, and about another try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The statement was refused, and would be again.
    Refused,
    /// It lost against another transaction (`serialization_failure`, `deadlock_detected`), which
    /// distributed engines report as a matter of course.
    Conflict,
    /// What the connection has prepared is not valid any more: a table was altered.
    StalePlan,
    /// The sequence gave the id of a user who is there already.
    IdTaken,
    /// The server takes no writes (`read_only_sql_transaction`), such as a standby.
    ReadOnly,
    /// The connection cannot be used any more.
    Lost,
}

fn is_email_taken(error: &dyn DatabaseError) -> bool {
    error.kind() == ErrorKind::UniqueViolation
        && match error.constraint() {
            Some(constraint) => constraint == "users_email_key",
            // SQLite has only the sentence.
            None => error.message() == "UNIQUE constraint failed: users.email",
        }
}

pub(super) fn meaning(error: &sqlx::Error) -> Meaning {
    match error {
        sqlx::Error::Database(error) => {
            let postgres = error.try_downcast_ref::<PgDatabaseError>();
            if postgres.is_some_and(|it| !matches!(it.severity(), PgSeverity::Error)) {
                return Meaning::Lost;
            }
            match error.code().as_deref() {
                Some("40001" | "40P01") => Meaning::Conflict,
                Some("0A000" | "26000" | "42P05") => Meaning::StalePlan,
                Some("25006") => Meaning::ReadOnly,
                Some("23505")
                    if matches!(error.constraint(), Some("users_pkey" | "audit_events_pkey")) =>
                {
                    Meaning::IdTaken
                }
                Some(code) if code.starts_with("08") || code.starts_with("57P") => Meaning::Lost,
                _ => Meaning::Refused,
            }
        }
        sqlx::Error::RowNotFound
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::ColumnIndexOutOfBounds { .. }
        | sqlx::Error::TypeNotFound { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::Encode(_) => Meaning::Refused,
        _ => Meaning::Lost,
    }
}

/// An error in words for an operator: the cause, and the cure where there is one.
pub(super) fn reason(error: &sqlx::Error) -> String {
    match error {
        // It has its own sentence.
        sqlx::Error::Configuration(error) => error.to_string(),
        sqlx::Error::Database(error) => {
            match (error.try_downcast_ref::<SqliteError>(), error.try_downcast_ref()) {
                (Some(error), _) => sqlite_reason(error),
                (_, Some(error)) => postgres_reason(error),
                (None, None) => error.to_string(),
            }
        }
        sqlx::Error::PoolTimedOut => {
            "no connection became free in time; see --database-connections".to_owned()
        }
        sqlx::Error::Io(error) if is_late(error) => {
            "it did not answer in time; see --database-timeout".to_owned()
        }
        error => error.to_string(),
    }
}

fn postgres_reason(error: &PgDatabaseError) -> String {
    let message = error.message();
    match error.code() {
        "42501" => format!(
            "{message}; the role needs GRANT USAGE on the schema and GRANT SELECT, INSERT, UPDATE, \
             DELETE on its tables"
        ),
        "42P01" | "3F000" => format!(
            "{message}; `countersign migrate` makes the tables, \
             and GRANT USAGE ON SCHEMA lets the role see them"
        ),
        "25006" => format!("it takes no writes, as a standby or by a setting: {message}"),
        "57014" => format!("{message}; see --database-timeout"),
        "23505" if error.constraint() == Some("users_pkey") => format!(
            "{message}: the sequence of the ids is behind them, as after a restore; SELECT \
             setval(pg_get_serial_sequence('users', 'id'), (SELECT MAX(id) FROM users)) mends it"
        ),
        _ => message.to_owned(),
    }
}

fn is_late(error: &std::io::Error) -> bool {
    let inner: Option<&(dyn Error + Send + Sync)> = error.get_ref();
    inner.is_some_and(<dyn Error + Send + Sync>::is::<tokio::time::error::Elapsed>)
}

/// By the primary result code, which is the lower byte of the extended one.
fn sqlite_reason(error: &SqliteError) -> String {
    let message = error.message();
    let code = error.code().and_then(|code| code.parse::<u32>().ok()).unwrap_or_default();
    match code & 0xff {
        5 | 6 => format!("another process holds its lock ({message})"),
        8 => "the file or its folder is readonly for the user that this process runs as".to_owned(),
        10 => format!("the disk failed ({message}, code {code})"),
        11 => format!("the file is damaged, restore it from a backup ({message})"),
        13 => format!("the disk is full ({message})"),
        26 => "the file is no SQLite database".to_owned(),
        _ => format!("{message} (code {code})"),
    }
}
