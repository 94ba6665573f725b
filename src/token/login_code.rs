//! Login codes: short one-time passwords that are sent by mail.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;

use super::one_time::TokenDigest;
use crate::domain::UserId;
use crate::keys::KeySet;

/// The label of the derived key. Changing it makes all codes invalid.
const LABEL: &[u8] = b"login code";

/// The number of characters, of five bits each.
const LENGTH: usize = 8;

/// The digits and letters that are not mistaken for another one (Crockford's Base32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A code of eight characters, 40 random bits, written as `ABCD-EFGH`. With a limit of tries that is
/// enough for a few minutes. It is stored as an HMAC-SHA256 under a key that is derived from the signing
/// key, since a digest alone could be searched.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LoginCode([u8; LENGTH]);

impl LoginCode {
    /// A new code. `None` if the system has no random numbers.
    #[must_use]
    pub fn generate() -> Option<Self> {
        let mut random = [0; LENGTH];
        getrandom::fill(&mut random).ok()?;
        Some(Self(random.map(|byte| ALPHABET[usize::from(byte % 32)])))
    }

    /// Parses a code, in either case, with or without spaces and hyphens; `O` is `0`, and `I` and `L` are
    /// `1`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut characters = text.chars().filter(|c| !matches!(c, ' ' | '-'));
        let mut code = [0; LENGTH];
        for place in &mut code {
            let character = match characters.next()?.to_ascii_uppercase() {
                'O' => b'0',
                'I' | 'L' => b'1',
                other => u8::try_from(other).ok()?,
            };
            *place = *ALPHABET.iter().find(|allowed| **allowed == character)?;
        }
        characters.next().is_none().then_some(Self(code))
    }

    /// The code as `ABCD-EFGH`.
    #[must_use]
    pub fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.0);
        let (first, last) = text.split_at(LENGTH / 2);
        format!("{first}-{last}")
    }

    /// The digests of the code by each key, that of the signing key first. It is bound to the user, and to
    /// the user's current password hash. Empty if the cryptographic library fails.
    #[must_use]
    pub fn digests(&self, user: UserId, password_hash: &str, keys: &KeySet) -> Vec<TokenDigest> {
        let mut message = format!("{user}\0{password_hash}\0").into_bytes();
        message.extend(self.0);
        let digest = |key: hmac::Key| {
            let mut bytes = [0; 32];
            bytes.copy_from_slice(hmac::sign(&key, &message).as_ref());
            bytes
        };
        keys.iter().filter_map(|key| key.derive(LABEL).ok()).map(digest).collect()
    }
}

/// Whether a stored digest is one of these; each is compared in constant time.
pub(crate) fn is_any(stored: &[u8], digests: &[TokenDigest]) -> bool {
    digests.iter().any(|digest| verify_slices_are_equal(stored, digest).is_ok())
}

impl fmt::Debug for LoginCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginCode").finish_non_exhaustive()
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

    #[test]
    fn code_is_parsed_as_people_write_it() {
        let code = LoginCode(*b"0123ABYZ");
        assert_eq!(code.text(), "0123-ABYZ");
        for text in ["0123-ABYZ", "0123abyz", " o i 2 3 - a b y z ", "OL23-ABYZ"] {
            assert_eq!(LoginCode::parse(text), Some(code), "{text}");
        }
        for text in ["", "0123-ABY", "0123-ABYZ0", "0123-ABYU", "0123_ABYZ", "0123-ABY\u{e9}"] {
            assert_eq!(LoginCode::parse(text), None, "{text}");
        }
        let generated = LoginCode::generate().unwrap();
        assert_eq!(LoginCode::parse(&generated.text()), Some(generated));
        assert!(!format!("{generated:?}").contains(&generated.text()));
    }

    #[test]
    fn digest_depends_on_code_user_password_and_key() {
        let (code, other) = (LoginCode(*b"0123ABYZ"), LoginCode(*b"0123ABYX"));
        let of = |code: LoginCode, user, hash, key| code.digests(UserId(user), hash, &keys(key));
        let digests = of(code, 1, "hash", 1);
        assert_eq!(digests.len(), 1);
        assert!(is_any(&digests[0], &of(code, 1, "hash", 1)));
        for different in [
            of(other, 1, "hash", 1),
            of(code, 2, "hash", 1),
            of(code, 1, "x", 1),
            of(code, 1, "hash", 2),
        ] {
            assert!(!is_any(&digests[0], &different));
        }
        assert!(!is_any(&[], &digests) && !is_any(&digests[0], &[]));
    }

    proptest! {
        #[test]
        fn arbitrary_text_does_not_panic(text in "\\PC{0,20}") {
            let _ = LoginCode::parse(&text);
        }
    }
}
