//! A mail, and a one-time token, in memory.

use crate::mail::SealedContent;
use crate::store::{MailRecord, NewOneTimeToken};

/// A mail, with its content until it was sent.
pub(super) struct StoredMail {
    pub(super) record: MailRecord,
    pub(super) content: Option<SealedContent>,
}

/// A one-time token, with the number of failed tries of a code.
pub(super) struct StoredToken {
    pub(super) token: NewOneTimeToken,
    pub(super) tries: i64,
}
