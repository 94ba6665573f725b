//! Statements about sessions, under the same rules as those about users.

use async_trait::async_trait;

use super::pool::SqlStore;
use super::rows::{SessionRow, UserRow, all, first, session_columns, user_columns};
use super::transactions::BeginWrite;
use super::users::REVOKE;
use crate::domain::{SessionId, Timestamp, UserId};
use crate::store::{
    Account, Authorization, Commit, Effects, EndedSessions, Extension, NewSession, NewUser,
    Opening, PresentedToken, Registration, Rotation, RotationRules, Session, SessionStore,
    StoreError, Unauthorized,
};

/// As [`UserStore::insert`](crate::store::UserStore::insert), of a user who has just logged in.
const REGISTER: &str = concat!(
    "INSERT INTO users (email, password_hash, is_admin, disabled, created_at, changed_at, \
     last_login_at, tokens_valid_after, email_verified) \
     VALUES ($1, $2, $3, $4, $5, $5, $6, 0, $7) RETURNING ",
    user_columns!()
);

/// Takes the user's row first: what revokes the user's tokens does too, so one comes after the
/// other.
const LOG_IN: &str = "UPDATE users SET last_login_at = $2 \
     WHERE id = $1 AND NOT disabled AND tokens_valid_after = $3 AND password_hash = $4 RETURNING id";

/// More than one for each that is opened, so that they do not accumulate.
const DELETE_EXPIRED: &str = "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions \
     WHERE idle_expires_at <= $1 ORDER BY idle_expires_at, id LIMIT 4)";

/// Those beyond the [limit](crate::store::SESSION_LIMIT), of which the new session is one.
pub(super) const END_OVER_LIMIT: &str = "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions \
     WHERE user_id = $1 AND id <> $2 ORDER BY last_used_at DESC, id DESC LIMIT 1000 OFFSET 99) \
     RETURNING id";

/// Locks a session, and returns it.
const LOCK: &str = concat!(
    "UPDATE sessions SET generation = generation WHERE id = $1 RETURNING ",
    session_columns!()
);

const ROTATE: &str = "UPDATE sessions SET generation = $2, parent = $3, last_used_at = $4, \
     idle_expires_at = $5, rotated_by_user_agent = $6, rotated_by_address = $7, \
     foreign_retries = $8, foreign_retry_generation = $9 WHERE id = $1";

const EXTEND: &str = "UPDATE sessions SET last_used_at = $2, idle_expires_at = \
     CASE WHEN absolute_expires_at < $3 THEN absolute_expires_at ELSE $3 END \
     WHERE id = $1 AND last_used_at <= $4 AND idle_expires_at > $5";

const BY_ID: &str = concat!("SELECT ", session_columns!(), " FROM sessions WHERE id = $1");

const OF_USER: &str = concat!(
    "SELECT ",
    session_columns!(),
    " FROM sessions WHERE user_id = $1 AND idle_expires_at > $2 \
     ORDER BY last_used_at DESC, id DESC LIMIT $3"
);

const END: &str = concat!("DELETE FROM sessions WHERE id = $1 RETURNING ", session_columns!());

const END_ONE: &str = "DELETE FROM sessions WHERE user_id = $1 AND id = $2 RETURNING id";

