//! Refresh tokens: derived from what the store knows of a session, and kept nowhere.

use std::fmt;

use aws_lc_rs::hmac::{self, Key};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::session_id::SessionId;

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

    /// The token as text.
    pub(crate) fn write(self, key: &Key) -> String {
        let message = self.to_string();
        let mac = URL_SAFE_NO_PAD.encode(hmac::sign(key, message.as_bytes()));
        format!("{message}.{mac}")
    }

    /// Reads a token that was written with one of `keys`, compared in constant time. `None` where
    /// the text is anything else.
    pub(crate) fn read<'a>(text: &str, keys: impl IntoIterator<Item = &'a Key>) -> Option<Self> {
        if text.len() > Self::MAX_LENGTH {
            return None;
        }
        let (message, mac) = text.rsplit_once('.')?;
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        let is_genuine = |key| hmac::verify(key, message.as_bytes(), &mac).is_ok();
        if !keys.into_iter().any(is_genuine) {
            return None;
        }
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

    fn key(secret: &[u8]) -> Key {
        Key::new(hmac::HMAC_SHA256, secret)
    }

    fn token(generation: i64) -> RefreshToken {
        RefreshToken { session: SessionId::random(), generation }
    }

    #[test]
    fn what_is_written_is_read_with_any_of_the_keys() {
        let (old, new) = (key(b"old"), key(b"new"));
        let token = token(7);
        assert_eq!(RefreshToken::read(&token.write(&old), [&new, &old]), Some(token));
        assert_eq!(RefreshToken::read(&token.write(&old), [&new]), None);
    }

    #[test]
    fn one_token_has_one_text() {
        let key = key(b"secret");
        let token = token(7);
        assert_eq!(token.write(&key), token.write(&key));
        assert!(token.write(&key).len() < RefreshToken::MAX_LENGTH);
    }

    #[test]
    fn another_generation_needs_another_mac() {
        let key = key(b"secret");
        let text = token(7).write(&key);
        for forged in [text.replacen(".7.", ".8.", 1), text.replacen(".7.", ".07.", 1)] {
            assert_eq!(RefreshToken::read(&forged, [&key]), None);
        }
    }

    proptest! {
        #[test]
        fn any_altered_byte_is_refused(at in 0..70_usize, with in "[!-~]") {
            let key = key(b"secret");
            let text = token(7).write(&key);
            let at = at % text.len();
            prop_assume!(text[at..=at] != with);
            let altered = format!("{}{with}{}", &text[..at], &text[at + 1..]);
            prop_assert_eq!(RefreshToken::read(&altered, [&key]), None);
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC{0,200}") {
            prop_assert_eq!(RefreshToken::read(&text, [&key(b"secret")]), None);
        }
    }
}
