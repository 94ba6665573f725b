//! Delivery into memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::content::MailContent;
use super::kind::MailKind;
use crate::domain::{Email, Timestamp};

/// The number of mails that are kept.
const CAPACITY: usize = 100;

/// The last 100 mails, in memory: for the demo and for development. A cheap handle.
#[derive(Clone, Debug, Default)]
pub struct Inbox(Arc<Mutex<VecDeque<InboxMail>>>);

/// A delivered mail.
#[derive(Clone, Debug)]
pub struct InboxMail {
    /// The id of the mail in the outbox.
    pub id: i64,
    /// What it is about.
    pub kind: MailKind,
    /// Its recipient.
    pub recipient: Email,
    /// Subject and bodies.
    pub content: MailContent,
    /// The time of its delivery.
    pub delivered_at: Timestamp,
}

impl Inbox {
    /// Delivers a mail; the oldest one is deleted if there are too many. Once more, it replaces itself.
    pub fn deliver(&self, mail: InboxMail) {
        let mut mails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mails.retain(|other| other.id != mail.id);
        mails.push_front(mail);
        mails.truncate(CAPACITY);
    }

    /// The mails, the newest first.
    #[must_use]
    pub fn mails(&self) -> Vec<InboxMail> {
        let mails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mails.iter().cloned().collect()
    }

    /// The mail with this id.
    #[must_use]
    pub fn mail(&self, id: i64) -> Option<InboxMail> {
        let mails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mails.iter().find(|mail| mail.id == id).cloned()
    }
}
