//! The statements about sessions, under the same rules as those about users.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::FromRow;

use super::pool::SqlStore;
use super::transactions::BeginWrite;
use super::users::{REVOKE, Row as UserRow, at_most_one, columns as user_columns};
use crate::domain::{SessionId, UserId};
use crate::store::authorization::end_of_second;
use crate::store::{
    Account, Advance, Authorization, EndedSessions, NewSession, NewUser, RefreshRules, Session,
    SessionStore, StoreError, Unauthorized,
};

/// The columns of a [`Row`], named for the reason that those of users are.
macro_rules! columns {
    () => {
        "id, user_id, generation, created_at, last_used_at, expires_at, ends_at, user_agent, address"
    };
}

/// Takes the user's row first: whoever voids their tokens does too, so one comes after the other.
const LOG_IN: &str = "UPDATE users SET last_login_at = $2 \
     WHERE id = $1 AND NOT disabled AND tokens_void_until = $3 AND password_hash = $4 RETURNING id";

/// More than one for each that is opened, so that they never pile up.
const FORGET_EXPIRED: &str = "DELETE FROM sessions WHERE id IN \
     (SELECT id FROM sessions WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT 4)";

/// As [`UserStore::insert`](crate::store::UserStore::insert), of a user who has just logged in.
const REGISTER: &str = concat!(
    "INSERT INTO users (email, password_hash, is_admin, disabled, created_at, changed_at, \
     last_login_at, tokens_void_until) VALUES ($1, $2, $3, $4, $5, $5, $6, 0) RETURNING ",
    user_columns!()
);

/// Compares and sets: of several with one token, one finds the row as it expects it.
const ADVANCE: &str = concat!(
    "UPDATE sessions SET generation = generation + 1, last_used_at = $3, \
     expires_at = CASE WHEN $4 < ends_at THEN $4 ELSE ends_at END \
     WHERE id = $1 AND generation = $2 AND expires_at > $5 RETURNING ",
    columns!()
);

const BY_ID: &str = concat!("SELECT ", columns!(), " FROM sessions WHERE id = $1");

const OF_USER: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM sessions WHERE user_id = $1 AND expires_at > $2 ORDER BY last_used_at DESC, \
     id DESC LIMIT $3"
);

const END: &str = "DELETE FROM sessions WHERE id = $1 RETURNING id";

const END_ONE: &str = "DELETE FROM sessions WHERE user_id = $1 AND id = $2 RETURNING id";

const END_OTHERS: &str = "DELETE FROM sessions WHERE user_id = $1 AND id <> $2";

#[derive(FromRow)]
struct Row {
    id: String,
    user_id: i64,
    generation: i64,
    created_at: i64,
    last_used_at: i64,
    expires_at: i64,
    ends_at: i64,
    user_agent: Option<String>,
    address: Option<String>,
}

/// A row that cannot be what this service wrote.
#[derive(Debug, thiserror::Error)]
#[error("a session of user {user_id} has a malformed id in the database")]
struct MalformedRow {
    user_id: i64,
}

impl TryFrom<Row> for Session {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let malformed = MalformedRow { user_id: row.user_id };
        Ok(Self {
            id: SessionId::parse(&row.id)
                .ok_or_else(|| StoreError::Unavailable(Arc::new(malformed)))?,
            user: UserId(row.user_id),
            generation: row.generation,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
            ends_at: row.ends_at,
            user_agent: row.user_agent,
            address: row.address,
        })
    }
}

/// What an attempt to advance found.
enum Found {
    Advanced(Row),
    Other(Option<Row>),
}

#[async_trait]
impl SessionStore for SqlStore {
    async fn register(&self, user: NewUser, session: NewSession) -> Result<Account, StoreError> {
        let hash = user.password_hash.to_string();
        let name = session.id.to_string();
        let rows: Vec<UserRow> = on!(self, write, |db| async {
            let mut transaction = db.begin_write().await?;
            let rows: Vec<UserRow> = sqlx::query_as(REGISTER)
                .bind(user.email.as_str())
                .bind(&hash)
                .bind(user.is_admin)
                .bind(user.disabled)
                .bind(user.created_at)
                .bind(session.created_at)
                .fetch_all(&mut *transaction)
                .await?;
            for row in &rows {
                insert!(&mut *transaction, row.id, &name, &session);
            }
            transaction.commit().await?;
            Ok(rows)
        })?;
        at_most_one(rows)?.ok_or(StoreError::EmailTaken)
    }

