//! Timestamps of log lines.

use std::cell::RefCell;
use std::time::UNIX_EPOCH;

use chrono::{DateTime, Utc};

use crate::clock::SystemClock;

thread_local! {
    /// The second of the previous line, and its text: most lines of a busy service share it.
    static SECOND: RefCell<(u64, String)> = const { RefCell::new((u64::MAX, String::new())) };
}

/// Calls `write` with the current second in RFC 3339 without its zone, such as
/// `2026-11-23T20:15:00`, in UTC, and the microseconds in it.
pub(super) fn with_now<T>(write: impl FnOnce(&str, u32) -> T) -> T {
    let now = SystemClock::since_unix_epoch();
    SECOND.with_borrow_mut(|(second, text)| {
        if *second != now.as_secs() {
            let date: DateTime<Utc> = (UNIX_EPOCH + now).into();
            (*second, *text) = (now.as_secs(), date.format("%Y-%m-%dT%H:%M:%S").to_string());
        }
        write(text, now.subsec_micros())
    })
}
