//! Statements about one-time tokens.

use async_trait::async_trait;

use super::mail_rows::{CodeRow, OneTimeTokenRow};
use super::pool::SqlStore;
use super::rows::{UserRow, first, user_columns};
use super::sessions::END_OVER_LIMIT;
use super::transactions::BeginWrite;
use crate::domain::{Email, SessionId, Timestamp};
use crate::store::authorization::has_expired;
use crate::store::{
    Account, CODE_TRIES, CodeLogin, CodeRedemption, Commit, Effects, OneTimeTokenStore,
    RedeemedChange, Redemption, StoreError,
};
use crate::token::{OneTimeToken, TokenPurpose, is_any};

const ENABLED: &str =
    concat!("SELECT ", user_columns!(), " FROM users WHERE id = $1 AND NOT disabled");

/// Locks the user's row first, as what changes the password or the address does.
const LOCK_ENABLED: &str = concat!(
    "UPDATE users SET changed_at = changed_at WHERE id = $1 AND NOT disabled RETURNING ",
    user_columns!()
);

const TOKEN: &str = "SELECT email, expires_at FROM one_time_tokens \
     WHERE digest = $1 AND user_id = $2 AND purpose = $3";

const DELETE_TOKEN: &str = "DELETE FROM one_time_tokens WHERE digest = $1";

const CODE: &str = "SELECT digest, tries, email, expires_at FROM one_time_tokens \
     WHERE user_id = $1 AND purpose = $2";

const COUNT_TRY: &str = "UPDATE one_time_tokens SET tries = tries + 1 WHERE digest = $1";

const LOG_IN_BY_CODE: &str = concat!(
    "UPDATE users SET email_verified = TRUE, last_login_at = $2 WHERE id = $1 RETURNING ",
    user_columns!()
);

/// `$5` is whether all tokens are revoked, as
/// [`revoked_by_user`](crate::store::authorization::revoked_by_user) has it.
const REDEEM: &str = concat!(
    "UPDATE users SET email_verified = TRUE, email = COALESCE($2, email), \
     password_hash = COALESCE($3, password_hash), last_login_at = COALESCE($4, last_login_at), \
     tokens_valid_after = CASE WHEN NOT $5 THEN tokens_valid_after \
     WHEN $6 > tokens_valid_after THEN $6 ELSE tokens_valid_after + 1 END, \
     changed_at = $6 WHERE id = $1 RETURNING ",
    user_columns!()
);

/// Whether a stored token is valid for an account.
fn is_valid(
    row: &OneTimeTokenRow,
    purpose: TokenPurpose,
    account: &Account,
    now: Timestamp,
) -> bool {
    let is_current = purpose.is_about_other_address() || row.email == account.user.email.as_str();
    is_current && !has_expired(Timestamp::from_milliseconds(row.expires_at), now)
}

#[async_trait]
impl OneTimeTokenStore for SqlStore {
    async fn issue_token(&self, account: &Account, effects: Effects) -> Result<bool, StoreError> {
        let id = account.user.id;
        let is_current = on!(self, write, |db| async {
            let mut transaction = db.begin_write().await?;
            let rows: Vec<UserRow> =
                sqlx::query_as(LOCK_ENABLED).bind(id.0).fetch_all(&mut *transaction).await?;
            let is_current = first::<Account, _>(rows)?.is_some_and(|current| {
                current.password_hash == account.password_hash
                    && current.user.email == account.user.email
            });
            if is_current {
                insert_effects!(transaction, effects);
                transaction.commit().await?;
            }
            Ok(is_current)
        })?;
        if is_current {
            effects.log();
        }
        Ok(is_current)
    }

    async fn commit(&self, effects: Effects) -> Result<(), StoreError> {
        on!(self, write, |db| async {
            let mut transaction = db.begin_write().await?;
            insert_effects!(transaction, effects);
            transaction.commit().await
        })?;
        effects.log();
        Ok(())
    }

    async fn token_account(
        &self,
        token: &OneTimeToken,
        purpose: TokenPurpose,
        now: Timestamp,
    ) -> Result<Option<Account>, StoreError> {
        let id = token.user().0;
        Ok(on!(self, read, |db| async {
            let rows: Vec<UserRow> = sqlx::query_as(ENABLED).bind(id).fetch_all(&mut *db).await?;
            let Some(account) = first::<Account, _>(rows)? else { return Ok(None) };
            let digest = token.digest(purpose, &account.password_hash.to_string());
            let finding = sqlx::query_as(TOKEN).bind(digest.as_slice()).bind(id);
            let rows: Vec<OneTimeTokenRow> = finding.bind(purpose.name()).fetch_all(db).await?;
            let row = rows.first().filter(|row| is_valid(row, purpose, &account, now));
            Ok(row.map(|_| account))
        })?)
    }

