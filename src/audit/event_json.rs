//! The JSON object of an audit event.

use serde::Serialize;

use crate::store::AuditRecord;

/// The JSON object of an audit event.
#[derive(Debug, Serialize)]
pub struct EventJson<'a> {
    id: i64,
    at: String,
    kind: &'a str,
    user_id: Option<i64>,
    actor: String,
    session: Option<String>,
    address: Option<&'a str>,
    request_id: Option<&'a str>,
    details: Option<&'a str>,
}

impl<'a> From<&'a AuditRecord> for EventJson<'a> {
    fn from(record: &'a AuditRecord) -> Self {
        let event = &record.event;
        Self {
            id: record.id,
            at: event.at.to_string(),
            kind: event.kind.name(),
            user_id: event.user.map(|user| user.0),
            actor: event.actor.to_string(),
            session: event.session.map(|session| session.to_string()),
            address: event.address.as_deref(),
            request_id: event.request_id.as_deref(),
            details: event.details.as_deref(),
        }
    }
}
