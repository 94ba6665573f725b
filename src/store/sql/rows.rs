//! Rows of the tables, and the records that they hold.

use std::net::IpAddr;

use crate::domain::{
    Actor, AuditEvent, AuditKind, ClientInfo, Email, Metadata, SessionId, Timestamp, User, UserId,
};
use crate::password::PasswordHash;
use crate::store::{Account, AuditRecord, CallerStatus, Session};
use crate::throttle::Failures;

/// The columns of [`UserRow`]. They are named, so that a column that is added while the service
/// runs changes no result: PostgreSQL refuses prepared statements whose result type has changed.
macro_rules! user_columns {
    () => {
        "id, email, email_verified, password_hash, is_admin, disabled, metadata, created_at, \
         changed_at, last_login_at, tokens_valid_after"
    };
}
pub(super) use user_columns;

/// The columns of [`SessionRow`].
macro_rules! session_columns {
    () => {
        "id, user_id, generation, parent, created_at, last_used_at, idle_expires_at, \
         absolute_expires_at, user_agent, address, rotated_by_user_agent, rotated_by_address, \
         foreign_retries, foreign_retry_generation"
    };
}
pub(super) use session_columns;

rows! {
    /// A row of `users`.
    pub(super) struct UserRow {
        pub(super) id: i64,
        email: String,
        email_verified: bool,
        password_hash: String,
        is_admin: bool,
        disabled: bool,
        metadata: String,
        created_at: i64,
        changed_at: i64,
        last_login_at: Option<i64>,
        tokens_valid_after: i64,
    }

    /// A row of `sessions`.
    pub(super) struct SessionRow {
        id: String,
        user_id: i64,
        generation: i64,
        parent: Option<i64>,
        created_at: i64,
        last_used_at: i64,
        idle_expires_at: i64,
        absolute_expires_at: i64,
        user_agent: Option<String>,
        address: Option<String>,
        rotated_by_user_agent: Option<String>,
        rotated_by_address: Option<String>,
        foreign_retries: i64,
        foreign_retry_generation: Option<i64>,
    }

    /// A row of `users`, joined with one of `sessions`.
    pub(super) struct CallerRow {
        id: i64,
        email: String,
        email_verified: bool,
        is_admin: bool,
        disabled: bool,
        tokens_valid_after: i64,
        idle_expires_at: Option<i64>,
        last_used_at: Option<i64>,
    }

    /// A row of `audit_events`.
    pub(super) struct AuditRow {
        id: i64,
        at: i64,
        kind: String,
        user_id: Option<i64>,
        actor: String,
        session_id: Option<String>,
        address: Option<String>,
        request_id: Option<String>,
        details: Option<String>,
    }

    /// A row of `throttle_failures`.
    pub(super) struct FailureRow {
        pub(super) key: String,
        count: i64,
        until: i64,
        failed_at: i64,
        pub(super) version: i64,
    }
}

/// A row that this service cannot have written.
#[derive(Debug, thiserror::Error)]
#[error("{record} has a malformed {column} in the database")]
struct MalformedRow {
    record: String,
    column: &'static str,
}

pub(super) fn malformed(record: String, column: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(MalformedRow { record, column }))
}

fn client(user_agent: Option<String>, address: Option<&str>) -> ClientInfo {
    ClientInfo { user_agent, address: address.and_then(|address| address.parse::<IpAddr>().ok()) }
}

impl TryFrom<UserRow> for Account {
    type Error = sqlx::Error;

