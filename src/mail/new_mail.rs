//! Mails for the outbox.

use super::content::SealedContent;
use super::kind::MailKind;
use crate::domain::{Email, Timestamp};

/// A mail for the outbox.
#[derive(Clone, Debug)]
pub struct NewMail {
    /// What it is about.
    pub kind: MailKind,
    /// Its recipient.
    pub recipient: Email,
    /// Subject and bodies.
    pub content: SealedContent,
    /// The time of its creation.
    pub created_at: Timestamp,
    /// The time from which on it is not sent any more.
    pub expires_at: Timestamp,
}
