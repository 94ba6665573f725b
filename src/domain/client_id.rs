//! Identifiers of OAuth clients.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

/// The identifier of an OAuth client (`client_id`, RFC 6749 section 2.2): 1 to 64 of the characters
/// `A-Z a-z 0-9 . _ -`, so that it needs no escaping in a form, in HTTP Basic and in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientId(String);

/// An identifier is invalid.
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

/// Allows look-ups by the text of a request.
impl Borrow<str> for ClientId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_is_short_and_plain() {
        for text in ["a", "gateway-1.eu_west", &"x".repeat(64)] {
            assert_eq!(text.parse::<ClientId>().unwrap().to_string(), text);
        }
        for text in ["", " a", "a b", "a:b", "#a", "é", "a\n", "a/b", &"x".repeat(65)] {
            assert_eq!(text.parse::<ClientId>(), Err(ClientIdError), "{text:?}");
        }
    }
}
