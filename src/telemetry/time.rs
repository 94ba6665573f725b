//! Timestamps of log lines.

use std::time::UNIX_EPOCH;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::clock::SystemClock;

/// The current time in RFC 3339, UTC, such as `2026-11-23T20:15:00Z`.
pub(super) fn now(precision: SecondsFormat) -> String {
    let now: DateTime<Utc> = (UNIX_EPOCH + SystemClock::since_unix_epoch()).into();
    now.to_rfc3339_opts(precision, true)
}
