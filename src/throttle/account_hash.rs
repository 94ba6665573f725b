//! Keyed hashes of e-mail addresses.

use std::fmt;

use aws_lc_rs::hmac;

use crate::domain::Email;
use crate::keys::KeySet;

/// The label of the derived key. Changing it forgets all failures.
const LABEL: &[u8] = b"account hash";

/// A keyed hash of an e-mail address, with or without an account: 64 bits of an HMAC-SHA256 under a
/// key that is derived from the signing key. Written as 16 hexadecimal digits.
///
/// It tells in the audit trail which attempts belong together, without the text that was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AccountHash(u64);

impl AccountHash {
    /// The hash of an address. Two spellings of one address have one hash. `None` where the
    /// cryptographic library fails.
    #[must_use]
    pub fn new(email: &str, keys: &KeySet) -> Option<Self> {
        let key = keys.signing_key().derive(LABEL).ok()?;
        let tag = match Email::parse(email) {
            Ok(email) => hmac::sign(&key, email.as_str().as_bytes()),
            Err(_) => hmac::sign(&key, email.as_bytes()),
        };
        let bytes = tag.as_ref().first_chunk()?;
        Some(Self(u64::from_be_bytes(*bytes)))
    }

    /// Parses a hash that `Display` has written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_hash =
            text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        u64::from_str_radix(text, 16).ok().filter(|_| is_hash).map(Self)
    }
}

impl fmt::Display for AccountHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use countersign_auth::Secret;

    use super::*;

    #[test]
    fn hash_depends_on_the_account_and_the_key() {
        let keys = |byte| KeySet::from_secret(&Secret::new(vec![byte; 32]).unwrap());
        let hash = |email, byte| AccountHash::new(email, &keys(byte)).unwrap();
        assert_eq!(hash("User@Example.com", 1), hash(" user@example.com", 1));
        assert_ne!(hash("user@example.com", 1), hash("user@example.com", 2));
        assert_ne!(hash("user@example.com", 1), hash("other@example.com", 1));
        assert_ne!(hash("no address", 1), hash("another one", 1));
        assert_eq!(hash("user@example.com", 1).to_string().len(), 16);
    }
}
