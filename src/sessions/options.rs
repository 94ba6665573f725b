//! Timeouts of sessions.

use std::time::Duration;

use crate::store::RotationRules;

/// Timeouts of sessions.
#[derive(Clone, Copy, Debug)]
pub struct SessionOptions {
    /// Idle timeout: a session expires so long after its last refresh. Default: 30 days.
    pub idle: Duration,
    /// Absolute session timeout. Default: 90 days.
    pub lifetime: Duration,
    /// For how long after a rotation the token before gets the same successor again. Default: 30 s.
    pub grace: Duration,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            idle: Duration::from_hours(30 * 24),
            lifetime: Duration::from_hours(90 * 24),
            grace: Duration::from_secs(30),
        }
    }
}

impl SessionOptions {
    pub(super) fn rules(self) -> RotationRules {
        RotationRules { idle_timeout: self.idle, grace: self.grace }
    }
}
