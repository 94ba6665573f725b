//! The ID of an OAuth client.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

/// A client ID (RFC 6749 section 2.2): 1 to 64 of the characters `A-Z a-z 0-9 . _ -`, so that its
/// text is the same in a form, in HTTP Basic and in a line of the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientId(String);

/// The error of a malformed client ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a client ID is 1 to 64 of the characters A-Z a-z 0-9 . _ -")]
pub struct ClientIdError;

impl FromStr for ClientId {
    type Err = ClientIdError;

    fn from_str(text: &str) -> Result<Self, ClientIdError> {
        let is_plain =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        if (1..=64).contains(&text.len()) && text.bytes().all(is_plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ClientIdError)
        }
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// So that a map can be searched with the text of a request.
impl Borrow<str> for ClientId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_id_has_1_to_64_plain_characters() {
        for text in ["a", "gateway-1.eu_west", &"x".repeat(64)] {
            assert_eq!(text.parse::<ClientId>().unwrap().to_string(), text);
        }
        for text in ["", " a", "a b", "a:b", "#a", "é", "a\n", "a/b", &"x".repeat(65)] {
            assert_eq!(text.parse::<ClientId>(), Err(ClientIdError), "{text:?}");
        }
    }
}
