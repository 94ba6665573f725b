//! The records that a store holds.

use crate::domain::Email;
use crate::domain::{AuditEvent, ClientInfo, Metadata, SessionId, Timestamp, User, UserId};
use crate::password::PasswordHash;

/// A user to insert.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The e-mail address; unique among users.
    pub email: Email,
    /// Whether the user has proved to receive mails at the address.
    pub email_verified: bool,
    /// The password hash.
    pub password_hash: PasswordHash,
    /// Whether the user is an administrator of the services behind this one.
    pub is_admin: bool,
    /// Whether the user may not log in.
    pub disabled: bool,
    /// The metadata.
    pub metadata: Metadata,
    /// The time of registration.
    pub created_at: Timestamp,
}

/// A user with password hash and status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Id, address and role.
    pub user: User,
    /// The password hash.
    pub password_hash: PasswordHash,
    /// Whether the user may not log in, and all tokens of the user are rejected.
    pub disabled: bool,
    /// The metadata.
    pub metadata: Metadata,
    /// The time of registration.
    pub created_at: Timestamp,
    /// The time of the last change other than a login; at first `created_at`.
    pub changed_at: Timestamp,
    /// The time of the last login.
    pub last_login_at: Option<Timestamp>,
    /// Tokens issued up to this time are rejected; the Unix epoch where none are.
    pub tokens_valid_after: Timestamp,
}

/// The status of an account and of one of its sessions: what the verification of a token needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerStatus {
    /// Id, address and role.
    pub user: User,
    /// See [`Account::disabled`].
    pub disabled: bool,
    /// See [`Account::tokens_valid_after`].
    pub tokens_valid_after: Timestamp,
    /// The expiry of the session; `None` where it is not a session of the user.
    pub session_expires_at: Option<Timestamp>,
    /// The time of the last use of the session; `None` where it is not a session of the user.
    pub session_used_at: Option<Timestamp>,
}

/// A session: a login, and its current refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The id.
    pub id: SessionId,
    /// The user of the session.
    pub user: UserId,
    /// The generation of the current refresh token, from 0.
    pub generation: i64,
    /// The generation whose rotation issued the current one; `None` before the first rotation.
    pub parent: Option<i64>,
    /// The time of the login.
    pub created_at: Timestamp,
    /// The time of the last rotation or extension; at first `created_at`.
    pub last_used_at: Timestamp,
    /// The idle expiry, never later than `absolute_expires_at`. The session has expired from the
    /// beginning of this second.
    pub idle_expires_at: Timestamp,
    /// The absolute expiry.
    pub absolute_expires_at: Timestamp,
    /// The client that logged in.
    pub client: ClientInfo,
    /// The client of the last rotation; at first `client`.
    pub rotated_by: ClientInfo,
    /// Retries in a row by another client than that of the rotation.
    pub foreign_retries: i64,
    /// The generation at which the last of them was counted.
    pub foreign_retry_generation: Option<i64>,
}

/// A session to insert.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The id.
    pub id: SessionId,
    /// The time of the login.
    pub created_at: Timestamp,
    /// The idle expiry, never later than `absolute_expires_at`.
    pub idle_expires_at: Timestamp,
    /// The absolute expiry.
    pub absolute_expires_at: Timestamp,
    /// The client that logs in.
    pub client: ClientInfo,
}

impl NewSession {
    /// The session as it is inserted for `user`.
    #[must_use]
    pub fn of(self, user: UserId) -> Session {
        let Self { id, created_at, idle_expires_at, absolute_expires_at, client } = self;
        Session {
            id,
            user,
            generation: 0,
            parent: None,
            created_at,
            last_used_at: created_at,
            idle_expires_at,
            absolute_expires_at,
            rotated_by: client.clone(),
            client,
            foreign_retries: 0,
            foreign_retry_generation: None,
        }
    }
}

/// A stored audit event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// The id: ascending.
    pub id: i64,
    /// The event.
    pub event: AuditEvent,
}
