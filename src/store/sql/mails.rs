//! Statements about the outbox.

use async_trait::async_trait;

use super::mail_rows::{DueMailRow, MailRow, mail_columns};
use super::pool::SqlStore;
use super::rows::all;
use super::transactions::BeginWrite;
use crate::domain::{Email, Timestamp};
use crate::store::{DueMail, MailAttempt, MailQuery, MailRecord, MailStore, StoreError};

const IS_DUE: &str = "SELECT 1 FROM mails WHERE next_attempt_at <= $1 LIMIT 1";

/// The condition is repeated, since another instance may have taken a mail meanwhile.
const TAKE_DUE: &str = concat!(
    "UPDATE mails SET next_attempt_at = $2, attempts = attempts + 1 \
     WHERE next_attempt_at <= $1 AND content IS NOT NULL AND id IN \
     (SELECT id FROM mails WHERE next_attempt_at <= $1 ORDER BY next_attempt_at, id LIMIT $3) \
     RETURNING content, ",
    mail_columns!()
);

const FINISH: &str = "UPDATE mails SET next_attempt_at = $2, sent_at = $3, \
     content = CASE WHEN $4 THEN NULL ELSE content END, last_error = COALESCE($5, last_error) \
     WHERE id = $1 AND sent_at IS NULL";

const LIST: &str = concat!(
    "SELECT ",
    mail_columns!(),
    " FROM mails WHERE id < $1 AND (CAST($2 AS BIGINT) IS NULL OR id = $2) \
     AND (CAST($3 AS TEXT) IS NULL OR recipient = $3) AND ($4 OR sent_at IS NULL) \
     ORDER BY id DESC LIMIT $5"
);

const COUNT_QUEUED: &str = "SELECT COUNT(*) FROM mails WHERE next_attempt_at IS NOT NULL";

const RETRY: &str = "UPDATE mails SET next_attempt_at = $2, expires_at = $3 \
     WHERE id = $1 AND content IS NOT NULL RETURNING id";

const DELETE_OLD: &str = "DELETE FROM mails WHERE created_at < $1 AND next_attempt_at IS NULL";

const DELETE_EXPIRED_TOKENS: &str = "DELETE FROM one_time_tokens WHERE expires_at < $1";

#[async_trait]
impl MailStore for SqlStore {
    async fn take_due_mails(
        &self,
        now: Timestamp,
        lease: Timestamp,
        limit: u32,
    ) -> Result<Vec<DueMail>, StoreError> {
        // A read, so that nothing is locked as long as no mail is due.
        let due: Option<i32> = on!(self, read, |db| async {
            sqlx::query_scalar(IS_DUE).bind(now.milliseconds()).fetch_optional(db).await
        })?;
        if due.is_none() {
            return Ok(Vec::new());
        }
        Ok(on!(self, write, |db| async {
            let mut transaction = db.begin_write().await?;
            let rows: Vec<DueMailRow> = sqlx::query_as(TAKE_DUE)
                .bind(now.milliseconds())
                .bind(lease.milliseconds())
                .bind(i64::from(limit))
                .fetch_all(&mut *transaction)
                .await?;
            transaction.commit().await?;
            all::<DueMail, _>(rows)
        })?)
    }

    async fn finish_mail(
        &self,
        id: i64,
        outcome: MailAttempt,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (next, sent_at, error) = match &outcome {
            MailAttempt::Sent => (None, Some(now.milliseconds()), None),
            MailAttempt::Retry(at, error) => (Some(at.milliseconds()), None, Some(error)),
            MailAttempt::GivenUp(error) => (None, None, Some(error)),
        };
        on!(self, write, |db| async {
            let finishing = sqlx::query(FINISH).bind(id).bind(next).bind(sent_at);
            finishing.bind(sent_at.is_some()).bind(error).execute(db).await.map(drop)
        })?;
        Ok(())
    }

    async fn mails(&self, query: &MailQuery) -> Result<Vec<MailRecord>, StoreError> {
        Ok(on!(self, read, |db| async {
            let rows = sqlx::query_as::<_, MailRow>(LIST)
                .bind(query.before)
                .bind(query.id)
                .bind(query.recipient.as_ref().map(Email::as_str))
                .bind(query.sent)
                .bind(i64::from(query.limit));
            all(rows.fetch_all(db).await?)
        })?)
    }

    async fn queued_mails(&self) -> Result<u64, StoreError> {
        let count: i64 =
            on!(self, read, |db| async { sqlx::query_scalar(COUNT_QUEUED).fetch_one(db).await })?;
        Ok(count.unsigned_abs())
    }

    async fn retry_mail(
        &self,
        id: i64,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let ids: Vec<i64> = on!(self, write, |db| async {
            let retrying = sqlx::query_scalar(RETRY).bind(id).bind(now.milliseconds());
            retrying.bind(expires_at.milliseconds()).fetch_all(db).await
        })?;
        Ok(!ids.is_empty())
    }

    async fn delete_old_mails(&self, before: Timestamp) -> Result<(), StoreError> {
        on!(self, write, |db| async {
            let mut transaction = db.begin_write().await?;
            for statement in [DELETE_OLD, DELETE_EXPIRED_TOKENS] {
                let deleting = sqlx::query(statement).bind(before.milliseconds());
                deleting.execute(&mut *transaction).await?;
            }
            transaction.commit().await
        })?;
        Ok(())
    }
}
