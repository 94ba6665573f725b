//! Durations as flags and variables write them.

use std::fmt;
use std::time::Duration;

use super::value_parsers;

/// A duration in its largest whole unit, such as `90days` or `75s`: the default of a flag, which the
/// help shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HumanDuration(pub Duration);

impl HumanDuration {
    pub(super) fn timeout(text: &str) -> Result<Self, String> {
        value_parsers::timeout(text).map(Self)
    }

    pub(super) fn session_lifetime(text: &str) -> Result<Self, String> {
        value_parsers::session_lifetime(text).map(Self)
    }
}

impl fmt::Display for HumanDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [("days", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
        let milliseconds = self.0.as_millis();
        let is_whole = |(_, length): &(_, u128)| {
            milliseconds >= *length && milliseconds.is_multiple_of(*length)
        };
        let (unit, length) = units.into_iter().find(is_whole).unwrap_or(("s", 1000));
        write!(f, "{}{unit}", milliseconds / length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duration_is_shown_in_its_largest_whole_unit() {
        for (duration, text) in [
            (Duration::ZERO, "0s"),
            (Duration::from_millis(1500), "1500ms"),
            (Duration::from_secs(75), "75s"),
            (Duration::from_mins(15), "15m"),
            (Duration::from_hours(2), "2h"),
            (Duration::from_hours(90 * 24), "90days"),
        ] {
            assert_eq!(HumanDuration(duration).to_string(), text);
            assert_eq!(humantime::parse_duration(text), Ok(duration));
        }
    }
}
