//! Points in time.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};

/// A point in time, as milliseconds since 1970-01-01T00:00:00Z (Unix milliseconds).
///
/// `Display` is RFC 3339 in UTC: `2026-11-23T20:15:00Z`, with milliseconds unless they are 0.
/// Arithmetic saturates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const UNIX_EPOCH: Self = Self(0);
    /// The latest timestamp.
    pub const MAX: Self = Self(i64::MAX);

    /// A timestamp of Unix milliseconds.
    #[must_use]
    pub const fn from_milliseconds(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// A timestamp of Unix seconds, such as a `NumericDate` (RFC 7519 section 2).
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Unix milliseconds.
    #[must_use]
    pub const fn milliseconds(self) -> i64 {
        self.0
    }

    /// Unix seconds, rounded down: the `NumericDate` of RFC 7519 section 2.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The last millisecond of this second.
    #[must_use]
    pub const fn end_of_second(self) -> Self {
        Self(self.seconds().saturating_mul(1000).saturating_add(999))
    }

    /// The beginning of this hour.
    #[must_use]
    pub const fn start_of_hour(self) -> Self {
        Self(self.0 - self.0.rem_euclid(3_600_000))
    }

    /// The timestamp `duration` later.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(milliseconds(duration)))
    }

    /// The timestamp `duration` earlier.
    #[must_use]
    pub fn saturating_sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(milliseconds(duration)))
    }

    /// The time from `earlier` to this timestamp; zero where `earlier` is later.
    #[must_use]
    pub fn duration_since(self, earlier: Self) -> Duration {
        let milliseconds = self.0.saturating_sub(earlier.0);
        Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default())
    }
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time.timestamp_millis())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = DateTime::from_timestamp_millis(self.0).unwrap_or(DateTime::<Utc>::MAX_UTC);
        f.write_str(&time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_is_rfc_3339_in_utc() {
        assert_eq!(Timestamp::UNIX_EPOCH.to_string(), "1970-01-01T00:00:00Z");
        let with_milliseconds = Timestamp::from_milliseconds(1_714_564_800_120);
        assert_eq!(with_milliseconds.to_string(), "2024-05-01T12:00:00.120Z");
    }

    #[test]
    fn seconds_are_rounded_down() {
        for (milliseconds, seconds) in [(1999, 1), (2000, 2), (0, 0), (-1, -1), (-1000, -1)] {
            assert_eq!(Timestamp::from_milliseconds(milliseconds).seconds(), seconds);
        }
        let end = Timestamp::from_milliseconds(1_200).end_of_second();
        assert_eq!(end, Timestamp::from_milliseconds(1_999));
    }

    #[test]
    fn arithmetic_saturates() {
        let (one, day) = (Timestamp::from_seconds(1), Duration::from_hours(24));
        assert_eq!(one.saturating_add(day).duration_since(one), day);
        assert_eq!(one.duration_since(one.saturating_add(day)), Duration::ZERO);
        assert_eq!(Timestamp::MAX.saturating_add(day), Timestamp::MAX);
        assert_eq!(Timestamp::from_seconds(i64::MAX), Timestamp::MAX);
        assert_eq!(one.saturating_add(Duration::MAX), Timestamp::MAX);
    }
}
