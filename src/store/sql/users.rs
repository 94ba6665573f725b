//! Statements about users.
//!
//! Each is one text for both databases. What writes is read to its end (`fetch_all`): SQLite
//! commits a statement with `RETURNING` when it has returned its last row, and a response before
//! that would be one before the commit.

use std::collections::HashSet;

use async_trait::async_trait;
use sqlx::QueryBuilder;

use super::pool::{Pool, SqlStore};
use super::rows::{UserRow, all, first, user_columns};
use super::transactions::BeginWrite;
use crate::domain::{Email, Timestamp, UserId};
use crate::password::PasswordHash;
use crate::store::{
    Account, Authority, Authorization, Commit, Deletion, Effects, Insertion, NewUser,
    PasswordChange, StoreError, Unauthorized, UserStore,
};

/// Rows of each statement of [`UserStore::insert_many`]; nine parameters each stay under what both
/// databases allow for a statement.
const ROWS: usize = 500;

const INSERT: &str = concat!(
    "INSERT INTO users (email, password_hash, is_admin, disabled, created_at, changed_at, \
     tokens_valid_after, email_verified, metadata) \
     VALUES ($1, $2, $3, $4, $5, $5, 0, $6, $7) RETURNING ",
    user_columns!()
);

const INSERT_MANY: &str = "INSERT INTO users (email, password_hash, is_admin, disabled, \
     created_at, changed_at, tokens_valid_after, email_verified, metadata) ";

const BY_ID: &str = concat!("SELECT ", user_columns!(), " FROM users WHERE id = $1");

const BY_EMAIL: &str = concat!("SELECT ", user_columns!(), " FROM users WHERE email = $1");

const PAGE: &str =
    concat!("SELECT ", user_columns!(), " FROM users WHERE id > $1 ORDER BY id LIMIT $2");

const REHASH: &str = concat!(
    "UPDATE users SET password_hash = $3, changed_at = $4 WHERE id = $1 AND password_hash = $2 \
     RETURNING ",
    user_columns!()
);

/// As [`revoked_by_user`](crate::store::authorization::revoked_by_user) has it.
pub(super) const REVOKE: &str = "UPDATE users SET tokens_valid_after = \
     CASE WHEN $2 > tokens_valid_after THEN $2 ELSE tokens_valid_after + 1 END, \
     changed_at = $2 WHERE id = $1";

const CHANGE_PASSWORD: &str = "UPDATE users SET password_hash = $2 WHERE id = $1";

impl SqlStore {
    /// Inserts a user by this authority.
    pub(super) async fn insert_by(
        &self,
        user: NewUser,
        authority: &Authority,
        effects: Commit<'_, UserId>,
    ) -> Result<Result<Insertion, Unauthorized>, StoreError> {
        let (hash, metadata) = (user.password_hash.to_string(), user.metadata.to_string());
        let inserted = on!(self, write, |db| async {
            let mut transaction = db.begin_write().await?;
            if let Err(reason) = authorize_admin!(transaction, authority, user.created_at) {
                return Ok(Err(reason));
            }
            let rows: Vec<UserRow> = sqlx::query_as(INSERT)
                .bind(user.email.as_str())
                .bind(&hash)
                .bind(user.is_admin)
                .bind(user.disabled)
                .bind(user.created_at.milliseconds())
                .bind(user.email_verified)
                .bind(&metadata)
                .fetch_all(&mut *transaction)
                .await?;
            let account = first::<Account, _>(rows)?.ok_or(sqlx::Error::RowNotFound)?;
            let Some(effects) = effects(&account.user.id) else { return Ok(Ok(None)) };
            insert_effects!(transaction, effects);
            transaction.commit().await?;
            Ok(Ok(Some((account, effects))))
        });
        match inserted {
            Ok(Ok(Some((account, effects)))) => {
                effects.log();
                Ok(Ok(Insertion::Inserted(account)))
            }
            Ok(Ok(None)) => Ok(Ok(Insertion::Aborted)),
            Ok(Err(reason)) => Ok(Err(reason)),
            Err(error) if error.is_email_taken() => Ok(Ok(Insertion::EmailTaken)),
            Err(error) => Err(error.into()),
        }
    }
}

#[async_trait]
impl UserStore for SqlStore {
    async fn insert(
        &self,
        user: NewUser,
        effects: Commit<'_, UserId>,
    ) -> Result<Insertion, StoreError> {
        // An operator's authority always holds.
        let inserted = self.insert_by(user, &Authority::Operator, effects).await?;
        Ok(inserted.unwrap_or(Insertion::Aborted))
    }

    async fn insert_many(
        &self,
        users: Vec<NewUser>,
        effects: Commit<'_, usize>,
    ) -> Result<Vec<bool>, StoreError> {
        let rows: Vec<_> =
            users.into_iter().map(|user| (user.password_hash.to_string(), user)).collect();
        let (inserted, effects) = on!(self, write, |db| async {
            let mut transaction = db.begin_write().await?;
            let mut inserted = Vec::new();
            for rows in rows.chunks(ROWS) {
                let mut insert = QueryBuilder::new(INSERT_MANY);
                insert.push_values(rows, |mut row, (hash, user)| {
                    row.push_bind(user.email.as_str())
                        .push_bind(hash)
                        .push_bind(user.is_admin)
                        .push_bind(user.disabled)
                        .push_bind(user.created_at.milliseconds())
                        .push_bind(user.created_at.milliseconds())
                        .push_bind(0_i64)
                        .push_bind(user.email_verified)
                        .push_bind(user.metadata.to_string());
                });
                insert.push(" ON CONFLICT (email) DO NOTHING RETURNING email");
                let insert = insert.build_query_scalar::<String>();
                inserted.extend(insert.fetch_all(&mut *transaction).await?);
            }
            let effects = effects(&inserted.len()).unwrap_or_default();
            insert_effects!(transaction, effects);
            transaction.commit().await?;
            Ok((inserted, effects))
        })?;
        effects.log();
        let mut inserted: HashSet<String> = inserted.into_iter().collect();
        Ok(rows.iter().map(|(_, user)| inserted.remove(user.email.as_str())).collect())
    }

