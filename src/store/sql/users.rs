//! The statements about users.
//!
//! Each is one text for both databases, and one atomic step. What writes is read to its end
//! (`fetch_all`): SQLite commits a statement with `RETURNING` when it has given its last row, and
//! an answer before that would be one before the commit.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use sqlx::{FromRow, QueryBuilder};

use super::pool::{Pool, SqlStore};
use super::transactions::BeginWrite;
use crate::domain::{Email, User, UserId};
use crate::password::PasswordHash;
use crate::store::{
    Account, Authorization, Change, NewSession, NewUser, StoreError, Unauthorized, UserStore,
};

/// Rows for each statement of [`UserStore::insert_many`]; seven parameters each stay under what
/// both databases allow for a statement.
const ROWS: usize = 500;

/// The columns of a [`Row`]. Named, so that a column that is added while the service runs changes
/// no result: PostgreSQL refuses prepared statements whose result type has changed.
macro_rules! columns {
    () => {
        "id, email, password_hash, is_admin, disabled, created_at, changed_at, last_login_at, \
         tokens_void_until"
    };
}
pub(super) use columns;

const INSERT: &str = concat!(
    "INSERT INTO users (email, password_hash, is_admin, disabled, created_at, changed_at, \
     tokens_void_until) VALUES ($1, $2, $3, $4, $5, $5, 0) RETURNING ",
    columns!()
);

const BY_ID: &str = concat!("SELECT ", columns!(), " FROM users WHERE id = $1");

const BY_EMAIL: &str = concat!("SELECT ", columns!(), " FROM users WHERE email = $1");

const PAGE: &str = concat!("SELECT ", columns!(), " FROM users WHERE id > $1 ORDER BY id LIMIT $2");

const INSERT_MANY: &str = "INSERT INTO users (email, password_hash, is_admin, disabled, \
     created_at, changed_at, tokens_void_until) ";

const CHANGE: &str = concat!(
    "UPDATE users SET \
     password_hash = COALESCE($3, password_hash), \
     is_admin = COALESCE($4, is_admin), \
     disabled = COALESCE($5, disabled), \
     tokens_void_until = CASE WHEN NOT $6 THEN tokens_void_until \
         WHEN tokens_void_until = $7 THEN $7 + 1 ELSE $7 END, \
     changed_at = $7 \
     WHERE id = $1 AND ($2 IS NULL OR password_hash = $2) RETURNING ",
    columns!()
);

/// As [`revoked_by_user`](crate::store::authorization::revoked_by_user) has it.
pub(super) const REVOKE: &str = "UPDATE users SET \
     tokens_void_until = CASE WHEN $2 > tokens_void_until THEN $2 ELSE tokens_void_until + 1 END, \
     changed_at = $2 WHERE id = $1";

const SET_PASSWORD: &str = "UPDATE users SET password_hash = $2 WHERE id = $1";

const DELETE: &str = "DELETE FROM users WHERE id = $1 RETURNING id";

const END_ALL: &str = "DELETE FROM sessions WHERE user_id = $1";

#[derive(FromRow)]
pub(super) struct Row {
    pub(super) id: i64,
    email: String,
    password_hash: String,
    is_admin: bool,
    disabled: bool,
    created_at: i64,
    changed_at: i64,
    last_login_at: Option<i64>,
    tokens_void_until: i64,
}

/// A row that cannot be what this service wrote.
#[derive(Debug, thiserror::Error)]
#[error("user {id} has a malformed {column} in the database")]
struct MalformedRow {
    id: i64,
    column: &'static str,
}

impl TryFrom<Row> for Account {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let malformed =
            |column| StoreError::Unavailable(Arc::new(MalformedRow { id: row.id, column }));
        // As it is there: parsing would take some addresses of former versions for others.
        let email = Email::from_canonical(&row.email);
        let hash =
            PasswordHash::parse(&row.password_hash).map_err(|_| malformed("password_hash"))?;
        Ok(Self {
            user: User { id: UserId(row.id), email, is_admin: row.is_admin },
            password_hash: hash,
            disabled: row.disabled,
            created_at: row.created_at,
            changed_at: row.changed_at,
            last_login_at: row.last_login_at,
            tokens_void_until: row.tokens_void_until,
        })
    }
}

pub(super) fn at_most_one(rows: Vec<Row>) -> Result<Option<Account>, StoreError> {
    rows.into_iter().next().map(Account::try_from).transpose()
}

#[async_trait]
impl UserStore for SqlStore {
    async fn insert(&self, user: NewUser) -> Result<Account, StoreError> {
        let hash = user.password_hash.to_string();
        let rows: Vec<Row> = on!(self, write, |db| sqlx::query_as(INSERT)
            .bind(user.email.as_str())
            .bind(&hash)
            .bind(user.is_admin)
            .bind(user.disabled)
            .bind(user.created_at)
            .fetch_all(db))?;
        at_most_one(rows)?.ok_or(StoreError::EmailTaken)
    }

