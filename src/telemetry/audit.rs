//! Audit events in the log.

use tracing::{info, warn};

use super::AUDIT;
use crate::domain::{AuditEvent, AuditKind};

/// Logs an audit event that was committed: at `warn` where it may be an attack.
pub(crate) fn log_audit_event(event: &AuditEvent) {
    let AuditEvent { kind, user, actor, session, address, details, .. } = event;
    let kind_name = kind.name();
    let user_id = user.map(|user| user.0);
    let session = session.map(tracing::field::display);
    let (actor, address, details) = (actor.to_string(), address.as_deref(), details.as_deref());
    if matches!(
        kind,
        AuditKind::RefreshTokenReused | AuditKind::RefreshRetried | AuditKind::OAuthClientRejected
    ) {
        warn!(target: AUDIT, kind = kind_name, user_id, actor, session, address, details, "audit");
    } else {
        info!(target: AUDIT, kind = kind_name, user_id, actor, session, address, details, "audit");
    }
}
