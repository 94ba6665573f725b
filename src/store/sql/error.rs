//! Classification and wording of database errors.

use std::error::Error;
use std::sync::Arc;

use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::postgres::{PgDatabaseError, PgSeverity};
use sqlx::sqlite::SqliteError;

use crate::store::StoreError;

/// An error with the name of its database, for the log.
#[derive(Debug, thiserror::Error)]
#[error("{database}: {}", reason(.source))]
pub(super) struct SqlError {
    pub(super) database: Arc<str>,
    pub(super) source: sqlx::Error,
}

impl SqlError {
    /// Whether it is a conflict on the constraint of the e-mail address.
    pub(super) fn is_email_taken(&self) -> bool {
        self.source.as_database_error().is_some_and(is_email_taken)
    }
}

impl From<SqlError> for StoreError {
    fn from(error: SqlError) -> Self {
        Self::new(error)
    }
}

/// The class of an error of PostgreSQL: whether the connection remains usable, and whether the
/// statement is retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ErrorClass {
    /// The statement was rejected, and would be again.
    Rejected,
    /// A conflict with another transaction (`serialization_failure`, `deadlock_detected`), which is
    /// common in distributed engines.
    Conflict,
    /// A prepared statement is invalid, since a table was altered.
    StalePlan,
    /// The sequence returned the ID of an existing user or audit event.
    IdTaken,
    /// The server is read-only (`read_only_sql_transaction`), such as a standby.
    ReadOnly,
    /// The connection is lost.
    Lost,
}

fn is_email_taken(error: &dyn DatabaseError) -> bool {
    error.kind() == ErrorKind::UniqueViolation
        && match error.constraint() {
            Some(constraint) => constraint == "users_email_key",
            // SQLite reports the constraint in the message only.
            None => error.message() == "UNIQUE constraint failed: users.email",
        }
}

pub(super) fn classify(error: &sqlx::Error) -> ErrorClass {
    match error {
        sqlx::Error::Database(error) => {
            let postgres = error.try_downcast_ref::<PgDatabaseError>();
            if postgres.is_some_and(|it| !matches!(it.severity(), PgSeverity::Error)) {
                return ErrorClass::Lost;
            }
            match error.code().as_deref() {
                Some("40001" | "40P01") => ErrorClass::Conflict,
                Some("0A000" | "26000" | "42P05") => ErrorClass::StalePlan,
                Some("25006") => ErrorClass::ReadOnly,
                Some("23505")
                    if matches!(error.constraint(), Some("users_pkey" | "audit_events_pkey")) =>
                {
                    ErrorClass::IdTaken
                }
                Some(code) if code.starts_with("08") || code.starts_with("57P") => ErrorClass::Lost,
                _ => ErrorClass::Rejected,
            }
        }
        sqlx::Error::RowNotFound
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::ColumnIndexOutOfBounds { .. }
        | sqlx::Error::TypeNotFound { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::Encode(_) => ErrorClass::Rejected,
        _ => ErrorClass::Lost,
    }
}

/// The message of an error for operators: the cause, and the cure if there is one.
pub(super) fn reason(error: &sqlx::Error) -> String {
    match error {
        // It already has a message for operators.
        sqlx::Error::Configuration(error) => error.to_string(),
        sqlx::Error::Database(error) => {
            match (error.try_downcast_ref::<SqliteError>(), error.try_downcast_ref()) {
                (Some(error), _) => sqlite_reason(error),
                (_, Some(error)) => postgres_reason(error),
                (None, None) => error.to_string(),
            }
        }
        sqlx::Error::PoolTimedOut => {
            "timeout while waiting for a connection; see --database-connections".to_owned()
        }
        sqlx::Error::Io(error) if is_timeout(error) => {
            "no response within the timeout; see --database-timeout".to_owned()
        }
        error => error.to_string(),
    }
}

fn postgres_reason(error: &PgDatabaseError) -> String {
    let message = error.message();
    match error.code() {
        "42501" => format!(
            "{message}; the role requires GRANT USAGE on the schema and GRANT SELECT, INSERT, UPDATE, \
             DELETE on its tables"
        ),
        "42P01" | "3F000" => format!(
            "{message}; `countersign migrate` creates the tables, and GRANT USAGE ON SCHEMA makes \
             them visible to the role"
        ),
        "25006" => format!("the server is read-only, as a standby or by a setting: {message}"),
        "57014" => format!("{message}; see --database-timeout"),
        "23505" if error.constraint() == Some("users_pkey") => format!(
            "{message}: the sequence of the IDs is behind the table, as after a restore; repair it \
             with SELECT setval(pg_get_serial_sequence('users', 'id'), (SELECT MAX(id) FROM users))"
        ),
        _ => message.to_owned(),
    }
}

fn is_timeout(error: &std::io::Error) -> bool {
    let inner: Option<&(dyn Error + Send + Sync)> = error.get_ref();
    inner.is_some_and(<dyn Error + Send + Sync>::is::<tokio::time::error::Elapsed>)
}

/// SQLite's primary result code: the lower byte of the extended one.
pub(super) fn sqlite_code(error: &dyn DatabaseError) -> Option<u32> {
    error.code()?.parse::<u32>().ok().map(|code| code & 0xff)
}

fn sqlite_reason(error: &SqliteError) -> String {
    let message = error.message();
    let code = error.code().unwrap_or_default();
    match sqlite_code(error).unwrap_or_default() {
        5 | 6 => format!("another process holds its lock ({message})"),
        8 => "the file or its folder is read-only for the user that countersign runs as".to_owned(),
        10 => format!("the disk failed ({message}, code {code})"),
        11 => format!("the file is damaged, restore it from a backup ({message})"),
        13 => format!("the disk is full ({message})"),
        26 => "the file is not a SQLite database".to_owned(),
        _ => format!("{message} (code {code})"),
    }
}
