//! The secret of an OAuth client, and its hash.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::error::{LineError, OAuthClientsError};

/// A client secret: 32 random bytes as unpadded base64url, 43 characters that are the same text in a
/// form and in HTTP Basic. `Debug` redacts it.
///
/// It is always generated: a fast hash is enough for a random secret, and for no other.
#[derive(Debug)]
pub struct ClientSecret(SecretString);

/// The SHA-256 digest of a secret. Its text is `sha256:` and the unpadded base64url of the digest.
#[derive(Clone, Copy)]
pub(super) struct SecretHash([u8; 32]);

impl ClientSecret {
    pub(super) fn random() -> Result<Self, OAuthClientsError> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *bytes).map_err(OAuthClientsError::NoRandomness)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(*bytes).into()))
    }

    /// The secret, to be printed once.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    pub(super) fn hash(&self) -> SecretHash {
        SecretHash::of(self.expose())
    }
}

impl SecretHash {
    /// The dummy hash that stands in for the hash of an unknown client.
    pub(super) const DUMMY: Self = Self([0; 32]);

    fn of(secret: &str) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, secret.as_bytes()).as_ref());
        Self(hash)
    }

    /// Whether this is the hash of `secret`. Compares in constant time.
    pub(super) fn is_of(&self, secret: &str) -> bool {
        verify_slices_are_equal(&Self::of(secret).0, &self.0).is_ok()
    }
}

impl fmt::Display for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl FromStr for SecretHash {
    type Err = LineError;

    fn from_str(text: &str) -> Result<Self, LineError> {
        let text = text.strip_prefix("sha256:").ok_or(LineError::Form)?;
        let hash = URL_SAFE_NO_PAD.decode(text).map_err(|_| LineError::Hash)?;
        Ok(Self(hash.try_into().map_err(|_| LineError::Hash)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_matches_its_own_secret_only() {
        let (one, other) = (ClientSecret::random().unwrap(), ClientSecret::random().unwrap());
        assert_eq!(one.expose().len(), 43);
        let read: SecretHash = one.hash().to_string().parse().unwrap();
        assert!(read.is_of(one.expose()));
        assert!(!read.is_of(other.expose()) && !read.is_of("") && !read.is_of("sha256:"));
        assert!(!SecretHash::DUMMY.is_of(""));
        assert!(!format!("{one:?}").contains(one.expose()));
    }

    /// The example of FIPS 180-4; other programs may write the file.
    #[test]
    fn hash_has_the_documented_text() {
        let hash = "sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0";
        assert_eq!(SecretHash::of("abc").to_string(), hash);
    }
}
