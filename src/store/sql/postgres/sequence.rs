//! Advances the sequences of the IDs after a restore.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};

/// Serializes the advances, so that none undoes another.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7306086967307788654)";

/// No effect if a sequence is not behind, since another process may have advanced it.
const ADVANCE: &str = "SELECT setval(ids.name, taken.newest) \
     FROM (SELECT MAX(id) AS newest FROM users) AS taken, \
     (SELECT pg_get_serial_sequence('users', 'id')::regclass AS name) AS ids \
     WHERE taken.newest > COALESCE(pg_sequence_last_value(ids.name), 0);
     SELECT setval(ids.name, taken.newest) \
     FROM (SELECT MAX(id) AS newest FROM audit_events) AS taken, \
     (SELECT pg_get_serial_sequence('audit_events', 'id')::regclass AS name) AS ids \
     WHERE taken.newest > COALESCE(pg_sequence_last_value(ids.name), 0)";

/// Advances the sequences beyond the existing IDs; after a restore they may be behind. They never decrease,
/// so that no ID is reused. `begin` is the statement that begins the transaction.
///
/// # Errors
///
/// Those of the database, such as a role without the right to set the sequence.
pub(super) async fn advance(
    connection: &mut PgConnection,
    begin: String,
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with(AssertSqlSafe(begin)).await?;
    sqlx::raw_sql(LOCK).execute(&mut *transaction).await?;
    sqlx::raw_sql(ADVANCE).execute(&mut *transaction).await?;
    transaction.commit().await
}
