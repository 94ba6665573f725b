//! Timestamps in the formats of other systems.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::Value;

/// The second after the last one of RFC 3339, 9999-12-31T23:59:59Z.
const RFC_3339_END: i64 = 253_402_300_800;

/// A timestamp in Unix milliseconds, from a Unix timestamp, RFC 3339, or the format of databases: a space
/// for the `T`, and an offset that may lack its minutes or be missing (UTC). `None` if it is malformed or
/// not from 1970 to 9999.
pub(super) fn timestamp(value: &Value, in_milliseconds: bool) -> Option<i64> {
    let of_number =
        |number: i64| if in_milliseconds { Some(number) } else { number.checked_mul(1000) };
    let read = match value {
        Value::Number(number) => number.as_i64().and_then(of_number),
        Value::String(text) => text.parse().map_or_else(|_| of_text(text), of_number),
        _ => None,
    };
    read.filter(|milliseconds| (0..RFC_3339_END * 1000).contains(milliseconds))
}

/// Whether a timestamp is later than `now`, in Unix milliseconds. PostgreSQL also prints `infinity`,
/// `-infinity`, years BC and years of more than four digits.
pub(super) fn is_after(value: &Value, now: i64) -> Option<bool> {
    if let Some(time) = timestamp(value, false) {
        return Some(time > now);
    }
    let text = value.as_str()?;
    match text {
        "infinity" => return Some(true),
        "-infinity" => return Some(false),
        _ => {}
    }
    let (text, is_before_christ) =
        text.strip_suffix(" BC").map_or((text, false), |text| (text, true));
    let (year, rest) = text.split_once('-')?;
    let is_year = (4..=6).contains(&year.len()) && year.bytes().all(|byte| byte.is_ascii_digit());
    // The rest must be a date and a time in a leap year.
    of_text(&format!("2000-{rest}")).filter(|_| is_year)?;
    Some(year.len() > 4 && !is_before_christ)
}

fn of_text(text: &str) -> Option<i64> {
    let text = text.replacen(['T', 't'], " ", 1).replace(['Z', 'z'], "+00");
    DateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f%#z")
        .map(|time| time.with_timezone(&Utc))
        .or_else(|_| {
            NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f").map(|it| it.and_utc())
        })
        .ok()
        .map(|time| time.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn timestamp_is_read_as_files_have_it() {
        for value in [
            json!("2024-05-01T12:00:00Z"),
            json!("2024-05-01T14:00:00.000+02:00"),
            json!("2024-05-01 12:00:00+00"),
            json!("2024-05-01 12:00:00"),
            json!("1714564800"),
            json!(1_714_564_800),
        ] {
            assert_eq!(timestamp(&value, false), Some(1_714_564_800_000), "{value}");
        }
        for value in [
            json!(""),
            json!("yesterday"),
            json!("infinity"),
            json!(1_714_564_800_000_i64),
            json!(-1),
            json!(1.5),
            json!(true),
        ] {
            assert_eq!(timestamp(&value, false), None, "{value}");
        }
        assert_eq!(timestamp(&json!("1714564800500"), true), Some(1_714_564_800_500));
    }

    #[test]
    fn end_may_be_beyond_what_a_timestamp_can_be() {
        let now = 1_714_564_800_000;
        for (text, expected) in [
            ("infinity", Some(true)),
            ("-infinity", Some(false)),
            ("2024-05-01 12:00:00+00", Some(false)),
            ("2024-05-01 12:00:00.001+00", Some(true)),
            ("2024-05-01 12:00:00-01", Some(true)),
            ("10000-02-29 00:00:00+00", Some(true)),
            ("294276-12-31 23:59:59.999999+00", Some(true)),
            ("1969-12-31 23:59:59+00", Some(false)),
            ("0001-01-01 00:00:00+00", Some(false)),
            ("4713-01-01 00:00:00+00 BC", Some(false)),
            ("10000-01-01 00:00:00+00 BC", Some(false)),
            ("Infinity", None),
            ("99-01-01 00:00:00+00", None),
            ("+10000-01-01 00:00:00+00", None),
            ("10000-13-01 00:00:00+00", None),
            ("9999999-01-01 00:00:00+00", None),
            ("BC", None),
        ] {
            assert_eq!(is_after(&json!(text), now), expected, "{text}");
        }
        assert_eq!(is_after(&json!(true), now), None);
    }
}
