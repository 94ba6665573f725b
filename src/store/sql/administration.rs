//! Statements of administrative changes of users.
//!
//! The active administrators are locked before anything else where the user is one of them: the last one
//! is found in the transaction, and two of these changes lock their rows in the same order.

use async_trait::async_trait;

use super::pool::SqlStore;
use super::rows::{UserRow, all, first, user_columns};
use super::transaction_parts::{LOCK_USER, LockedUser};
use super::transactions::BeginWrite;
use crate::domain::{SessionId, Timestamp, UserId};
use crate::password::PasswordHash;
use crate::store::{
    Account, AdministrationStore, Authority, Commit, Deletion, Effects, Insertion, NewUser,
    StoreError, Unauthorized, UpdatedUser, UserChange, UserQuery, UserUpdate,
};

/// `REPLACE` takes the text literally, which `LIKE` does not.
const FIND: &str = concat!(
    "SELECT ",
    user_columns!(),
    " FROM users WHERE id > $1 AND ($2 = '' OR REPLACE(email, $2, '') <> email) \
     ORDER BY id LIMIT $3"
);

const LOCK_ACCOUNT: &str =
    concat!("UPDATE users SET changed_at = changed_at WHERE id = $1 RETURNING ", user_columns!());

const UPDATE: &str = "UPDATE users SET email = $2, email_verified = $3, is_admin = $4, \
     disabled = $5, metadata = $6, tokens_valid_after = $7, changed_at = $8 WHERE id = $1";

/// As [`revoked_by_operator`](crate::store::authorization::revoked_by_operator) has it.
const SET_AND_REVOKE: &str = concat!(
    "UPDATE users SET password_hash = COALESCE($2, password_hash), \
     tokens_valid_after = CASE WHEN tokens_valid_after = $3 THEN $3 + 1 ELSE $3 END, \
     changed_at = $3 WHERE id = $1 RETURNING ",
    user_columns!()
);

const DELETE_TOKENS: &str = "DELETE FROM one_time_tokens WHERE user_id = $1";

const END_ONE: &str = "DELETE FROM sessions WHERE id = $1 AND user_id = $2 RETURNING id";

impl SqlStore {
    /// Revokes all tokens of a user, ends all sessions, and sets a password hash, if one is given.
    async fn set_and_revoke(
        &self,
        id: UserId,
        password_hash: Option<PasswordHash>,
        authority: &Authority,
        now: Timestamp,
        effects: Effects,
    ) -> Result<Result<Option<Account>, Unauthorized>, StoreError> {
        let _invalidation = self.callers.invalidate_user(id);
        let (hash, own) = (password_hash.map(|hash| hash.to_string()), authority.session_text());
        let result = in_portions!(self, |db| async {
            let mut transaction = db.begin_write().await?;
            lock_administrators!(transaction, id);
            if let Err(reason) = authorize_admin!(transaction, authority, now) {
                return Ok(Some(Err(reason)));
            }
            // Locks the user before the sessions, as a login does.
            let locking = sqlx::query_as::<_, LockedUser>(LOCK_USER).bind(id.0);
            if locking.fetch_all(&mut *transaction).await?.is_empty() {
                return Ok(Some(Ok(None)));
            }
            end_sessions_or_return!(transaction, id, &own);
            end_sessions_or_return!(transaction, id, "");
            let rows: Vec<UserRow> = sqlx::query_as(SET_AND_REVOKE)
                .bind(id.0)
                .bind(&hash)
                .bind(now.milliseconds())
                .fetch_all(&mut *transaction)
                .await?;
            let account = first::<Account, _>(rows)?.ok_or(sqlx::Error::RowNotFound)?;
            insert_effects!(transaction, effects);
            transaction.commit().await?;
            Ok(Some(Ok(Some(account))))
        })?;
        if let Ok(Some(_)) = result {
            effects.log();
        }
        Ok(result)
    }

    async fn end_one(
        &self,
        user: UserId,
        session: SessionId,
        authority: &Authority,
        now: Timestamp,
        effects: Effects,
    ) -> Result<Result<bool, Unauthorized>, StoreError> {
        let _invalidation = self.callers.invalidate_user(user);
        let session = session.to_string();
        let result = on!(self, write, |db| async {
            let mut transaction = db.begin_write().await?;
            lock_administrators!(transaction, user);
            if let Err(reason) = authorize_admin!(transaction, authority, now) {
                return Ok(Err(reason));
            }
            let ending = sqlx::query_scalar(END_ONE).bind(&session).bind(user.0);
            let ended: Vec<String> = ending.fetch_all(&mut *transaction).await?;
            if ended.is_empty() {
                return Ok(Ok(false));
            }
            insert_effects!(transaction, effects);
            transaction.commit().await?;
            Ok(Ok(true))
        })?;
        if result == Ok(true) {
            effects.log();
        }
        Ok(result)
    }
}

