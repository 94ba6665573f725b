//! When a line was logged.

use std::cell::RefCell;

use crate::clock::{Clock, SystemClock};

thread_local! {
    /// The second of the line before, and its text: most lines of a busy service share it.
    static SECOND: RefCell<(i64, String)> = const { RefCell::new((i64::MIN, String::new())) };
}

/// Writes the time as RFC 3339 does in UTC, with microseconds: `2026-11-23T20:15:00.123456Z`.
pub(super) fn write(line: &mut String) {
    let now = SystemClock.now();
    SECOND.with_borrow_mut(|(second, text)| {
        if *second != now.timestamp() {
            (*second, *text) = (now.timestamp(), now.format("%Y-%m-%dT%H:%M:%S.").to_string());
        }
        line.push_str(text);
    });
    // A leading one keeps the zeros.
    let mut digits = itoa::Buffer::new();
    let micros = digits.format(1_000_000 + now.timestamp_subsec_micros() % 1_000_000);
    line.push_str(&micros[1..]);
    line.push('Z');
}
