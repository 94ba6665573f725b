//! How long sessions last.

use std::time::Duration;

use crate::store::RefreshRules;

/// How long sessions last.
#[derive(Clone, Copy, Debug)]
pub struct SessionOptions {
    /// How long a session goes on without being refreshed. Default 30 days.
    pub idle: Duration,
    /// How long a session goes on in any case. Default 90 days.
    pub lifetime: Duration,
    /// How long a refresh token that has been used gives the same successor again, as long as
    /// nobody has used that. Default 30 s.
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
    pub(super) fn rules(self) -> RefreshRules {
        RefreshRules { idle: milliseconds(self.idle), grace: milliseconds(self.grace) }
    }

    pub(super) fn lifetime_ms(self) -> i64 {
        milliseconds(self.lifetime)
    }
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