#[async_trait]
impl AdministrationStore for SqlStore {
    async fn find_users(&self, query: &UserQuery) -> Result<Vec<Account>, StoreError> {
        Ok(on!(self, read, |db| async {
            let rows = sqlx::query_as::<_, UserRow>(FIND).bind(query.after.0).bind(&query.search);
            all(rows.bind(i64::from(query.limit)).fetch_all(db).await?)
        })?)
    }

    async fn create_user(
        &self,
        user: NewUser,
        authority: &Authority,
        effects: Commit<'_, UserId>,
    ) -> Result<Result<Insertion, Unauthorized>, StoreError> {
        self.insert_by(user, authority, effects).await
    }

    async fn update_user(
        &self,
        id: UserId,
        change: &UserChange,
        authority: &Authority,
        now: Timestamp,
        effects: Commit<'_, UpdatedUser>,
    ) -> Result<Result<UserUpdate, Unauthorized>, StoreError> {
        let _invalidation = self.callers.invalidate_user(id);
        let own = authority.session_text();
        let result = in_portions!(self, |db| async {
            let mut transaction = db.begin_write().await?;
            let unchanged = |outcome| Ok(Some((Ok(outcome), Effects::none())));
            let administrators = lock_administrators!(transaction, id);
            if let Err(reason) = authorize_admin!(transaction, authority, now) {
                return Ok(Some((Err(reason), Effects::none())));
            }
            let locking = sqlx::query_as::<_, UserRow>(LOCK_ACCOUNT).bind(id.0);
            let Some(before) = first::<Account, _>(locking.fetch_all(&mut *transaction).await?)?
            else {
                return unchanged(UserUpdate::NotFound);
            };
            let Ok(after) = change.apply(&before, now) else {
                return unchanged(UserUpdate::MetadataTooLarge);
            };
            if after == before {
                return unchanged(UserUpdate::Unchanged(after));
            }
            let updated = UpdatedUser { before, after };
            let removes = updated.removes_administrator();
            if is_last_administrator_or_return!(id, removes, administrators) {
                return unchanged(UserUpdate::LastAdministrator);
            }
            if updated.ends_sessions() {
                end_sessions_or_return!(transaction, id, &own);
                end_sessions_or_return!(transaction, id, "");
            }
            let after = &updated.after;
            if after.user.email != updated.before.user.email {
                sqlx::query(DELETE_TOKENS).bind(id.0).execute(&mut *transaction).await?;
            }
            sqlx::query(UPDATE)
                .bind(id.0)
                .bind(after.user.email.as_str())
                .bind(after.user.email_verified)
                .bind(after.user.is_admin)
                .bind(after.disabled)
                .bind(after.metadata.to_string())
                .bind(after.tokens_valid_after.milliseconds())
                .bind(after.changed_at.milliseconds())
                .execute(&mut *transaction)
                .await?;
            let effects = effects(&updated).unwrap_or_default();
            insert_effects!(transaction, effects);
            transaction.commit().await?;
            Ok(Some((Ok(UserUpdate::Updated(updated.after)), effects)))
        });
        match result {
            Ok((outcome, effects)) => {
                effects.log();
                Ok(outcome)
            }
            Err(error) if error.is_email_taken() => Ok(Ok(UserUpdate::EmailTaken)),
            Err(error) => Err(error.into()),
        }
    }

    async fn set_password(
        &self,
        id: UserId,
        password_hash: PasswordHash,
        authority: &Authority,
        now: Timestamp,
        effects: Effects,
    ) -> Result<Result<Option<Account>, Unauthorized>, StoreError> {
        self.set_and_revoke(id, Some(password_hash), authority, now, effects).await
    }

    async fn end_sessions(
        &self,
        user: UserId,
        session: Option<SessionId>,
        authority: &Authority,
        now: Timestamp,
        effects: Effects,
    ) -> Result<Result<bool, Unauthorized>, StoreError> {
        if let Some(session) = session {
            return self.end_one(user, session, authority, now, effects).await;
        }
        let account = self.set_and_revoke(user, None, authority, now, effects).await?;
        Ok(account.map(|account| account.is_some()))
    }

    async fn delete_user(
        &self,
        id: UserId,
        authority: &Authority,
        now: Timestamp,
        effects: Effects,
    ) -> Result<Result<Deletion, Unauthorized>, StoreError> {
        let _invalidation = self.callers.invalidate_user(id);
        let own = authority.session_text();
        let result = in_portions!(self, |db| async {
            let mut transaction = db.begin_write().await?;
            let administrators = lock_administrators!(transaction, id);
            if let Err(reason) = authorize_admin!(transaction, authority, now) {
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
}
