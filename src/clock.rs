//! Where the time comes from: the only file that asks the system for it.

use std::fmt::Debug;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

/// Tells the time.
///
/// Everything that issues, expires or records takes its time from here, so that a test turns a
/// [`ManualClock`] where it would otherwise sleep.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> DateTime<Utc>;

    /// The present moment as whole seconds since 1970-01-01T00:00:00Z, rounded down: the
    /// `NumericDate` of RFC 7519 section 2.
    fn now_seconds(&self) -> i64 {
        self.now().timestamp()
    }

    /// The present moment as whole milliseconds since 1970-01-01T00:00:00Z, rounded down.
    fn now_milliseconds(&self) -> i64 {
        self.now().timestamp_millis()
    }
}

/// A moment in milliseconds as RFC 3339 writes it in UTC: `2026-11-23T20:15:00Z`, with
/// milliseconds where there are any.
#[must_use]
pub fn rfc3339(milliseconds: i64) -> String {
    DateTime::from_timestamp_millis(milliseconds)
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
        .to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl SystemClock {
    /// The time since 1970-01-01T00:00:00Z; zero where the clock is before it.
    #[expect(clippy::disallowed_methods, reason = "this is the place that asks")]
    pub(crate) fn since_epoch() -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from(UNIX_EPOCH + Self::since_epoch())
    }

    // Who wants a number does not want a date, with its calendar.
    fn now_seconds(&self) -> i64 {
        i64::try_from(Self::since_epoch().as_secs()).unwrap_or(i64::MAX)
    }

    fn now_milliseconds(&self) -> i64 {
        i64::try_from(Self::since_epoch().as_millis()).unwrap_or(i64::MAX)
    }
}

/// A clock that stands still until it is turned.
#[derive(Debug)]
pub struct ManualClock {
    milliseconds: AtomicI64,
}

impl ManualClock {
    /// A clock that stands at `start`, to the millisecond.
    #[must_use]
    pub fn starting_at(start: DateTime<Utc>) -> Self {
        Self { milliseconds: AtomicI64::new(start.timestamp_millis()) }
    }

    /// Turns the clock by `step`, backwards where it is negative.
    pub fn advance(&self, step: TimeDelta) {
        self.milliseconds.fetch_add(step.num_milliseconds(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.milliseconds.load(Ordering::SeqCst))
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_utc_with_the_milliseconds_that_it_has() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(1_714_564_800_120), "2024-05-01T12:00:00.120Z");
    }

    #[test]
    fn the_machines_clock_tells_one_time_in_all_ways() {
        let before = SystemClock.now();
        let (seconds, milliseconds) = (SystemClock.now_seconds(), SystemClock.now_milliseconds());
        let after = SystemClock.now();
        assert!((before.timestamp()..=after.timestamp()).contains(&seconds));
        assert!((before.timestamp_millis()..=after.timestamp_millis()).contains(&milliseconds));
    }

    #[test]
    fn a_manual_clock_moves_only_when_it_is_turned() {
        let clock = ManualClock::starting_at(DateTime::UNIX_EPOCH);
        assert_eq!(clock.now(), clock.now());
        clock.advance(TimeDelta::milliseconds(1_999));
        assert_eq!(clock.now_seconds(), 1);
        clock.advance(TimeDelta::milliseconds(1));
        assert_eq!(clock.now_seconds(), 2);
    }
}