    fn try_from(row: UserRow) -> Result<Self, sqlx::Error> {
        let password_hash = PasswordHash::parse(&row.password_hash)
            .map_err(|_| malformed(format!("user {}", row.id), "password_hash"))?;
        let metadata = Metadata::from_stored(&row.metadata)
            .ok_or_else(|| malformed(format!("user {}", row.id), "metadata"))?;
        // Not parsed: some addresses of former versions would become others.
        let email = Email::from_canonical(&row.email);
        Ok(Self {
            user: User {
                id: UserId(row.id),
                email,
                is_admin: row.is_admin,
                email_verified: row.email_verified,
            },
            password_hash,
            disabled: row.disabled,
            metadata,
            created_at: Timestamp::from_milliseconds(row.created_at),
            changed_at: Timestamp::from_milliseconds(row.changed_at),
            last_login_at: row.last_login_at.map(Timestamp::from_milliseconds),
            tokens_valid_after: Timestamp::from_milliseconds(row.tokens_valid_after),
        })
    }
}

impl TryFrom<SessionRow> for Session {
    type Error = sqlx::Error;

    fn try_from(row: SessionRow) -> Result<Self, sqlx::Error> {
        let id = SessionId::parse(&row.id)
            .ok_or_else(|| malformed(format!("a session of user {}", row.user_id), "id"))?;
        Ok(Self {
            id,
            user: UserId(row.user_id),
            generation: row.generation,
            parent: row.parent,
            created_at: Timestamp::from_milliseconds(row.created_at),
            last_used_at: Timestamp::from_milliseconds(row.last_used_at),
            idle_expires_at: Timestamp::from_milliseconds(row.idle_expires_at),
            absolute_expires_at: Timestamp::from_milliseconds(row.absolute_expires_at),
            client: client(row.user_agent, row.address.as_deref()),
            rotated_by: client(row.rotated_by_user_agent, row.rotated_by_address.as_deref()),
            foreign_retries: row.foreign_retries,
            foreign_retry_generation: row.foreign_retry_generation,
        })
    }
}

impl From<CallerRow> for CallerStatus {
    fn from(row: CallerRow) -> Self {
        let email = Email::from_canonical(&row.email);
        Self {
            user: User {
                id: UserId(row.id),
                email,
                is_admin: row.is_admin,
                email_verified: row.email_verified,
            },
            disabled: row.disabled,
            tokens_valid_after: Timestamp::from_milliseconds(row.tokens_valid_after),
            session_expires_at: row.idle_expires_at.map(Timestamp::from_milliseconds),
            session_used_at: row.last_used_at.map(Timestamp::from_milliseconds),
        }
    }
}

impl TryFrom<AuditRow> for AuditRecord {
    type Error = sqlx::Error;

    fn try_from(row: AuditRow) -> Result<Self, sqlx::Error> {
        let record = || format!("audit event {}", row.id);
        let kind = AuditKind::parse(&row.kind).ok_or_else(|| malformed(record(), "kind"))?;
        let actor = Actor::parse(&row.actor).ok_or_else(|| malformed(record(), "actor"))?;
        Ok(Self {
            id: row.id,
            event: AuditEvent {
                at: Timestamp::from_milliseconds(row.at),
                kind,
                user: row.user_id.map(UserId),
                actor,
                session: row.session_id.as_deref().and_then(SessionId::parse),
                address: row.address,
                request_id: row.request_id,
                details: row.details,
            },
        })
    }
}

impl From<&FailureRow> for Failures {
    fn from(row: &FailureRow) -> Self {
        Self {
            count: u32::try_from(row.count.max(0)).unwrap_or(u32::MAX),
            until: Timestamp::from_milliseconds(row.until),
            failed_at: Timestamp::from_milliseconds(row.failed_at),
        }
    }
}

/// The first record of the rows, if there is one.
pub(super) fn first<T, R>(rows: Vec<R>) -> Result<Option<T>, sqlx::Error>
where
    T: TryFrom<R, Error = sqlx::Error>,
{
    rows.into_iter().next().map(T::try_from).transpose()
}

/// The records of the rows.
pub(super) fn all<T, R>(rows: Vec<R>) -> Result<Vec<T>, sqlx::Error>
where
    T: TryFrom<R, Error = sqlx::Error>,
{
    rows.into_iter().map(T::try_from).collect()
}
