//! The contract of the outbox.

use std::time::Duration;

use async_trait::async_trait;

use super::error::StoreError;
use crate::domain::{Email, Timestamp};
use crate::mail::{MailKind, SealedContent};

/// The period of [`MAIL_LIMIT`](super::MAIL_LIMIT).
pub const MAIL_LIMIT_PERIOD: Duration = Duration::from_hours(1);

/// A mail in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailRecord {
    /// The id: ascending.
    pub id: i64,
    /// What it is about.
    pub kind: MailKind,
    /// Its recipient.
    pub recipient: Email,
    /// The time of its creation.
    pub created_at: Timestamp,
    /// The time from which on it is not sent any more.
    pub expires_at: Timestamp,
    /// The number of attempts.
    pub attempts: i64,
    /// Its state.
    pub state: MailState,
    /// The error of the last attempt that failed.
    pub last_error: Option<String>,
}

/// The state of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailState {
    /// The time of the next attempt; of one that is being made, the time at which it counts as lost.
    Queued(Timestamp),
    /// The time at which the server accepted it.
    Sent(Timestamp),
    /// Given up.
    Failed,
}

/// A mail to be sent now.
#[derive(Clone, Debug)]
pub struct DueMail {
    /// The mail, with this attempt counted.
    pub record: MailRecord,
    /// Its content.
    pub content: SealedContent,
}

/// The outcome of an attempt to send a mail.
#[derive(Clone, Debug)]
pub enum MailAttempt {
    /// The server has accepted it.
    Sent,
    /// It failed, and the next attempt is at this time.
    Retry(Timestamp, String),
    /// It failed, and there is no further attempt.
    GivenUp(String),
}

/// Which mails are listed or retried.
#[derive(Clone, Debug)]
pub struct MailQuery {
    /// Only this one.
    pub id: Option<i64>,
    /// Only those to this recipient.
    pub recipient: Option<Email>,
    /// Also those that were sent.
    pub sent: bool,
    /// Only those with a lower id.
    pub before: i64,
    /// The maximum number.
    pub limit: u32,
}

impl MailQuery {
    /// All mails that were not sent.
    #[must_use]
    pub fn unsent() -> Self {
        Self { id: None, recipient: None, sent: false, before: i64::MAX, limit: u32::MAX }
    }
}

/// Stores mails, from the change that causes them until some days after they were sent.
#[async_trait]
pub trait MailStore: Send + Sync + 'static {
    /// Takes up to `limit` mails that are due, for an attempt until `lease`: no other caller gets
    /// them before.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn take_due_mails(
        &self,
        now: Timestamp,
        lease: Timestamp,
        limit: u32,
    ) -> Result<Vec<DueMail>, StoreError>;

    /// Stores the outcome of an attempt. A mail that was sent loses its content.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn finish_mail(
        &self,
        id: i64,
        outcome: MailAttempt,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Lists mails, the newest first.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn mails(&self, query: &MailQuery) -> Result<Vec<MailRecord>, StoreError>;

    /// The number of mails that are queued.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn queued_mails(&self) -> Result<u64, StoreError>;

    /// Makes a mail due that has been given up or is queued; `false` where there is none. It expires at
    /// `expires_at`.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn retry_mail(
        &self,
        id: i64,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Deletes mails from before a time that are not queued any more, and one-time tokens that expired
    /// before it.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn delete_old_mails(&self, before: Timestamp) -> Result<(), StoreError>;
}
