//! The time of the next attempt to send a mail.

use std::time::Duration;

use crate::domain::Timestamp;

/// The back-off after the first attempts; after further ones an hour.
const BACK_OFF: [Duration; 4] = [
    Duration::from_secs(10),
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(15),
];

/// The time of the next attempt after `attempts`; `None` where the mail has expired by then.
pub(super) fn next_attempt(
    attempts: i64,
    now: Timestamp,
    expires_at: Timestamp,
) -> Option<Timestamp> {
    let index = usize::try_from(attempts.max(1) - 1).unwrap_or(usize::MAX);
    let back_off = BACK_OFF.get(index).copied().unwrap_or(Duration::from_hours(1));
    Some(now.saturating_add(back_off)).filter(|next| *next < expires_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_become_rarer_until_the_mail_expires() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let seconds = |attempts| {
            let next = next_attempt(attempts, now, now.saturating_add(Duration::from_hours(2)));
            next.map(|at| at.seconds() - now.seconds())
        };
        assert_eq!([1, 2, 3, 4, 5, 99].map(seconds), [10, 60, 300, 900, 3600, 3600].map(Some));
        assert_eq!(next_attempt(1, now, now.saturating_add(Duration::from_secs(10))), None);
    }
}
