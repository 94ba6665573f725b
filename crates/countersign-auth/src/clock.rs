//! The source of the current time: the only file that asks the operating system for it.

use std::fmt::Debug;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::TimeDelta;

use super::timestamp::Timestamp;

/// A source of the current time.
///
/// Everything that issues, expires or records takes its time from here, so that a test advances a
/// [`ManualClock`] where it would otherwise sleep.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The current time.
    fn now(&self) -> Timestamp;
}

/// The system clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl SystemClock {
    /// The time since 1970-01-01T00:00:00Z; zero where the system clock is set before it.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the place that asks")]
    pub fn since_unix_epoch() -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH.saturating_add(Self::since_unix_epoch())
    }
}

/// A clock that stands still until it is advanced.
#[derive(Debug)]
pub struct ManualClock {
    milliseconds: AtomicI64,
}

impl ManualClock {
    /// A clock that shows `start`.
    #[must_use]
    pub fn starting_at(start: impl Into<Timestamp>) -> Self {
        Self { milliseconds: AtomicI64::new(start.into().milliseconds()) }
    }

    /// Advances the clock by `step`, or sets it back where `step` is negative.
    pub fn advance(&self, step: TimeDelta) {
        self.milliseconds.fetch_add(step.num_milliseconds(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.milliseconds.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_clock_advances() {
        let before = SystemClock::since_unix_epoch();
        let now = SystemClock.now();
        let after = SystemClock::since_unix_epoch();
        let since = now.duration_since(Timestamp::UNIX_EPOCH).as_millis();
        assert!((before.as_millis()..=after.as_millis()).contains(&since));
    }

    #[test]
    fn manual_clock_moves_only_when_it_is_advanced() {
        let clock = ManualClock::starting_at(Timestamp::UNIX_EPOCH);
        assert_eq!(clock.now(), clock.now());
        clock.advance(TimeDelta::milliseconds(1_999));
        assert_eq!(clock.now().seconds(), 1);
        clock.advance(TimeDelta::milliseconds(1));
        assert_eq!(clock.now().seconds(), 2);
    }
}
