//! When a line was logged.

use std::cell::RefCell;
use std::fmt;

use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use crate::clock::{Clock, SystemClock};

/// The time as RFC 3339 writes it in UTC, with microseconds: `2026-11-23T20:15:00.123456Z`.
pub(super) struct Time;

thread_local! {
    /// The second of the line before, and its text: most lines of a busy service share it.
    static SECOND: RefCell<(i64, String)> = const { RefCell::new((i64::MIN, String::new())) };
}

impl FormatTime for Time {
    fn format_time(&self, line: &mut Writer<'_>) -> fmt::Result {
        let now = SystemClock.now();
        SECOND.with_borrow_mut(|(second, text)| {
            if *second != now.timestamp() {
                (*second, *text) = (now.timestamp(), now.format("%Y-%m-%dT%H:%M:%S").to_string());
            }
            line.write_str(text)
        })?;
        // A leading one keeps the zeros.
        let mut digits = itoa::Buffer::new();
        let micros = digits.format(1_000_000 + now.timestamp_subsec_micros() % 1_000_000);
        line.write_char('.')?;
        line.write_str(&micros[1..])?;
        line.write_char('Z')
    }
}
