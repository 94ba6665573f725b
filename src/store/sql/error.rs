//! What the database's errors mean.

use std::sync::Arc;

use sqlx::error::DatabaseError;
use sqlx::sqlite::SqliteError;

use crate::store::StoreError;

/// What went wrong, and where: the log of a service is often all that its operator sees.
#[derive(Debug, thiserror::Error)]
#[error("{database}: {}", reason(source))]
struct Failed {
    database: String,
    source: sqlx::Error,
}

/// What an error of this database is to a caller.
pub(super) fn store_error(database: &str, source: sqlx::Error) -> StoreError {
    if source.as_database_error().is_some_and(DatabaseError::is_unique_violation) {
        StoreError::EmailTaken
    } else {
        StoreError::Unavailable(Arc::new(Failed { database: database.to_owned(), source }))
    }
}

/// Whether the same statement may succeed at once: it lost against another transaction
/// (`serialization_failure`, `deadlock_detected`), which distributed engines report as a matter of
/// course.
pub(super) fn is_conflict(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    matches!(code.as_deref(), Some("40001" | "40P01"))
}

/// An error in words for an operator: the cause, and the cure where there is one.
pub(super) fn reason(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Configuration(error) => error.to_string(),
        sqlx::Error::Database(error) => match error.try_downcast_ref::<SqliteError>() {
            Some(sqlite) => sqlite_reason(sqlite),
            None => error.to_string(),
        },
        sqlx::Error::PoolTimedOut => "no connection became free in time".to_owned(),
        error => error.to_string(),
    }
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
