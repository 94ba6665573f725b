//! What the database's errors mean.

use std::sync::Arc;

use sqlx::error::DatabaseError;

use crate::store::StoreError;

/// What went wrong, and where: the log of a service is often all that its operator sees.
#[derive(Debug, thiserror::Error)]
#[error("{database}: {source}")]
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
