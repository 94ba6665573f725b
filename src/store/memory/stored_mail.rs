//! A mail in memory.

use crate::mail::SealedContent;
use crate::store::MailRecord;

/// A mail, with its content until it was sent.
pub(super) struct StoredMail {
    pub(super) record: MailRecord,
    pub(super) content: Option<SealedContent>,
}