    async fn insert_many(&self, users: Vec<NewUser>) -> Result<Vec<bool>, StoreError> {
        let rows: Vec<_> =
            users.into_iter().map(|user| (user.password_hash.to_string(), user)).collect();
        let kept: Vec<String> = on!(self, write, |db| async {
            let mut transaction = db.begin_write().await?;
            let mut kept = Vec::new();
            for rows in rows.chunks(ROWS) {
                let mut insert = QueryBuilder::new(INSERT_MANY);
                insert.push_values(rows, |mut row, (hash, user)| {
                    row.push_bind(user.email.as_str())
                        .push_bind(hash)
                        .push_bind(user.is_admin)
                        .push_bind(user.disabled)
                        .push_bind(user.created_at)
                        .push_bind(user.created_at)
                        .push_bind(0_i64);
                });
                insert.push(" ON CONFLICT (email) DO NOTHING RETURNING email");
                let insert = insert.build_query_scalar::<String>();
                kept.extend(insert.fetch_all(&mut *transaction).await?);
            }
            transaction.commit().await?;
            Ok(kept)
        })?;
        let mut kept: HashSet<String> = kept.into_iter().collect();
        Ok(rows.iter().map(|(_, user)| kept.remove(user.email.as_str())).collect())
    }

    async fn by_id(&self, id: UserId) -> Result<Option<Account>, StoreError> {
        let row: Option<Row> =
            on!(self, read, |db| sqlx::query_as(BY_ID).bind(id.0).fetch_optional(db))?;
        row.map(Account::try_from).transpose()
    }

    async fn by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        // Nothing is kept under a former spelling any more: what is there was there before.
        for spelling in email.former().into_iter().chain([email.as_str()]) {
            let row: Option<Row> =
                on!(self, read, |db| sqlx::query_as(BY_EMAIL).bind(spelling).fetch_optional(db))?;
            if row.is_some() {
                return row.map(Account::try_from).transpose();
            }
        }
        Ok(None)
    }

    async fn page(&self, after: UserId, limit: u32) -> Result<Vec<Account>, StoreError> {
        let rows: Vec<Row> = on!(self, read, |db| sqlx::query_as(PAGE)
            .bind(after.0)
            .bind(i64::from(limit))
            .fetch_all(db))?;
        rows.into_iter().map(Account::try_from).collect()
    }

    async fn change(
        &self,
        id: UserId,
        change: Change,
        now: i64,
    ) -> Result<Option<Account>, StoreError> {
        let expected = change.expected_hash.as_ref().map(ToString::to_string);
        let hash = change.password_hash.as_ref().map(ToString::to_string);
        let rows: Vec<Row> = on!(self, write, |db| async {
            let mut transaction = db.begin_write().await?;
            let rows: Vec<Row> = sqlx::query_as(CHANGE)
                .bind(id.0)
                .bind(&expected)
                .bind(&hash)
                .bind(change.is_admin)
                .bind(change.disabled)
                .bind(change.revoke_tokens)
                .bind(now)
                .fetch_all(&mut *transaction)
                .await?;
            if change.ends_sessions() && !rows.is_empty() {
                sqlx::query(END_ALL).bind(id.0).execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
            Ok(rows)
        })?;
        at_most_one(rows)
    }

    async fn change_password(
        &self,
        id: UserId,
        authorization: &Authorization,
        password_hash: PasswordHash,
        session: NewSession,
    ) -> Result<Result<(), Unauthorized>, StoreError> {
        let hash = password_hash.to_string();
        let (name, now) = (session.id.to_string(), session.created_at);
        on!(self, write, |db| async {
            let mut transaction = db.begin_write().await?;
            if let Err(reason) = authorize!(transaction, id, authorization, now) {
                return Ok(Err(reason));
            }
            sqlx::query(REVOKE).bind(id.0).bind(now).execute(&mut *transaction).await?;
            sqlx::query(SET_PASSWORD).bind(id.0).bind(&hash).execute(&mut *transaction).await?;
            sqlx::query(END_ALL).bind(id.0).execute(&mut *transaction).await?;
            insert!(&mut *transaction, id.0, &name, &session);
            transaction.commit().await?;
            Ok(Ok(()))
        })
    }

    async fn remove_own(
        &self,
        id: UserId,
        authorization: &Authorization,
        now: i64,
    ) -> Result<Result<(), Unauthorized>, StoreError> {
        on!(self, write, |db| async {
            let mut transaction = db.begin_write().await?;
            if let Err(reason) = authorize!(transaction, id, authorization, now) {
                return Ok(Err(reason));
            }
            sqlx::query(DELETE).bind(id.0).execute(&mut *transaction).await?;
            transaction.commit().await?;
            Ok(Ok(()))
        })
    }

    async fn remove(&self, id: UserId) -> Result<bool, StoreError> {
        let ids: Vec<i64> =
            on!(self, write, |db| sqlx::query_scalar(DELETE).bind(id.0).fetch_all(db))?;
        Ok(!ids.is_empty())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        match &self.pool {
            // A standby answers, too: this is refused where nothing can be written.
            Pool::Postgres(_) => on!(self, write, |db| async {
                sqlx::query("DELETE FROM sessions WHERE FALSE").execute(&mut *db).await?;
                sqlx::query("DELETE FROM users WHERE FALSE").execute(db).await.map(drop)
            }),
            Pool::Sqlite(_) => on!(self, read, |db| async {
                let both = "SELECT 1 FROM users, sessions LIMIT 1";
                sqlx::query(both).fetch_optional(db).await.map(drop)
            }),
        }
    }
}
