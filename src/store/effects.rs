//! Effects of a change: what is committed with it, or not at all.

use crate::domain::AuditEvent;
use crate::telemetry;

/// Audit events that are committed in the transaction of a change.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    pub(super) events: Vec<AuditEvent>,
}

/// Makes the effects of an outcome, before it is committed; `None` rolls the change back.
pub type Commit<'a, T> = &'a (dyn Fn(&T) -> Option<Effects> + Send + Sync);

impl Effects {
    /// No effects.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Logs the events, after the commit.
    pub(super) fn log(&self) {
        self.events.iter().for_each(telemetry::log_audit_event);
    }
}

impl From<AuditEvent> for Effects {
    fn from(event: AuditEvent) -> Self {
        Self { events: vec![event] }
    }
}

impl FromIterator<AuditEvent> for Effects {
    fn from_iter<I: IntoIterator<Item = AuditEvent>>(events: I) -> Self {
        Self { events: events.into_iter().collect() }
    }
}