    async fn by_id(&self, id: UserId) -> Result<Option<Account>, StoreError> {
        Ok(on!(self, read, |db| async {
            let rows = sqlx::query_as::<_, UserRow>(BY_ID).bind(id.0).fetch_all(db).await?;
            first(rows)
        })?)
    }

    async fn by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        // No address is stored in its former spelling any more: what has one is older.
        for spelling in email.former().into_iter().chain([email.as_str()]) {
            let account = on!(self, read, |db| async {
                let rows = sqlx::query_as::<_, UserRow>(BY_EMAIL).bind(spelling).fetch_all(db);
                first(rows.await?)
            })?;
            if account.is_some() {
                return Ok(account);
            }
        }
        Ok(None)
    }

    async fn page(&self, after: UserId, limit: u32) -> Result<Vec<Account>, StoreError> {
        Ok(on!(self, read, |db| async {
            let rows = sqlx::query_as::<_, UserRow>(PAGE).bind(after.0).bind(i64::from(limit));
            all(rows.fetch_all(db).await?)
        })?)
    }

    async fn rehash(
        &self,
        id: UserId,
        expected: &PasswordHash,
        new: PasswordHash,
        now: Timestamp,
    ) -> Result<Option<Account>, StoreError> {
        let (expected, new) = (expected.to_string(), new.to_string());
        Ok(on!(self, write, |db| async {
            let rows = sqlx::query_as::<_, UserRow>(REHASH).bind(id.0).bind(&expected).bind(&new);
            first(rows.bind(now.milliseconds()).fetch_all(db).await?)
        })?)
    }

    async fn change_password(
        &self,
        change: PasswordChange,
        effects: Effects,
    ) -> Result<Result<(), Unauthorized>, StoreError> {
        let PasswordChange { user: id, authorization, password_hash, session } = change;
        let _invalidation = self.callers.invalidate_user(id);
        let (hash, now) = (password_hash.to_string(), session.created_at);
        // The session of the token authorizes the next portion.
        let own = authorization.session.map(|id| id.to_string()).unwrap_or_default();
        let result = in_portions!(self, |db| async {
            let mut transaction = db.begin_write().await?;
            if let Err(reason) = authorize!(transaction, id, &authorization, now) {
                return Ok(Some(Err(reason)));
            }
            end_sessions_or_return!(transaction, id, &own);
            end_sessions_or_return!(transaction, id, "");
            let revoking = sqlx::query(REVOKE).bind(id.0).bind(now.milliseconds());
            revoking.execute(&mut *transaction).await?;
            let changing = sqlx::query(CHANGE_PASSWORD).bind(id.0).bind(&hash);
            changing.execute(&mut *transaction).await?;
            insert_session!(transaction, id.0, &session);
            insert_effects!(transaction, effects);
            transaction.commit().await?;
            Ok(Some(Ok(())))
        })?;
        if result.is_ok() {
            effects.log();
        }
        Ok(result)
    }

    async fn delete_own(
        &self,
        id: UserId,
        authorization: &Authorization,
        now: Timestamp,
        effects: Effects,
    ) -> Result<Result<Deletion, Unauthorized>, StoreError> {
        let _invalidation = self.callers.invalidate_user(id);
        let own = authorization.session.map(|id| id.to_string()).unwrap_or_default();
        let result = in_portions!(self, |db| async {
            let mut transaction = db.begin_write().await?;
            let administrators = lock_administrators!(transaction, id);
            if let Err(reason) = authorize!(transaction, id, authorization, now) {
                return Ok(Some(Err(reason)));
            }
            delete_user_or_return!(transaction, id, &own, administrators);
            insert_effects!(transaction, effects);
            transaction.commit().await?;
            Ok(Some(Ok(Deletion::Deleted)))
        })?;
        if result == Ok(Deletion::Deleted) {
            effects.log();
        }
        Ok(result)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(match &self.pool {
            // A standby answers reads: these are refused where nothing can be written.
            Pool::Postgres(_) => on!(self, write, |db| async {
                sqlx::query("DELETE FROM sessions WHERE FALSE").execute(&mut *db).await?;
                sqlx::query("DELETE FROM audit_events WHERE FALSE").execute(&mut *db).await?;
                sqlx::query("DELETE FROM one_time_tokens WHERE FALSE").execute(&mut *db).await?;
                sqlx::query("DELETE FROM mails WHERE FALSE").execute(&mut *db).await?;
                sqlx::query("DELETE FROM users WHERE FALSE").execute(db).await.map(drop)
            }),
            Pool::Sqlite(_) => on!(self, read, |db| async {
                let all =
                    "SELECT 1 FROM users, sessions, audit_events, one_time_tokens, mails LIMIT 1";
                sqlx::query(all).fetch_optional(db).await.map(drop)
            }),
        }?)
    }
}