    async fn redeem(
        &self,
        token: &OneTimeToken,
        purpose: TokenPurpose,
        change: RedeemedChange,
        now: Timestamp,
        effects: Commit<'_, Redemption>,
    ) -> Result<Redemption, StoreError> {
        let id = token.user();
        let _invalidation = self.callers.invalidate_user(id);
        let (hash, session) = match &change {
            RedeemedChange::SetPassword { password_hash, session } => {
                (Some(password_hash.to_string()), Some(session))
            }
            _ => (None, None),
        };
        let is_change_of_address =
            matches!(change, RedeemedChange::ChangeEmail | RedeemedChange::UndoEmailChange);
        let revokes = session.is_some() || matches!(change, RedeemedChange::UndoEmailChange);
        let redeemed = in_portions!(self, |db| async {
            let mut transaction = db.begin_write().await?;
            let rows: Vec<UserRow> =
                sqlx::query_as(LOCK_ENABLED).bind(id.0).fetch_all(&mut *transaction).await?;
            let invalid = Ok(Some(Err(Redemption::Invalid)));
            let Some(account) = first::<Account, _>(rows)? else { return invalid };
            let digest = token.digest(purpose, &account.password_hash.to_string());
            let finding = sqlx::query_as(TOKEN).bind(digest.as_slice()).bind(id.0);
            let finding = finding.bind(purpose.name());
            let rows: Vec<OneTimeTokenRow> = finding.fetch_all(&mut *transaction).await?;
            let valid = rows.first().filter(|row| is_valid(row, purpose, &account, now));
            let Some(row) = valid else { return invalid };
            if revokes {
                end_sessions_or_return!(transaction, id, "");
            }
            let deleting = sqlx::query(DELETE_TOKEN).bind(digest.as_slice());
            deleting.execute(&mut *transaction).await?;
            let rows: Vec<UserRow> = sqlx::query_as(REDEEM)
                .bind(id.0)
                .bind(is_change_of_address.then_some(&row.email))
                .bind(&hash)
                .bind(session.map(|session| session.created_at.milliseconds()))
                .bind(revokes)
                .bind(now.milliseconds())
                .fetch_all(&mut *transaction)
                .await?;
            let before: Email = account.user.email;
            let account = first::<Account, _>(rows)?.ok_or(sqlx::Error::RowNotFound)?;
            let redemption = Redemption::Redeemed(account, before);
            let Some(effects) = effects(&redemption) else {
                return Ok(Some(Err(Redemption::Aborted)));
            };
            if let Some(session) = session {
                insert_session!(transaction, id.0, session);
            }
            insert_effects!(transaction, effects);
            transaction.commit().await?;
            Ok(Some(Ok((redemption, effects))))
        });
        match redeemed {
            Ok(Ok((redemption, effects))) => {
                effects.log();
                Ok(redemption)
            }
            Ok(Err(outcome)) => Ok(outcome),
            Err(error) if error.is_email_taken() => Ok(Redemption::EmailTaken),
            Err(error) => Err(error.into()),
        }
    }

    async fn log_in_by_code(
        &self,
        login: CodeLogin,
        effects: Commit<'_, Vec<SessionId>>,
    ) -> Result<CodeRedemption, StoreError> {
        let CodeLogin { user, digests, session } = login;
        let _invalidation = self.callers.invalidate_user(user);
        let now = session.created_at;
        let logged_in = on!(self, write, |db| async {
            let mut transaction = db.begin_write().await?;
            let rows: Vec<UserRow> =
                sqlx::query_as(LOCK_ENABLED).bind(user.0).fetch_all(&mut *transaction).await?;
            let invalid = Ok(Err(CodeRedemption::Invalid));
            let Some(account) = first::<Account, _>(rows)? else { return invalid };
            let purpose = TokenPurpose::LoginCode;
            let finding = sqlx::query_as(CODE).bind(user.0).bind(purpose.name());
            let rows: Vec<CodeRow> = finding.fetch_all(&mut *transaction).await?;
            let Some(row) = rows.first() else { return invalid };
            let is_usable = row.tries < CODE_TRIES && is_valid(&row.token, purpose, &account, now);
            if !is_usable || !is_any(&row.digest, &digests) {
                sqlx::query(COUNT_TRY).bind(&row.digest).execute(&mut *transaction).await?;
                transaction.commit().await?;
                return invalid;
            }
            sqlx::query(DELETE_TOKEN).bind(&row.digest).execute(&mut *transaction).await?;
            let rows: Vec<UserRow> = sqlx::query_as(LOG_IN_BY_CODE)
                .bind(user.0)
                .bind(now.milliseconds())
                .fetch_all(&mut *transaction)
                .await?;
            let account = first::<Account, _>(rows)?.ok_or(sqlx::Error::RowNotFound)?;
            insert_session!(transaction, user.0, &session);
            let ending = sqlx::query_scalar(END_OVER_LIMIT).bind(user.0);
            let ended: Vec<String> =
                ending.bind(session.id.to_string()).fetch_all(&mut *transaction).await?;
            let ended = ended.iter().filter_map(|id| SessionId::parse(id)).collect();
            let Some(effects) = effects(&ended) else { return Ok(Err(CodeRedemption::Aborted)) };
            insert_effects!(transaction, effects);
            transaction.commit().await?;
            Ok(Ok((account, effects)))
        })?;
        match logged_in {
            Ok((account, effects)) => {
                effects.log();
                Ok(CodeRedemption::LoggedIn(Box::new(account)))
            }
            Err(outcome) => Ok(outcome),
        }
    }
}
