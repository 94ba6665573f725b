//! When a line was logged.

use std::cell::RefCell;
use std::time::UNIX_EPOCH;

use chrono::{DateTime, Utc};

use crate::clock::SystemClock;

thread_local! {
    /// The second of the line before, and its text: most lines of a busy service share it.
    static SECOND: RefCell<(u64, String)> = const { RefCell::new((u64::MAX, String::new())) };
}

/// Writes the time as RFC 3339 does in UTC, with microseconds: `2026-11-23T20:15:00.123456Z`.
pub(super) fn write(line: &mut String) {
    let now = SystemClock::since_unix_epoch();
    SECOND.with_borrow_mut(|(second, text)| {
        if *second != now.as_secs() {
            let date: DateTime<Utc> = (UNIX_EPOCH + now).into();
            (*second, *text) = (now.as_secs(), date.format("%Y-%m-%dT%H:%M:%S.").to_string());
        }
        line.push_str(text);
    });
    // A leading one keeps the zeros.
    let mut digits = itoa::Buffer::new();
    line.push_str(&digits.format(1_000_000 + now.subsec_micros())[1..]);
    line.push('Z');
}
