//! Sets of verification keys.

use std::fmt;
use std::sync::Arc;

use tracing::debug;

use super::jwk::parse_public_set;
use super::key_error::KeySetError;
use super::pem;
use super::secret::Secret;
use super::verification_key::VerificationKey;

/// An immutable set of verification keys. Cheap to clone.
///
/// The algorithm follows from each key: Ed25519 is `EdDSA`, P-256 is ES256, RSA of 2048 to 8192 bits is
/// RS256, a shared secret is HS256.
///
/// ```
/// use countersign_auth::{TokenVerifier, VerificationKeys};
///
/// let pem = "-----BEGIN PUBLIC KEY-----
/// MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
/// -----END PUBLIC KEY-----";
/// let jwk_set = r#"{"keys": [{"kty": "OKP", "crv": "Ed25519",
///                             "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// let keys = VerificationKeys::from_pem(pem.as_bytes())?;
/// let same = VerificationKeys::from_jwk_set(jwk_set.as_bytes())?;
/// // The kid of a key without one is its thumbprint (RFC 7638).
/// assert!(keys.kids().eq(["kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"]));
/// assert!(same.kids().eq(keys.kids()));
/// let verifier = TokenVerifier::new(keys);
/// # Ok::<(), countersign_auth::KeySetError>(())
/// ```
#[derive(Clone, Default)]
pub struct VerificationKeys(Arc<[VerificationKey]>);

impl VerificationKeys {
    /// The maximum number of keys in a set: a token without a `kid` may have to be tried with each.
    pub const MAX: usize = 32;

    /// The set of a shared secret, for a countersign that signs with HS256.
    #[must_use]
    pub fn from_secret(secret: &Secret) -> Self {
        std::iter::once(VerificationKey::from_secret(secret)).collect()
    }

    /// Parses a JWK Set, such as that at `/.well-known/jwks.json`.
    ///
    /// Unusable keys are ignored, as RFC 7517 section 5 recommends: another type or curve, an `alg`
    /// that is not the key's, a `use` other than `sig`, `key_ops` without `verify`, a symmetric key,
    /// and a private key, since it is no longer secret.
    ///
    /// # Errors
    ///
    /// [`KeySetError`], if it is not a JWK Set, has no usable key, or more than
    /// [`VerificationKeys::MAX`] keys.
    pub fn from_jwk_set(json: &[u8]) -> Result<Self, KeySetError> {
        let (mut keys, mut first_error) = (Vec::new(), None);
        for (number, jwk) in (1..).zip(parse_public_set(json)?) {
            match jwk.and_then(|jwk| VerificationKey::from_public_jwk(&jwk)) {
                Ok(key) => keys.push(key),
                Err(error) => {
                    debug!(number, %error, "ignoring a key of the JWK Set");
                    first_error.get_or_insert(error);
                }
            }
        }
        match first_error {
            _ if !keys.is_empty() => Ok(keys.into_iter().collect()),
            Some(error) => Err(KeySetError::NoneUsable(error)),
            None => Err(KeySetError::Empty),
        }
    }

    /// Parses one or several PEM public keys (RFC 7468), labelled `PUBLIC KEY`, as openssl writes
    /// them, or `RSA PUBLIC KEY`. All must be usable. Text between them is ignored.
    ///
    /// # Errors
    ///
    /// [`KeySetError`].
    pub fn from_pem(text: &[u8]) -> Result<Self, KeySetError> {
        let blocks = pem::blocks(text)?;
        if blocks.is_empty() {
            return Err(KeySetError::Empty);
        }
        if blocks.len() > Self::MAX {
            return Err(KeySetError::TooMany);
        }
        let key = |(number, block)| {
            pem::jwk(block)
                .and_then(|jwk| VerificationKey::from_public_jwk(&jwk))
                .map_err(|source| KeySetError::Key { number, source })
        };
        (1..).zip(&blocks).map(key).collect()
    }

    /// The keys in their order.
    pub fn iter(&self) -> impl Iterator<Item = &VerificationKey> {
        self.0.iter()
    }

    /// The key IDs in the order of the keys.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.iter().map(VerificationKey::kid)
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<VerificationKey> for VerificationKeys {
    fn from_iter<I: IntoIterator<Item = VerificationKey>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

impl fmt::Debug for VerificationKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerificationKeys ")?;
        f.debug_list().entries(self.kids()).finish()
    }
}

#[cfg(test)]
mod tests;
