//! The schema of the tables.

use std::fmt;
use std::str::FromStr;

/// The name of a schema: ASCII letters, digits and `_`, 63 characters at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaName(String);

/// The error of an invalid schema name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected letters, digits and _, at most 63, not beginning with a digit or with pg_, which \
     PostgreSQL reserves"
)]
pub struct SchemaNameError;

impl FromStr for SchemaName {
    type Err = SchemaNameError;

    fn from_str(text: &str) -> Result<Self, SchemaNameError> {
        let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let is_reserved = text.get(..3).is_some_and(|text| text.eq_ignore_ascii_case("pg_"));
        let begins_well = text.starts_with(|c: char| !c.is_ascii_digit());
        if is_plain && begins_well && !is_reserved && text.len() <= 63 {
            Ok(Self(text.to_owned()))
        } else {
            Err(SchemaNameError)
        }
    }
}

impl SchemaName {
    /// The quoted identifier.
    pub(super) fn quoted(&self) -> String {
        format!("\"{}\"", self.0)
    }
}

impl fmt::Display for SchemaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_name_is_a_plain_identifier() {
        for text in ["auth", "_auth", "Auth2", &"a".repeat(63)] {
            assert_eq!(text.parse::<SchemaName>().unwrap().to_string(), text);
        }
        let long = "a".repeat(64);
        for text in ["", "2auth", "a-b", "a.b", "a\"b", "a b", "pg_auth", "PG_x", "é", "a;b", &long]
        {
            assert_eq!(text.parse::<SchemaName>(), Err(SchemaNameError), "{text}");
        }
    }
}
