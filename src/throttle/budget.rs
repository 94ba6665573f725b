//! A number of failures, of which one per interval is forgotten.

use std::time::Duration;

use crate::domain::Timestamp;

/// A number of failures that is remembered, of which one per interval is forgotten: the generic cell
/// rate algorithm (GCRA), whose state is the time at which all failures are forgotten.
///
/// Not a crate's limiter: those count at the check, and cannot take back what has succeeded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    /// The number of failures.
    pub(super) failures: u32,
    /// The interval after which one is forgotten.
    pub(super) interval: Duration,
}

impl Budget {
    /// The state after one more failure.
    pub(super) fn add(self, forgotten_at: Timestamp, now: Timestamp) -> Timestamp {
        let latest = now.saturating_add(self.interval * self.failures);
        forgotten_at.max(now).saturating_add(self.interval).min(latest)
    }

    /// The state without a failure that was added.
    pub(super) fn take_back(self, forgotten_at: Timestamp) -> Timestamp {
        forgotten_at.saturating_sub(self.interval)
    }

    /// The time until one more failure fits; `None` where it fits now.
    pub(super) fn wait(self, forgotten_at: Timestamp, now: Timestamp) -> Option<Duration> {
        // One that lies in the future because the clock was set back counts as a full budget.
        let latest = now.saturating_add(self.interval * self.failures);
        let fits = now.saturating_add(self.interval * self.failures.saturating_sub(1));
        let wait = forgotten_at.min(latest).duration_since(fits);
        (!wait.is_zero()).then_some(wait)
    }

    /// Whether more than half of the failures are remembered.
    pub(super) fn is_half_used(self, forgotten_at: Timestamp, now: Timestamp) -> bool {
        forgotten_at.duration_since(now) > self.interval * (self.failures / 2)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

    proptest! {
        /// In any time, no more failures fit than the budget and those that are forgotten meanwhile.
        #[test]
        fn budget_is_never_exceeded(
            failures in 1..20_u32,
            seconds in 1..100_u64,
            steps in prop::collection::vec(0..10_000_u64, 1..300),
        ) {
            let interval = Duration::from_secs(seconds);
            let budget = Budget { failures, interval };
            let (mut state, mut now, mut admitted) = (Timestamp::UNIX_EPOCH, START, 0);
            for step in steps {
                now = now.saturating_add(Duration::from_millis(step));
                match budget.wait(state, now) {
                    None => {
                        admitted += 1;
                        state = budget.add(state, now);
                    }
                    Some(wait) => prop_assert!(budget.wait(state, now.saturating_add(wait)).is_none()),
                }
                let forgotten = now.duration_since(START).as_millis() / interval.as_millis();
                prop_assert!(admitted <= u128::from(failures) + forgotten);
            }
        }

        #[test]
        fn what_is_taken_back_fits_again(failures in 1..20_u32, count in 0..40_u32) {
            let budget = Budget { failures, interval: Duration::from_secs(1) };
            let mut state = Timestamp::UNIX_EPOCH;
            for _ in 0..count {
                if budget.wait(state, START).is_none() {
                    state = budget.take_back(budget.add(state, START));
                }
            }
            prop_assert_eq!(budget.wait(state, START), None);
        }
    }

    #[test]
    fn clock_that_is_set_back_delays_by_an_interval_at_most() {
        let budget = Budget { failures: 3, interval: Duration::from_secs(10) };
        let state = (0..3).fold(START, |state, _| budget.add(state, START));
        let before = Timestamp::from_seconds(1_000_000_000);
        assert_eq!(budget.wait(state, before), Some(Duration::from_secs(10)));
        assert_eq!(budget.wait(budget.add(state, before), before), Some(Duration::from_secs(10)));
    }
}
