//! The JSON object of a mail.

use serde::Serialize;

use crate::store::{MailRecord, MailState};

/// The JSON object of a mail.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema), schema(as = Mail))]
pub struct MailJson<'a> {
    /// The id.
    pub id: i64,
    /// What it is about.
    #[cfg_attr(test, schema(value_type = crate::mail::MailKind))]
    pub kind: &'a str,
    /// The address that it is sent to.
    pub recipient: &'a str,
    /// `queued`, `sent` or `failed`.
    pub state: &'a str,
    /// The time of its creation.
    #[cfg_attr(test, schema(format = DateTime))]
    pub created_at: String,
    /// The time from which on it is not sent any more.
    #[cfg_attr(test, schema(format = DateTime))]
    pub expires_at: String,
    /// The number of attempts.
    pub attempts: i64,
    /// The time of the next attempt.
    #[cfg_attr(test, schema(format = DateTime, required = true))]
    pub next_attempt_at: Option<String>,
    /// The time at which the server accepted it.
    #[cfg_attr(test, schema(format = DateTime, required = true))]
    pub sent_at: Option<String>,
    /// The error of the last attempt that failed.
    #[cfg_attr(test, schema(required = true))]
    pub last_error: Option<&'a str>,
}

impl<'a> From<&'a MailRecord> for MailJson<'a> {
    fn from(mail: &'a MailRecord) -> Self {
        let (state, next_attempt_at, sent_at) = match mail.state {
            MailState::Queued(at) => ("queued", Some(at.to_string()), None),
            MailState::Sent(at) => ("sent", None, Some(at.to_string())),
            MailState::Failed => ("failed", None, None),
        };
        Self {
            id: mail.id,
            kind: mail.kind.name(),
            recipient: mail.recipient.as_str(),
            state,
            created_at: mail.created_at.to_string(),
            expires_at: mail.expires_at.to_string(),
            attempts: mail.attempts,
            next_attempt_at,
            sent_at,
            last_error: mail.last_error.as_deref(),
        }
    }
}
