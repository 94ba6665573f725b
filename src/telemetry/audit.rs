//! Audit events in the log.

use tracing::field::display;
use tracing::{info, warn};

use crate::domain::{Actor, AuditEvent, AuditKind};

/// The target of audit events, such as the end of a session and its reason. They are logged from
/// `info` on, also if the log level is higher.
pub const AUDIT: &str = "countersign::audit";

/// Logs a committed audit event; at `warn` where it may be an attack.
pub(crate) fn log_audit_event(event: &AuditEvent) {
    let message = event.kind.name().replace('_', " ");
    let kind = event.kind.name();
    let user_id = event.user.map(|user| user.0);
    let is_user = matches!(event.actor, Actor::User(id) if event.user == Some(id));
    let is_shown = !is_user && event.actor != Actor::Anonymous;
    let actor = is_shown.then(|| display(&event.actor));
    let session = event.session.map(display);
    let (address, details) = (event.address.as_deref(), event.details.as_deref());
    let may_be_an_attack = matches!(
        event.kind,
        AuditKind::LoginFailed
            | AuditKind::PasswordRejected
            | AuditKind::RefreshTokenReused
            | AuditKind::RefreshRetried
            | AuditKind::OAuthClientRejected
    );
    if may_be_an_attack {
        warn!(target: AUDIT, kind, user_id, actor, session, address, details, "{message}");
    } else {
        info!(target: AUDIT, kind, user_id, actor, session, address, details, "{message}");
    }
}
