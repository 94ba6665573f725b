//! What the database's errors mean.

use sqlx::error::DatabaseError;

use crate::store::StoreError;

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if error.as_database_error().is_some_and(DatabaseError::is_unique_violation) {
            Self::EmailTaken
        } else {
            Self::Unavailable(Box::new(error))
        }
    }
}

/// Whether the same statement may succeed at once: it lost against another transaction
/// (`serialization_failure`, `deadlock_detected`), which distributed engines report as a matter of
/// course.
pub(super) fn is_conflict(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    matches!(code.as_deref(), Some("40001" | "40P01"))
}

/// A statement did not end in time.
#[derive(Debug, thiserror::Error)]
#[error("the database did not answer in time")]
pub(super) struct TimedOut;

impl From<TimedOut> for StoreError {
    fn from(error: TimedOut) -> Self {
        Self::Unavailable(Box::new(error))
    }
}
