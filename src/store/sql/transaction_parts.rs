//! Parts of transactions, as macros: a transaction is of either database.

use crate::domain::Timestamp;
use crate::store::authorization::Current;
use crate::store::{Authorization, Unauthorized};

/// How many sessions one transaction ends. A user has far fewer, unless another program has
/// inserted them.
pub(super) const PORTION: u64 = 10_000;

/// Locks a user's row, and returns the state that an authorization depends on. The lock comes
/// before the look at the session: what ends all sessions of a user changes this row first.
pub(super) const LOCK_USER: &str = "UPDATE users SET changed_at = changed_at WHERE id = $1 \
     RETURNING password_hash, disabled, tokens_valid_after";

/// Locks a session, so that it does not end before the transaction does.
pub(super) const LOCK_SESSION: &str = "UPDATE sessions SET generation = generation \
     WHERE id = $1 AND user_id = $2 RETURNING idle_expires_at";

/// Ends a portion of the sessions of a user, all but one.
pub(super) const END_PORTION: &str = "DELETE FROM sessions WHERE id IN \
     (SELECT id FROM sessions WHERE user_id = $1 AND id <> $2 LIMIT 10000)";

/// Locks the active administrators, if the user is an administrator: the changes that may remove one take
/// turns, and lock the rows in the same order. Before any other lock.
pub(super) const LOCK_ADMINISTRATORS: &str = "UPDATE users SET changed_at = changed_at \
     WHERE is_admin AND NOT disabled \
     AND EXISTS (SELECT 1 FROM users AS target WHERE target.id = $1 AND target.is_admin) \
     RETURNING id";

/// Whether a locked user is an administrator, who may be disabled.
pub(super) const IS_ADMIN: &str = "SELECT is_admin FROM users WHERE id = $1";

/// Whether a locked user is an administrator who is not disabled.
pub(super) const IS_ACTIVE_ADMIN: &str =
    "SELECT is_admin AND NOT disabled FROM users WHERE id = $1";

pub(super) const DELETE_USER: &str = "DELETE FROM users WHERE id = $1 RETURNING id";

pub(super) const INSERT_SESSION: &str = "INSERT INTO sessions (id, user_id, generation, created_at, \
     last_used_at, idle_expires_at, absolute_expires_at, user_agent, address, \
     rotated_by_user_agent, rotated_by_address, foreign_retries) \
     VALUES ($1, $2, 0, $3, $3, $4, $5, $6, $7, $6, $7, 0)";

pub(super) const INSERT_EVENT: &str = "INSERT INTO audit_events \
     (at, kind, user_id, actor, session_id, address, request_id, details) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// The mails that count for the limit of a recipient.
pub(super) const COUNT_MAILS: &str =
    "SELECT COUNT(*) FROM mails WHERE recipient = $1 AND kind = $2 AND created_at > $3";

pub(super) const REPLACE_TOKENS: &str =
    "DELETE FROM one_time_tokens WHERE user_id = $1 AND purpose = $2";

pub(super) const INSERT_TOKEN: &str = "INSERT INTO one_time_tokens \
     (digest, purpose, user_id, email, expires_at) VALUES ($1, $2, $3, $4, $5)";

pub(super) const INSERT_MAIL: &str = "INSERT INTO mails \
     (kind, recipient, content, created_at, expires_at, next_attempt_at) \
     VALUES ($1, $2, $3, $4, $5, $4)";

rows! {
    pub(super) struct LockedUser {
        password_hash: String,
        disabled: bool,
        tokens_valid_after: i64,
    }
}

/// Whether the locked rows still authorize a change at `now`.
pub(super) fn check(
    authorization: &Authorization,
    user: Option<LockedUser>,
    session_expires_at: Option<i64>,
    now: Timestamp,
) -> Result<(), Unauthorized> {
    let LockedUser { password_hash, disabled, tokens_valid_after } =
        user.ok_or(Unauthorized::TokenInactive)?;
    let verified = authorization.password_hash.as_ref();
    let current = Current {
        disabled,
        tokens_valid_after: Timestamp::from_milliseconds(tokens_valid_after),
        session_expires_at: session_expires_at.map(Timestamp::from_milliseconds),
        is_same_hash: verified.is_none_or(|verified| verified.to_string() == password_hash),
    };
    authorization.check(&current, now)
}