#[async_trait]
impl SessionStore for SqlStore {
    async fn register(
        &self,
        user: NewUser,
        session: NewSession,
        effects: Commit<'_, UserId>,
    ) -> Result<Registration, StoreError> {
        let hash = user.password_hash.to_string();
        let registered = on!(self, write, |db| async {
            let mut transaction = db.begin_write().await?;
            let rows: Vec<UserRow> = sqlx::query_as(REGISTER)
                .bind(user.email.as_str())
                .bind(&hash)
                .bind(user.is_admin)
                .bind(user.disabled)
                .bind(user.created_at.milliseconds())
                .bind(session.created_at.milliseconds())
                .bind(user.email_verified)
                .fetch_all(&mut *transaction)
                .await?;
            let account = first::<Account, _>(rows)?.ok_or(sqlx::Error::RowNotFound)?;
            let Some(effects) = effects(&account.user.id) else { return Ok(None) };
            insert_session!(transaction, account.user.id.0, &session);
            insert_effects!(transaction, effects);
            transaction.commit().await?;
            Ok(Some((account, effects)))
        });
        match registered {
            Ok(Some((account, effects))) => {
                effects.log();
                Ok(Registration::Registered(account))
            }
            Ok(None) => Ok(Registration::Aborted),
            Err(error) if error.is_email_taken() => Ok(Registration::EmailTaken),
            Err(error) => Err(error.into()),
        }
    }

    async fn open(
        &self,
        verified: &Account,
        session: NewSession,
        effects: Commit<'_, Vec<SessionId>>,
    ) -> Result<Opening, StoreError> {
        let user = verified.user.id;
        // The login has read the user, whom another instance may have changed.
        let _invalidation = self.callers.invalidate_user(user);
        let hash = verified.password_hash.to_string();
        let now = session.created_at.milliseconds();
        let opened = on!(self, write, |db| async {
            let mut transaction = db.begin_write().await?;
            let users: Vec<i64> = sqlx::query_scalar(LOG_IN)
                .bind(user.0)
                .bind(now)
                .bind(verified.tokens_valid_after.milliseconds())
                .bind(&hash)
                .fetch_all(&mut *transaction)
                .await?;
            if users.is_empty() {
                return Ok(Err(Opening::Conflict));
            }
            sqlx::query(DELETE_EXPIRED).bind(now).execute(&mut *transaction).await?;
            insert_session!(transaction, user.0, &session);
            let ending = sqlx::query_scalar(END_OVER_LIMIT).bind(user.0);
            let ended: Vec<String> =
                ending.bind(session.id.to_string()).fetch_all(&mut *transaction).await?;
            let ended = ended.iter().filter_map(|id| SessionId::parse(id)).collect();
            let Some(effects) = effects(&ended) else { return Ok(Err(Opening::Aborted)) };
            insert_effects!(transaction, effects);
            transaction.commit().await?;
            Ok(Ok(effects))
        })?;
        match opened {
            Ok(effects) => {
                effects.log();
                Ok(Opening::Opened)
            }
            Err(outcome) => Ok(outcome),
        }
    }

    async fn rotate(
        &self,
        token: &PresentedToken,
        rules: RotationRules,
        effects: Commit<'_, Rotation>,
    ) -> Result<Rotation, StoreError> {
        let _invalidation = self.callers.invalidate_session(token.session);
        let id = token.session.to_string();
        let (rotation, effects) = on!(self, write, |db| async {
            let mut transaction = db.begin_write().await?;
            let rows: Vec<SessionRow> =
                sqlx::query_as(LOCK).bind(&id).fetch_all(&mut *transaction).await?;
            let rotation = match first::<Session, _>(rows)? {
                Some(session) => session.present(token, rules),
                None => Rotation::NotFound,
            };
            let Some(effects) = effects(&rotation) else {
                return Ok((Rotation::Aborted, Effects::none()));
            };
            match &rotation {
                Rotation::Rotated(session) | Rotation::Retried(session) => {
                    let by = &session.rotated_by;
                    sqlx::query(ROTATE)
                        .bind(&id)
                        .bind(session.generation)
                        .bind(session.parent)
                        .bind(session.last_used_at.milliseconds())
                        .bind(session.idle_expires_at.milliseconds())
                        .bind(&by.user_agent)
                        .bind(by.address.map(|address| address.to_string()))
                        .bind(session.foreign_retries)
                        .bind(session.foreign_retry_generation)
                        .execute(&mut *transaction)
                        .await?;
                }
                Rotation::ReuseDetected(_) => {
                    let ending = sqlx::query_as::<_, SessionRow>(END).bind(&id);
                    ending.fetch_all(&mut *transaction).await?;
                }
                Rotation::NotFound | Rotation::Aborted => return Ok((rotation, Effects::none())),
            }
            insert_effects!(transaction, effects);
            transaction.commit().await?;
            Ok((rotation, effects))
        })?;
        effects.log();
        Ok(rotation)
    }