    async fn open(&self, account: &Account, session: NewSession) -> Result<bool, StoreError> {
        let (user, hash) = (account.user.id, account.password_hash.to_string());
        let name = session.id.to_string();
        on!(self, write, |db| async {
            let mut transaction = db.begin_write().await?;
            let users: Vec<i64> = sqlx::query_scalar(LOG_IN)
                .bind(user.0)
                .bind(session.created_at)
                .bind(account.tokens_void_until)
                .bind(&hash)
                .fetch_all(&mut *transaction)
                .await?;
            if users.is_empty() {
                return Ok(false);
            }
            sqlx::query(FORGET_EXPIRED).bind(session.created_at).execute(&mut *transaction).await?;
            insert!(&mut *transaction, user.0, &name, &session);
            transaction.commit().await?;
            Ok(true)
        })
    }

    async fn advance(
        &self,
        id: SessionId,
        presented: i64,
        now: i64,
        rules: RefreshRules,
    ) -> Result<Advance, StoreError> {
        let name = id.to_string();
        let until = now.saturating_add(rules.idle);
        let found = on!(self, write, |db| async {
            let rows: Vec<Row> = sqlx::query_as(ADVANCE)
                .bind(&name)
                .bind(presented)
                .bind(now)
                .bind(until)
                .bind(end_of_second(now))
                .fetch_all(&mut *db)
                .await?;
            if let Some(row) = rows.into_iter().next() {
                return Ok(Found::Advanced(row));
            }
            let row = sqlx::query_as(BY_ID).bind(&name).fetch_optional(&mut *db);
            Ok(Found::Other(row.await?))
        })?;
        let session = match found {
            Found::Advanced(row) => return Ok(Advance::Advanced(row.try_into()?)),
            Found::Other(None) => return Ok(Advance::Unknown),
            Found::Other(Some(row)) => Session::try_from(row)?,
        };
        if session.is_over(now) {
            return Ok(Advance::Unknown);
        }
        let advance = session.judge_old(presented, now, rules);
        if matches!(advance, Advance::Reused(_)) {
            // Whatever has become of it since, a token of it is in two hands.
            self.end(id).await?;
        }
        Ok(advance)
    }

    async fn session(&self, id: SessionId) -> Result<Option<Arc<Session>>, StoreError> {
        let id = id.to_string();
        let row: Option<Row> =
            on!(self, read, |db| sqlx::query_as(BY_ID).bind(&id).fetch_optional(db))?;
        Ok(row.map(Session::try_from).transpose()?.map(Arc::new))
    }

    async fn sessions_of(
        &self,
        user: UserId,
        now: i64,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        let rows: Vec<Row> = on!(self, read, |db| sqlx::query_as(OF_USER)
            .bind(user.0)
            .bind(end_of_second(now))
            .bind(i64::from(limit))
            .fetch_all(db))?;
        rows.into_iter().map(Session::try_from).collect()
    }

    async fn end(&self, id: SessionId) -> Result<bool, StoreError> {
        let id = id.to_string();
        let ended: Vec<String> =
            on!(self, write, |db| sqlx::query_scalar(END).bind(&id).fetch_all(db))?;
        Ok(!ended.is_empty())
    }

    async fn end_own(
        &self,
        user: UserId,
        authorization: &Authorization,
        ended: EndedSessions,
        now: i64,
    ) -> Result<Result<bool, Unauthorized>, StoreError> {
        // The one that ends, or the one that stays. No session is called "".
        let name = match ended {
            EndedSessions::One(id) => id.to_string(),
            EndedSessions::Others => {
                authorization.session.map(|kept| kept.to_string()).unwrap_or_default()
            }
            EndedSessions::All => String::new(),
        };
        on!(self, write, |db| async {
            let mut transaction = db.begin_write().await?;
            if let Err(reason) = authorize!(transaction, user, authorization, now) {
                return Ok(Err(reason));
            }
            if ended == EndedSessions::All {
                sqlx::query(REVOKE).bind(user.0).bind(now).execute(&mut *transaction).await?;
            }
            let is_ended = if let EndedSessions::One(_) = ended {
                let ending = sqlx::query_scalar(END_ONE).bind(user.0).bind(&name);
                let ids: Vec<String> = ending.fetch_all(&mut *transaction).await?;
                !ids.is_empty()
            } else {
                let ending = sqlx::query(END_OTHERS).bind(user.0).bind(&name);
                ending.execute(&mut *transaction).await?;
                true
            };
            transaction.commit().await?;
            Ok(Ok(is_ended))
        })
    }
}
