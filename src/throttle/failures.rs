//! Remembered failures, and their changes.

use std::time::Duration;

use super::budget::Budget;
use super::key::FailureKey;
use crate::domain::Timestamp;

/// The back-off after the first failure that is not free, and its maximum.
const FIRST_DELAY: Duration = Duration::from_secs(2);
pub(super) const MAX_DELAY: Duration = Duration::from_mins(15);

/// The back-offs of a network that fails for an account under attack: after the first failure, and
/// after each later one.
const FIRST_DELAY_UNDER_ATTACK: Duration = Duration::from_mins(1);
pub(super) const DELAY_UNDER_ATTACK: Duration = Duration::from_hours(24);

/// The failures of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// The number of failures since the last success.
    pub count: u32,
    /// The end of the back-off; of a budget, the time at which all failures are forgotten.
    pub until: Timestamp,
    /// The time of the last failure.
    pub failed_at: Timestamp,
}

/// A change of the failures of a key, which gives the same result wherever it is applied in the same
/// order.
#[derive(Clone, Copy, Debug)]
pub struct FailureChange {
    /// The key.
    pub key: FailureKey,
    pub(super) change: Change,
    pub(super) at: Timestamp,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    /// One more failure of a network for an account, and its back-off.
    BackOff {
        /// Failures without a back-off.
        free: u32,
        is_under_attack: bool,
    },
    /// One more failure of a device.
    Count,
    /// One failure less. Where none is left that was not there `before`, the back-off is that before.
    TakeBackOffBack { before: Failures },
    /// One more failure of a budget.
    Add(Budget),
    /// One failure less of a budget.
    TakeBack(Budget),
    /// No failures.
    Forget,
}

impl FailureChange {
    /// The change that forgets the failures of a key.
    #[must_use]
    pub fn forget(key: FailureKey, at: Timestamp) -> Self {
        Self { key, change: Change::Forget, at }
    }

    /// The failures after the change.
    #[must_use]
    pub fn apply(&self, before: Failures) -> Failures {
        let now = self.at;
        let Failures { count, until, failed_at } = before;
        match self.change {
            Change::BackOff { free, is_under_attack } => {
                let count = count.saturating_add(1);
                let end = now.saturating_add(delay(count, free, is_under_attack));
                Failures { count, until: until.max(end), failed_at: failed_at.max(now) }
            }
            Change::Count => {
                Failures { count: count.saturating_add(1), until: now, failed_at: now }
            }
            Change::TakeBackOffBack { before } => {
                let count = count.saturating_sub(1);
                // Of several at once, the back-off of the others stays.
                let until = if count <= before.count { before.until } else { until };
                Failures { count, until, failed_at }
            }
            Change::Add(budget) => Failures {
                count: count.saturating_add(1),
                until: budget.add(until, now),
                failed_at: now,
            },
            Change::TakeBack(budget) => Failures {
                count: count.saturating_sub(1),
                until: budget.take_back(until),
                failed_at,
            },
            Change::Forget => Failures { count: 0, until: Timestamp::UNIX_EPOCH, failed_at: now },
        }
    }
}

/// The back-off after this number of failures, of which some are free.
pub(super) fn delay(count: u32, free: u32, is_under_attack: bool) -> Duration {
    if is_under_attack {
        return if count <= 1 { FIRST_DELAY_UNDER_ATTACK } else { DELAY_UNDER_ATTACK };
    }
    match count.checked_sub(free.max(1)) {
        None => Duration::ZERO,
        Some(doublings) => FIRST_DELAY
            .saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX))
            .min(MAX_DELAY),
    }
}