/// Checks an authorization for the rest of a transaction:
/// `authorize!(transaction, user, authorization, now)` is a `Result<(), Unauthorized>`.
macro_rules! authorize {
    ($transaction:expr, $user:expr, $authorization:expr, $now:expr) => {{
        use $crate::store::sql::transaction_parts::{LOCK_SESSION, LOCK_USER, LockedUser, check};
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

/// Locks the active administrators if the user is one, and returns their ids.
macro_rules! lock_administrators {
    ($transaction:expr, $user:expr) => {{
        use $crate::store::sql::transaction_parts::LOCK_ADMINISTRATORS;
        let locking = sqlx::query_scalar(LOCK_ADMINISTRATORS).bind($user.0);
        let ids: Vec<i64> = locking.fetch_all(&mut *$transaction).await?;
        ids
    }};
}

/// Checks the authority of an administrative change for the rest of a transaction:
/// `authorize_admin!(transaction, authority, now)` is a `Result<(), Unauthorized>`.
macro_rules! authorize_admin {
    ($transaction:expr, $authority:expr, $now:expr) => {{
        use $crate::store::sql::transaction_parts::IS_ADMIN;
        use $crate::store::{Authority, Unauthorized};
        match $authority {
            Authority::Operator => Ok(()),
            Authority::Administrator(user, authorization) => {
                match authorize!($transaction, user, authorization, $now) {
                    Ok(()) => {
                        let is_admin = sqlx::query_scalar(IS_ADMIN).bind(user.0);
                        let is_admin: Option<bool> =
                            is_admin.fetch_optional(&mut *$transaction).await?;
                        is_admin
                            .filter(|is_admin| *is_admin)
                            .map(drop)
                            .ok_or(Unauthorized::NotAdministrator)
                    }
                    Err(reason) => Err(reason),
                }
            }
        }
    }};
}

/// Whether `user`, one of the locked administrators or none, would leave none behind. Where the user has
/// become one since, returns `Ok(None)` from the block: the transaction has to be run again.
macro_rules! is_last_administrator_or_return {
    ($user:expr, $is_active_admin:expr, $administrators:expr) => {{
        let (is_active_admin, administrators) = ($is_active_admin, &$administrators);
        if is_active_admin && !administrators.contains(&$user.0) {
            return Ok(None);
        }
        is_active_admin && administrators.len() == 1
    }};
}

/// Deletes a user whose sessions end, all but `own` first. Returns an outcome from the block unless the
/// user was deleted.
macro_rules! delete_user_or_return {
    ($transaction:ident, $user:expr, $own:expr, $administrators:expr) => {{
        use $crate::store::Deletion;
        use $crate::store::sql::transaction_parts::{
            DELETE_USER, IS_ACTIVE_ADMIN, LOCK_USER, LockedUser,
        };
        let locking = sqlx::query_as::<_, LockedUser>(LOCK_USER).bind($user.0);
        if locking.fetch_all(&mut *$transaction).await?.is_empty() {
            return Ok(Some(Ok(Deletion::NotFound)));
        }
        let is_active_admin = sqlx::query_scalar(IS_ACTIVE_ADMIN).bind($user.0);
        let is_active_admin: bool = is_active_admin.fetch_one(&mut *$transaction).await?;
        if is_last_administrator_or_return!($user, is_active_admin, $administrators) {
            return Ok(Some(Ok(Deletion::LastAdministrator)));
        }
        end_sessions_or_return!($transaction, $user, $own);
        sqlx::query(DELETE_USER).bind($user.0).execute(&mut *$transaction).await?;
    }};
}

/// Ends the sessions of a user but one, `""` for none. Where there are more than a portion, commits
/// the first one and returns `Ok(None)` from the block: the transaction has to be run again.
macro_rules! end_sessions_or_return {
    ($transaction:ident, $user:expr, $except:expr) => {{
        use $crate::store::sql::transaction_parts::{END_PORTION, PORTION};
        let ending = sqlx::query(END_PORTION).bind($user.0).bind($except);
        if ending.execute(&mut *$transaction).await?.rows_affected() >= PORTION {
            $transaction.commit().await?;
            return Ok(None);
        }
    }};
}

/// Inserts a session: `insert_session!(transaction, user, session)`.
macro_rules! insert_session {
    ($transaction:expr, $user:expr, $session:expr) => {
        sqlx::query($crate::store::sql::transaction_parts::INSERT_SESSION)
            .bind($session.id.to_string())
            .bind($user)
            .bind($session.created_at.milliseconds())
            .bind($session.idle_expires_at.milliseconds())
            .bind($session.absolute_expires_at.milliseconds())
            .bind(&$session.client.user_agent)
            .bind($session.client.address.map(|address| address.to_string()))
            .execute(&mut *$transaction)
            .await?
    };
}

/// Inserts the effects of a change: `insert_effects!(transaction, effects)`.
macro_rules! insert_effects {
    ($transaction:expr, $effects:expr) => {
        for event in &$effects.events {
            insert_event!(&mut *$transaction, event)?;
        }
        for mail in &$effects.mails {
            insert_mail!($transaction, mail);
        }
    };
}

/// Inserts a mail and the token of its link, unless its recipient has got too many:
/// `insert_mail!(transaction, mail)`.
macro_rules! insert_mail {
    ($transaction:expr, $outgoing:expr) => {{
        use $crate::store::sql::transaction_parts::{
            COUNT_MAILS, INSERT_MAIL, INSERT_TOKEN, REPLACE_TOKENS,
        };
        let $crate::store::OutgoingMail { mail, token } = $outgoing;
        let recipient = mail.recipient.as_str();
        let since = mail.created_at.saturating_sub($crate::store::MAIL_LIMIT_PERIOD);
        let count: i64 = sqlx::query_scalar(COUNT_MAILS)
            .bind(recipient)
            .bind(mail.kind.name())
            .bind(since.milliseconds())
            .fetch_one(&mut *$transaction)
            .await?;
        if count < $crate::store::MAIL_LIMIT {
            if let Some(token) = token {
                if token.purpose.replaces_earlier() {
                    let replacing = sqlx::query(REPLACE_TOKENS).bind(token.user.0);
                    replacing.bind(token.purpose.name()).execute(&mut *$transaction).await?;
                }
                sqlx::query(INSERT_TOKEN)
                    .bind(token.digest.as_slice())
                    .bind(token.purpose.name())
                    .bind(token.user.0)
                    .bind(token.email.as_str())
                    .bind(token.expires_at.milliseconds())
                    .execute(&mut *$transaction)
                    .await?;
            }
            sqlx::query(INSERT_MAIL)
                .bind(mail.kind.name())
                .bind(recipient)
                .bind(mail.content.as_bytes())
                .bind(mail.created_at.milliseconds())
                .bind(mail.expires_at.milliseconds())
                .execute(&mut *$transaction)
                .await?;
        }
    }};
}

/// Inserts an audit event: `insert_event!(connection, event)`.
macro_rules! insert_event {
    ($connection:expr, $event:expr) => {
        sqlx::query($crate::store::sql::transaction_parts::INSERT_EVENT)
            .bind($event.at.milliseconds())
            .bind($event.kind.name())
            .bind($event.user.map(|user| user.0))
            .bind($event.actor.to_string())
            .bind($event.session.map(|session| session.to_string()))
            .bind(&$event.address)
            .bind(&$event.request_id)
            .bind(&$event.details)
            .execute($connection)
            .await
    };
}

/// Runs transactions until one is the last: `in_portions!(store, |db| …)`, where the block returns
/// `Ok(None)` for another one.
macro_rules! in_portions {
    ($store:expr, |$db:ident| $transaction:expr) => {
        loop {
            let outcome = on!($store, write, |$db| $transaction);
            match outcome {
                Ok(None) => {}
                Ok(Some(outcome)) => break Ok(outcome),
                Err(error) => break Err(error),
            }
        }
    };
}
