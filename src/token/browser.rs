//! Browser tokens: the values of the cookies of browser sessions.

use super::mac;
use crate::domain::{SessionId, UserId};
use crate::keys::{KeySet, SigningError};

/// The HKDF label of the keys of browser tokens.
const LABEL: &[u8] = b"browser session";

/// The value of the cookie of a browser session.
///
/// Written as `session id . user id . kind . HMAC`, where the kind is `r` for a remembered session and
/// `b` for one that ends with the browser. It is stored nowhere, and valid as long as its session. It
/// is neither a refresh token, whose key has another label, nor an access token, which is a JWT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrowserToken {
    /// The session.
    pub session: SessionId,
    /// The user of the session.
    pub user: UserId,
    /// Whether the session outlives the browser.
    pub is_remembered: bool,
}

impl BrowserToken {
    /// The maximum length of a token, in bytes; longer ones are not parsed.
    pub const MAX_LENGTH: usize = 128;

    /// Writes the token, signed with the signing key.
    ///
    /// # Errors
    ///
    /// [`SigningError::Key`].
    pub fn sign(self, keys: &KeySet) -> Result<String, SigningError> {
        let kind = if self.is_remembered { "r" } else { "b" };
        mac::sign(&format!("{}.{}.{kind}", self.session, self.user), LABEL, keys)
    }

    /// Parses a token that was signed with any key of the set; `None` for any other text.
    #[must_use]
    pub fn parse(text: &str, keys: &KeySet) -> Option<Self> {
        if text.len() > Self::MAX_LENGTH {
            return None;
        }
        let mut parts = mac::verified(text, LABEL, keys)?.split('.');
        let session = SessionId::parse(parts.next()?)?;
        let user = UserId(parts.next()?.parse().ok()?);
        let is_remembered = match parts.next()? {
            "r" => true,
            "b" => false,
            _ => return None,
        };
        Some(Self { session, user, is_remembered })
    }
}

#[cfg(test)]
mod tests {
    use countersign_auth::Secret;
    use proptest::prelude::*;

    use super::*;
    use crate::token::RefreshToken;

    fn keys(secret: u8) -> KeySet {
        KeySet::from_secret(&Secret::new(vec![secret; 32]).unwrap())
    }

    fn token() -> BrowserToken {
        BrowserToken { session: SessionId::random(), user: UserId(7), is_remembered: true }
    }

    #[test]
    fn token_is_parsed_with_its_key_alone() {
        for is_remembered in [true, false] {
            let token = BrowserToken { is_remembered, ..token() };
            let text = token.sign(&keys(1)).unwrap();
            assert!(text.len() <= BrowserToken::MAX_LENGTH);
            assert_eq!(BrowserToken::parse(&text, &keys(1)), Some(token));
            assert_eq!(BrowserToken::parse(&text, &keys(2)), None);
        }
        let longest = BrowserToken { user: UserId(i64::MAX), ..token() };
        assert!(longest.sign(&keys(1)).unwrap().len() <= BrowserToken::MAX_LENGTH);
    }

    #[test]
    fn altered_user_or_kind_is_rejected() {
        let text = token().sign(&keys(1)).unwrap();
        for forged in [text.replacen(".7.", ".8.", 1), text.replacen(".r.", ".b.", 1)] {
            assert_ne!(forged, text);
            assert_eq!(BrowserToken::parse(&forged, &keys(1)), None);
        }
    }

    #[test]
    fn refresh_token_is_no_browser_token_and_the_reverse() {
        let (keys, browser) = (keys(1), token());
        let refresh = RefreshToken { session: browser.session, generation: 0 };
        assert_eq!(BrowserToken::parse(&refresh.sign(&keys).unwrap(), &keys), None);
        assert_eq!(RefreshToken::parse(&browser.sign(&keys).unwrap(), &keys), None);
        // Not for their forms alone.
        let message = format!("{}.7.r", browser.session);
        let of_other_label = mac::sign(&message, b"refresh token", &keys).unwrap();
        assert_eq!(BrowserToken::parse(&of_other_label, &keys), None);
    }

    proptest! {
        #[test]
        fn arbitrary_text_does_not_panic(text in "\\PC{0,200}") {
            prop_assert_eq!(BrowserToken::parse(&text, &keys(1)), None);
        }
    }
}
