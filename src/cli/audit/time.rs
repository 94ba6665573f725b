//! Times on the command line.

use chrono::{DateTime, NaiveDate};

use crate::clock::{Clock, SystemClock};
use crate::domain::Timestamp;

/// Parses a time, or a duration before now.
pub(super) fn parse_time(text: &str) -> Result<Timestamp, String> {
    parse_time_at(text, SystemClock.now())
}

fn parse_time_at(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(Timestamp::from_milliseconds(time.timestamp_millis()));
    }
    if let Ok(date) = text.parse::<NaiveDate>() {
        return Ok(date.and_time(chrono::NaiveTime::MIN).and_utc().into());
    }
    let duration = humantime::parse_duration(text);
    duration.map(|duration| now.saturating_sub(duration)).map_err(|_| {
        "expected a time such as 2026-11-23T20:15:00Z, a date such as 2026-11-23, or a duration \
         such as 24h"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_absolute_a_date_or_a_duration() {
        let now = parse_time("2026-11-24T08:00:00Z").unwrap();
        for (text, since) in [
            ("2026-11-23T21:15:00+01:00", "2026-11-23T20:15:00Z"),
            ("2026-11-23", "2026-11-23T00:00:00Z"),
            ("24h", "2026-11-23T08:00:00Z"),
        ] {
            assert_eq!(parse_time_at(text, now).unwrap().to_string(), since, "{text}");
        }
        for text in ["", "yesterday", "2026-13-01", "24"] {
            assert!(parse_time(text).unwrap_err().starts_with("expected a time"), "{text}");
        }
    }
}
