//! Rows of the outbox and of one-time tokens, and the records that they hold.

use super::rows::malformed;
use crate::domain::{Email, Timestamp};
use crate::mail::{MailKind, SealedContent};
use crate::store::{DueMail, MailRecord, MailState};

/// The columns of [`MailRow`].
macro_rules! mail_columns {
    () => {
        "id, kind, recipient, created_at, expires_at, next_attempt_at, attempts, sent_at, last_error"
    };
}
pub(super) use mail_columns;

rows! {
    /// A row of `mails`.
    pub(super) struct MailRow {
        id: i64,
        kind: String,
        recipient: String,
        created_at: i64,
        expires_at: i64,
        next_attempt_at: Option<i64>,
        attempts: i64,
        sent_at: Option<i64>,
        last_error: Option<String>,
    }

    /// A row of `mails` with its content.
    pub(super) struct DueMailRow {
        content: Vec<u8>,
        ..mail: MailRow
    }

    /// A row of `one_time_tokens`.
    pub(super) struct OneTimeTokenRow {
        pub(super) email: String,
        pub(super) expires_at: i64,
    }

    /// A row of `one_time_tokens` that is a code.
    pub(super) struct CodeRow {
        pub(super) digest: Vec<u8>,
        pub(super) tries: i64,
        ..pub(super) token: OneTimeTokenRow
    }
}

impl TryFrom<MailRow> for MailRecord {
    type Error = sqlx::Error;

    fn try_from(row: MailRow) -> Result<Self, sqlx::Error> {
        let kind = MailKind::parse(&row.kind)
            .ok_or_else(|| malformed(format!("mail {}", row.id), "kind"))?;
        let state = match (row.next_attempt_at, row.sent_at) {
            (_, Some(at)) => MailState::Sent(Timestamp::from_milliseconds(at)),
            (Some(at), None) => MailState::Queued(Timestamp::from_milliseconds(at)),
            (None, None) => MailState::Failed,
        };
        Ok(Self {
            id: row.id,
            kind,
            recipient: Email::from_canonical(&row.recipient),
            created_at: Timestamp::from_milliseconds(row.created_at),
            expires_at: Timestamp::from_milliseconds(row.expires_at),
            attempts: row.attempts,
            state,
            last_error: row.last_error,
        })
    }
}

impl TryFrom<DueMailRow> for DueMail {
    type Error = sqlx::Error;

    fn try_from(row: DueMailRow) -> Result<Self, sqlx::Error> {
        let content = SealedContent::from_bytes(row.content);
        Ok(Self { record: row.mail.try_into()?, content })
    }
}
