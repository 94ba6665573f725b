//! Effects of a change: what is committed with it, or not at all.

use crate::domain::{AuditEvent, Email, Timestamp, UserId};
use crate::mail::NewMail;
use crate::telemetry;
use crate::token::{TokenDigest, TokenPurpose};

/// Audit events and mails that are committed in the transaction of a change.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    pub(super) events: Vec<AuditEvent>,
    pub(super) mails: Vec<OutgoingMail>,
}

/// A mail, and the one-time token of its link.
///
/// A mail to a recipient who has got [`MAIL_LIMIT`] of its kind within
/// [`MAIL_LIMIT_PERIOD`](super::MAIL_LIMIT_PERIOD) is dropped with its token: the token before stays valid.
#[derive(Clone, Debug)]
pub struct OutgoingMail {
    /// The mail.
    pub mail: NewMail,
    /// The token of its link.
    pub token: Option<NewOneTimeToken>,
}

/// A one-time token to store.
#[derive(Clone, Debug)]
pub struct NewOneTimeToken {
    /// Its digest.
    pub digest: TokenDigest,
    /// What it authorizes.
    pub purpose: TokenPurpose,
    /// Its user.
    pub user: UserId,
    /// The address that it was sent to; of a token that undoes a change, the address before.
    pub email: Email,
    /// Its expiry.
    pub expires_at: Timestamp,
}

/// The maximum number of mails of a kind to a recipient within
/// [`MAIL_LIMIT_PERIOD`](super::MAIL_LIMIT_PERIOD).
pub const MAIL_LIMIT: i64 = 5;

/// Makes the effects of an outcome, before it is committed; `None` rolls the change back.
pub type Commit<'a, T> = &'a (dyn Fn(&T) -> Option<Effects> + Send + Sync);

impl Effects {
    /// No effects.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The same effects, and a mail.
    #[must_use]
    pub fn and_mail(mut self, mail: impl Into<Option<OutgoingMail>>) -> Self {
        self.mails.extend(mail.into());
        self
    }

    /// Logs the events, after the commit.
    pub(super) fn log(&self) {
        self.events.iter().for_each(telemetry::log_audit_event);
    }
}

impl From<NewMail> for OutgoingMail {
    fn from(mail: NewMail) -> Self {
        Self { mail, token: None }
    }
}

impl From<AuditEvent> for Effects {
    fn from(event: AuditEvent) -> Self {
        Self { events: vec![event], mails: Vec::new() }
    }
}

impl FromIterator<AuditEvent> for Effects {
    fn from_iter<I: IntoIterator<Item = AuditEvent>>(events: I) -> Self {
        Self { events: events.into_iter().collect(), mails: Vec::new() }
    }
}
