//! Commands to a store, and their outcomes.

use std::time::Duration;

use super::authorization::Authorization;
use super::records::{Account, NewSession};
use crate::domain::{AuditKind, SessionId, Timestamp, UserId};
use crate::password::PasswordHash;

/// The outcome of an insert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Insertion {
    /// The user as stored.
    Inserted(Account),
    /// Another user has this address.
    EmailTaken,
    /// The effects could not be made, and nothing has changed.
    Aborted,
}

/// The outcome of a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registration {
    /// The user as stored.
    Registered(Account),
    /// Another user has this address.
    EmailTaken,
    /// The effects could not be made, and nothing has changed.
    Aborted,
}

/// The outcome of opening a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// The session was inserted.
    Opened,
    /// The user was deleted or disabled, or has another password hash than the verified one, or
    /// tokens were revoked since it was read.
    Conflict,
    /// The effects could not be made, and nothing has changed.
    Aborted,
}

/// A change of password by its user.
#[derive(Clone, Debug)]
pub struct PasswordChange {
    /// The user.
    pub user: UserId,
    /// The verified token and password.
    pub authorization: Authorization,
    /// The hash of the new password.
    pub password_hash: PasswordHash,
    /// The session that replaces all others; its `created_at` is the time of the change.
    pub session: NewSession,
}

/// Which sessions of a user end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedSessions {
    /// This one, if it is the user's.
    One(SessionId),
    /// All but that of the token.
    Others,
    /// All of them; the tokens of no session are revoked, too.
    All,
}

/// A query of the audit trail.
#[derive(Clone, Copy, Debug)]
pub struct AuditQuery {
    /// Only events that concern this user.
    pub user: Option<UserId>,
    /// Only events of this kind.
    pub kind: Option<AuditKind>,
    /// Only events from this time on.
    pub since: Timestamp,
    /// Only events before this time.
    pub until: Timestamp,
    /// Only events with a higher id.
    pub after: i64,
    /// The maximum number of events.
    pub limit: u32,
}

/// The use of a session, which extends it.
#[derive(Clone, Copy, Debug)]
pub struct Extension {
    /// The session.
    pub session: SessionId,
    /// The time of the use.
    pub now: Timestamp,
    /// The idle timeout, from now.
    pub idle_timeout: Duration,
    /// A session that was used after this time is not extended: of many uses, few are written.
    pub unused_since: Timestamp,
}

impl Extension {
    /// The idle expiry, before it is limited by the absolute one.
    pub(super) fn idle_expires_at(&self) -> Timestamp {
        self.now.saturating_add(self.idle_timeout)
    }
}
