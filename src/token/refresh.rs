//! Refresh tokens: derived from the session, and stored nowhere.

use std::fmt;

use super::mac;
use crate::domain::SessionId;
use crate::keys::{KeySet, SigningError};

/// The HKDF label of the keys of refresh tokens.
const LABEL: &[u8] = b"refresh token";

/// A refresh token: a session and a generation.
///
/// The text is `session.generation.mac`, where the MAC is HMAC-SHA-256 over the rest, under a key
/// derived from the signing key. A stolen database contains no refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// The session.
    pub session: SessionId,
    /// The generation of the token in its session, from 0.
    pub generation: i64,
}

impl RefreshToken {
    /// The maximum length of a text that is parsed, in bytes; tokens are shorter.
    pub const MAX_LENGTH: usize = 128;

    /// The text of the token, with a MAC of the signing key.
    ///
    /// # Errors
    ///
    /// [`SigningError::Key`].
    pub fn sign(self, keys: &KeySet) -> Result<String, SigningError> {
        mac::sign(&self.to_string(), LABEL, keys)
    }

    /// Parses a token with a MAC of one of `keys`, which is compared in constant time. `None` for any
    /// other text.
    #[must_use]
    pub fn parse(text: &str, keys: &KeySet) -> Option<Self> {
        if text.len() > Self::MAX_LENGTH {
            return None;
        }
        let (session, generation) = mac::verified(text, LABEL, keys)?.split_once('.')?;
        let session = SessionId::parse(session)?;
        Some(Self { session, generation: generation.parse().ok()? })
    }
}

/// Without the MAC, and so safe to display.
impl fmt::Display for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.session, self.generation)
    }
}

#[cfg(test)]
mod tests {
    use countersign_auth::Secret;
    use proptest::prelude::*;

    use super::*;

    fn keys(secret: u8) -> KeySet {
        KeySet::from_secret(&Secret::new(vec![secret; 32]).unwrap())
    }

    fn token(generation: i64) -> RefreshToken {
        RefreshToken { session: SessionId::random(), generation }
    }

    /// The keys of both; the first signs.
    fn both(first: &KeySet, second: &KeySet) -> KeySet {
        let keys = |set: &KeySet| {
            let set: serde_json::Value = serde_json::from_str(&set.to_json().unwrap()).unwrap();
            set["keys"].as_array().unwrap().clone()
        };
        let keys = [keys(first), keys(second)].concat();
        KeySet::from_json(serde_json::json!({ "keys": keys }).to_string().as_bytes()).unwrap()
    }

    #[test]
    fn token_is_parsed_with_any_key_of_the_set() {
        let (old, new) = (keys(1), keys(2));
        let token = token(7);
        let text = token.sign(&old).unwrap();
        assert_eq!(RefreshToken::parse(&text, &both(&new, &old)), Some(token));
        assert_eq!(RefreshToken::parse(&text, &new), None);
        assert_eq!(both(&new, &old).signing_key().kid(), new.signing_key().kid());
    }

    #[test]
    fn token_has_one_text() {
        let keys = keys(1);
        let token = token(7);
        assert_eq!(token.sign(&keys).unwrap(), token.sign(&keys).unwrap());
        assert!(token.sign(&keys).unwrap().len() < RefreshToken::MAX_LENGTH);
    }

    #[test]
    fn altered_generation_is_rejected() {
        let keys = keys(1);
        let text = token(7).sign(&keys).unwrap();
        for forged in [text.replacen(".7.", ".8.", 1), text.replacen(".7.", ".07.", 1)] {
            assert_eq!(RefreshToken::parse(&forged, &keys), None);
        }
    }

    proptest! {
        #[test]
        fn altered_byte_is_rejected(at in 0..70_usize, with in "[!-~]") {
            let keys = keys(1);
            let text = token(7).sign(&keys).unwrap();
            let at = at % text.len();
            prop_assume!(text[at..=at] != with);
            let altered = format!("{}{with}{}", &text[..at], &text[at + 1..]);
            prop_assert_eq!(RefreshToken::parse(&altered, &keys), None);
        }

        #[test]
        fn arbitrary_text_does_not_panic(text in "\\PC{0,200}") {
            prop_assert_eq!(RefreshToken::parse(&text, &keys(1)), None);
        }
    }
}
