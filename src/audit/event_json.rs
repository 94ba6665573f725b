//! The JSON object of an audit event.

use serde::Serialize;

use crate::store::AuditRecord;

/// The JSON object of an audit event.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema), schema(as = AuditEvent))]
pub struct EventJson<'a> {
    id: i64,
    #[cfg_attr(test, schema(format = DateTime))]
    at: String,
    #[cfg_attr(test, schema(value_type = crate::domain::AuditKind))]
    kind: &'a str,
    #[cfg_attr(test, schema(required = true))]
    user_id: Option<i64>,
    actor: String,
    #[cfg_attr(test, schema(required = true))]
    session: Option<String>,
    #[cfg_attr(test, schema(required = true))]
    address: Option<&'a str>,
    #[cfg_attr(test, schema(required = true))]
    request_id: Option<&'a str>,
    #[cfg_attr(test, schema(required = true))]
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