    async fn extend(&self, extension: &Extension) -> Result<bool, StoreError> {
        let _invalidation = self.callers.invalidate_session(extension.session);
        let id = extension.session.to_string();
        Ok(on!(self, write, |db| async {
            let extending = sqlx::query(EXTEND)
                .bind(&id)
                .bind(extension.now.milliseconds())
                .bind(extension.idle_expires_at().milliseconds())
                .bind(extension.unused_since.milliseconds())
                .bind(extension.now.end_of_second().milliseconds());
            Ok(extending.execute(db).await?.rows_affected() > 0)
        })?)
    }

    async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let id = id.to_string();
        Ok(on!(self, read, |db| async {
            first(sqlx::query_as::<_, SessionRow>(BY_ID).bind(&id).fetch_all(db).await?)
        })?)
    }

    async fn sessions_of(
        &self,
        user: UserId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        Ok(on!(self, read, |db| async {
            let rows = sqlx::query_as::<_, SessionRow>(OF_USER)
                .bind(user.0)
                .bind(now.end_of_second().milliseconds())
                .bind(i64::from(limit));
            all(rows.fetch_all(db).await?)
        })?)
    }

    async fn end(
        &self,
        id: SessionId,
        effects: Commit<'_, Session>,
    ) -> Result<Option<Session>, StoreError> {
        let _invalidation = self.callers.invalidate_session(id);
        let id = id.to_string();
        let ended = on!(self, write, |db| async {
            let mut transaction = db.begin_write().await?;
            let rows = sqlx::query_as::<_, SessionRow>(END).bind(&id);
            let Some(session) = first::<Session, _>(rows.fetch_all(&mut *transaction).await?)?
            else {
                return Ok(None);
            };
            let effects = effects(&session).unwrap_or_default();
            insert_effects!(transaction, effects);
            transaction.commit().await?;
            Ok(Some((session, effects)))
        })?;
        Ok(ended.map(|(session, effects)| {
            effects.log();
            session
        }))
    }

    async fn end_own(
        &self,
        user: UserId,
        authorization: &Authorization,
        ended: EndedSessions,
        now: Timestamp,
        effects: Effects,
    ) -> Result<Result<bool, Unauthorized>, StoreError> {
        let _invalidation = self.callers.invalidate_user(user);
        let own = authorization.session.map(|own| own.to_string()).unwrap_or_default();
        let result = in_portions!(self, |db| async {
            let mut transaction = db.begin_write().await?;
            if let Err(reason) = authorize!(transaction, user, authorization, now) {
                return Ok(Some(Err(reason)));
            }
            match ended {
                EndedSessions::One(id) => {
                    let ending = sqlx::query_scalar(END_ONE).bind(user.0).bind(id.to_string());
                    let ids: Vec<String> = ending.fetch_all(&mut *transaction).await?;
                    if ids.is_empty() {
                        return Ok(Some(Ok(false)));
                    }
                }
                EndedSessions::Others => end_sessions_or_return!(transaction, user, &own),
                EndedSessions::All => {
                    end_sessions_or_return!(transaction, user, &own);
                    end_sessions_or_return!(transaction, user, "");
                    let revoking = sqlx::query(REVOKE).bind(user.0).bind(now.milliseconds());
                    revoking.execute(&mut *transaction).await?;
                }
            }
            insert_effects!(transaction, effects);
            transaction.commit().await?;
            Ok(Some(Ok(true)))
        })?;
        if result == Ok(true) {
            effects.log();
        }
        Ok(result)
    }
}
