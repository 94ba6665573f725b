//! The statement that opens a session, for the transactions that do so among other things.

/// A text, and not a function: those who use it have a transaction of either database.
pub(super) const INSERT: &str = "INSERT INTO sessions (id, user_id, generation, created_at, \
     last_used_at, expires_at, ends_at, user_agent, address) \
     VALUES ($1, $2, 0, $3, $3, $4, $5, $6, $7)";

/// Opens a session on a connection of either database: `insert!(connection, user, name, session)`.
macro_rules! insert {
    ($connection:expr, $user:expr, $name:expr, $session:expr) => {
        sqlx::query($crate::store::sql::session_insert::INSERT)
            .bind($name)
            .bind($user)
            .bind($session.created_at)
            .bind($session.expires_at)
            .bind($session.ends_at)
            .bind(&$session.user_agent)
            .bind(&$session.address)
            .execute($connection)
            .await?
    };
}
