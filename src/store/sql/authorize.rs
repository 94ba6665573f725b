//! What authorises a change, checked in the transaction that makes it.

use sqlx::FromRow;

use crate::store::authorization::Current;
use crate::store::{Authorization, Unauthorized};

/// Locks the user's row, and gives what an authorization depends on. The lock comes before the look at
/// the session: what ends all sessions of a user changes this row first.
pub(super) const LOCK_USER: &str = "UPDATE users SET changed_at = changed_at WHERE id = $1 \
     RETURNING password_hash, disabled, tokens_void_until";

/// Locks the session, so that it does not end before the transaction does.
pub(super) const LOCK_SESSION: &str = "UPDATE sessions SET generation = generation \
     WHERE id = $1 AND user_id = $2 RETURNING expires_at";

#[derive(FromRow)]
pub(super) struct LockedUser {
    password_hash: String,
    disabled: bool,
    tokens_void_until: i64,
}

/// Whether the rows that were locked still authorise a change at `now`, Unix milliseconds.
pub(super) fn check(
    authorization: &Authorization,
    user: Option<LockedUser>,
    session_expires_at: Option<i64>,
    now: i64,
) -> Result<(), Unauthorized> {
    let LockedUser { password_hash, disabled, tokens_void_until } =
        user.ok_or(Unauthorized::TokenInactive)?;
    let verified = authorization.password_hash.as_ref();
    let current = Current {
        disabled,
        tokens_void_until,
        session_expires_at,
        is_same_hash: verified.is_none_or(|verified| verified.to_string() == password_hash),
    };
    authorization.check(&current, now)
}

/// Checks an authorization in a transaction of either database, for the rest of which it holds:
/// `authorize!(transaction, user, authorization, now)` is a `Result<(), Unauthorized>`.
macro_rules! authorize {
    ($transaction:expr, $user:expr, $authorization:expr, $now:expr) => {{
        use $crate::store::sql::authorize::{LOCK_SESSION, LOCK_USER, LockedUser, check};
        let users: Vec<LockedUser> =
            sqlx::query_as(LOCK_USER).bind($user.0).fetch_all(&mut *$transaction).await?;
        let sessions: Vec<i64> = match &$authorization.session {
            Some(session) => {
                let locking = sqlx::query_scalar(LOCK_SESSION).bind(session.to_string());
                locking.bind($user.0).fetch_all(&mut *$transaction).await?
            }
            None => Vec::new(),
        };
        check($authorization, users.into_iter().next(), sessions.into_iter().next(), $now)
    }};
}
