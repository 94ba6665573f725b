//! Device tokens: proofs that a device has logged in before.

use super::mac;
use crate::domain::{DeviceId, Timestamp, UserId};
use crate::keys::{KeySet, SigningError};

/// The label of the derived key. Changing it makes all known devices unknown.
const LABEL: &[u8] = b"device token";

/// The proof that a device has logged in to an account (a *device cookie*, OWASP): it authorizes
/// nothing, and lets its device try passwords although other clients have failed.
///
/// Written as `user id . device id . tokens valid after . HMAC`, with the HMAC-SHA256 under a key that is
/// derived from the signing key. It is stored nowhere. It is valid as long as `tokens_valid_after` of
/// the account is that of its issue: a new password, disabling and a global logout revoke it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceToken {
    /// The account.
    pub user: UserId,
    /// The device.
    pub device: DeviceId,
    /// `tokens_valid_after` of the account at its issue.
    pub valid_after: Timestamp,
}

impl DeviceToken {
    /// The maximum length of a token, in bytes; longer ones are not parsed.
    pub const MAX_LENGTH: usize = 160;

    /// A token of a new device.
    #[must_use]
    pub fn new(user: UserId, valid_after: Timestamp) -> Self {
        Self { user, device: DeviceId::random(), valid_after }
    }

    /// Writes the token, signed with the signing key.
    ///
    /// # Errors
    ///
    /// [`SigningError`] if the cryptographic library fails.
    pub fn sign(self, keys: &KeySet) -> Result<String, SigningError> {
        let message = format!("{}.{}.{}", self.user, self.device, self.valid_after.milliseconds());
        mac::sign(&message, LABEL, keys)
    }

    /// Parses a token that was signed with any key of the set; `None` otherwise. The HMAC is compared
    /// in constant time.
    #[must_use]
    pub fn parse(text: &str, keys: &KeySet) -> Option<Self> {
        if text.len() > Self::MAX_LENGTH {
            return None;
        }
        let mut parts = mac::verified(text, LABEL, keys)?.split('.');
        let user = UserId(parts.next()?.parse().ok()?);
        let device = DeviceId::parse(parts.next()?)?;
        let valid_after = Timestamp::from_milliseconds(parts.next()?.parse().ok()?);
        Some(Self { user, device, valid_after })
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
    fn token_is_parsed_with_its_key_alone() {
        let token = DeviceToken::new(UserId(7), Timestamp::from_milliseconds(1_800_000_000_123));
        let text = token.sign(&keys(1)).unwrap();
        assert!(text.len() <= DeviceToken::MAX_LENGTH);
        assert_eq!(DeviceToken::parse(&text, &keys(1)), Some(token));
        assert_eq!(DeviceToken::parse(&text, &keys(2)), None);
        assert_eq!(DeviceToken::parse(&text.replacen("7.", "8.", 1), &keys(1)), None);
    }

    proptest! {
        #[test]
        fn arbitrary_text_does_not_panic(text in "\\PC{0,200}") {
            prop_assert_eq!(DeviceToken::parse(&text, &keys(1)), None);
        }
    }
}
