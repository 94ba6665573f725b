//! Refresh tokens: derived from what the store knows of a session, and kept nowhere.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::key::SigningError;
use super::key_set::KeySet;
use crate::domain::SessionId;

/// Sets the keys of refresh tokens apart from all others that come from the same key.
const LABEL: &[u8] = b"refresh token";

/// What a refresh token says: which one it is, of which session.
///
/// As text it is `session.generation.mac`, where the MAC is HMAC-SHA-256 of what is before it,
/// under a key that is derived from the signing key. Whoever steals the store can make none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// The session that it continues.
    pub session: SessionId,
    /// The number of the token in its session, counted from 0.
    pub generation: i64,
}

impl RefreshToken {
    /// The longest text that is looked at, in bytes; a token is shorter.
    pub const MAX_LENGTH: usize = 128;

    /// The token as text, with a MAC by the signing key.
    ///
    /// # Errors
    ///
    /// [`SigningError`], where there can be none.
    pub fn write(self, keys: &KeySet) -> Result<String, SigningError> {
        let key = keys.signing();
        let unable = |_| SigningError::Key(key.id().to_owned());
        let message = self.to_string();
        let mac = hmac::sign(&key.derive(LABEL).map_err(unable)?, message.as_bytes());
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac)))
    }

    /// Reads a token that was written with one of `keys`, compared in constant time. `None` where
    /// the text is anything else.
    #[must_use]
    pub fn read(text: &str, keys: &KeySet) -> Option<Self> {
        if text.len() > Self::MAX_LENGTH {
            return None;
        }
        let (message, mac) = text.rsplit_once('.')?;
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        keys.iter().find(|key| {
            let verified = |key| hmac::verify(&key, message.as_bytes(), &mac);
            key.derive(LABEL).and_then(verified).is_ok()
        })?;
        let (session, generation) = message.split_once('.')?;
        let session = SessionId::parse(session)?;
        Some(Self { session, generation: generation.parse().ok()? })
    }
}

/// Without the MAC: what may be shown.
impl fmt::Display for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.session, self.generation)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::token::Secret;

    fn keys(secret: u8) -> KeySet {
        KeySet::from_secret(&Secret::new(vec![secret; 32]).unwrap())
    }

    fn token(generation: i64) -> RefreshToken {
        RefreshToken { session: SessionId::random(), generation }
    }

    /// The keys of both, of which the first signs.
    fn both(first: &KeySet, second: &KeySet) -> KeySet {
        let keys = |set: &KeySet| {
            let set: serde_json::Value = serde_json::from_str(&set.to_json().unwrap()).unwrap();
            set["keys"].as_array().unwrap().clone()
        };
        let keys = [keys(first), keys(second)].concat();
        KeySet::from_json(serde_json::json!({ "keys": keys }).to_string().as_bytes()).unwrap()
    }

    #[test]
    fn what_is_written_is_read_with_any_of_the_keys() {
        let (old, new) = (keys(1), keys(2));
        let token = token(7);
        let text = token.write(&old).unwrap();
        assert_eq!(RefreshToken::read(&text, &both(&new, &old)), Some(token));
        assert_eq!(RefreshToken::read(&text, &new), None);
        assert_eq!(both(&new, &old).signing().id(), new.signing().id());
    }

    #[test]
    fn one_token_has_one_text() {
        let keys = keys(1);
        let token = token(7);
        assert_eq!(token.write(&keys).unwrap(), token.write(&keys).unwrap());
        assert!(token.write(&keys).unwrap().len() < RefreshToken::MAX_LENGTH);
    }

    #[test]
    fn another_generation_needs_another_mac() {
        let keys = keys(1);
        let text = token(7).write(&keys).unwrap();
        for forged in [text.replacen(".7.", ".8.", 1), text.replacen(".7.", ".07.", 1)] {
            assert_eq!(RefreshToken::read(&forged, &keys), None);
        }
    }

    proptest! {
        #[test]
        fn any_altered_byte_is_refused(at in 0..70_usize, with in "[!-~]") {
            let keys = keys(1);
            let text = token(7).write(&keys).unwrap();
            let at = at % text.len();
            prop_assume!(text[at..=at] != with);
            let altered = format!("{}{with}{}", &text[..at], &text[at + 1..]);
            prop_assert_eq!(RefreshToken::read(&altered, &keys), None);
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC{0,200}") {
            prop_assert_eq!(RefreshToken::read(&text, &keys(1)), None);
        }
    }
}
