//! Keys that everybody may know.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::Value;
use tracing::debug;

use super::jwk::{Jwk, PublicJwk};
use super::key::KeyError;
use super::key_set::KeySet;
use super::key_set_error::KeySetError;
use super::object::Object;
use super::pem;
use super::public_key::PublicKey;
use super::verifying_key::VerifyingKey;

/// Public keys: they verify tokens and can sign none. Cheap to clone.
///
/// Each decides its own algorithm: Ed25519 is `EdDSA`, P-256 is ES256, and RSA of 2048 to 8192 bits is
/// RS256. A symmetric key is never among them. As JSON they are a JWK Set (RFC 7517 section 5).
///
/// ```
/// use countersign::token::{PublicKeySet, TokenVerifier};
///
/// let pem = "-----BEGIN PUBLIC KEY-----
/// MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
/// -----END PUBLIC KEY-----";
/// let jwks = r#"{"keys": [{"kty": "OKP", "crv": "Ed25519",
///                          "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// let keys = PublicKeySet::from_pem(pem.as_bytes())?;
/// let same = PublicKeySet::from_json(jwks.as_bytes())?;
/// // A key without a name is called by its thumbprint (RFC 7638), as countersign calls it.
/// assert!(keys.ids().eq(["kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"]));
/// assert!(same.ids().eq(keys.ids()));
/// let verifier = TokenVerifier::public(keys);
/// # Ok::<(), countersign::token::KeySetError>(())
/// ```
#[derive(Clone, Default)]
pub struct PublicKeySet(Arc<[PublicKey]>);

#[derive(Deserialize)]
struct JwkSet {
    keys: Vec<Value>,
}

impl PublicKeySet {
    /// The most keys that are accepted, as many as in a [`KeySet`].
    pub const MOST: usize = KeySet::MOST;

    /// Reads a JWK Set, such as that at `/.well-known/jwks.json`.
    ///
    /// Keys that cannot be used here are passed over, as RFC 7517 section 5 asks: another type or
    /// curve, another `alg` than that of the key, a `use` other than `sig`, `key_ops` without
    /// `verify`, a symmetric key, and a private one, since it is not secret any more.
    ///
    /// # Errors
    ///
    /// [`KeySetError`], where no key is left, there are more than [`PublicKeySet::MOST`], or it is
    /// no JWK Set.
    pub fn from_json(json: &[u8]) -> Result<Self, KeySetError> {
        let Object(set) = serde_json::from_slice::<Object<JwkSet>>(json)?;
        if set.keys.len() > Self::MOST {
            return Err(KeySetError::TooMany);
        }
        let (mut keys, mut first_fault) = (Vec::new(), None);
        for (number, jwk) in (1..).zip(set.keys) {
            match public_key(jwk) {
                Ok(key) => keys.push(key),
                Err(reason) => {
                    debug!(number, %reason, "a key of the JWK Set is passed over");
                    first_fault.get_or_insert(reason);
                }
            }
        }
        match first_fault {
            _ if !keys.is_empty() => Ok(Self(keys.into())),
            Some(fault) => Err(KeySetError::NoneUsable(fault)),
            None => Err(KeySetError::Empty),
        }
    }

    /// Reads one or several PEM texts, one after the other (RFC 7468): `PUBLIC KEY`, which openssl
    /// writes, or `RSA PUBLIC KEY`. All of them must be usable. What is between them is passed over.
    ///
    /// # Errors
    ///
    /// [`KeySetError`] says what is wrong.
    pub fn from_pem(text: &[u8]) -> Result<Self, KeySetError> {
        let blocks = pem::blocks(text)?;
        if blocks.is_empty() {
            return Err(KeySetError::Empty);
        }
        if blocks.len() > Self::MOST {
            return Err(KeySetError::TooMany);
        }
        let read = |(number, block)| {
            let key = pem::jwk(block).and_then(|jwk| PublicKey::from_jwk(&jwk));
            key.map_err(|source| KeySetError::Key { number, source })
        };
        let keys: Result<Vec<_>, _> = (1..).zip(&blocks).map(read).collect();
        Ok(Self(keys?.into()))
    }

    /// The names of the keys: what the `kid` of their tokens says.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|key| key.verifying().id())
    }

    /// What verifies.
    pub(super) fn verifying(&self) -> Vec<&VerifyingKey> {
        self.0.iter().map(PublicKey::verifying).collect()
    }
}

/// A member of the wrong type spoils its key, and not those beside it.
fn public_key(jwk: Value) -> Result<PublicKey, KeyError> {
    let Object(jwk) = serde_json::from_value::<Object<Jwk>>(jwk).map_err(|_| KeyError::Form)?;
    PublicKey::from_jwk(&jwk)
}

impl FromIterator<PublicKey> for PublicKeySet {
    fn from_iter<I: IntoIterator<Item = PublicKey>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

impl Serialize for PublicKeySet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let keys: Vec<&PublicJwk> = self.0.iter().map(PublicKey::jwk).collect();
        let mut set = serializer.serialize_struct("PublicKeySet", 1)?;
        set.serialize_field("keys", &keys)?;
        set.end()
    }
}

impl fmt::Debug for PublicKeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKeySet ")?;
        f.debug_list().entries(self.ids()).finish()
    }
}

#[cfg(test)]
mod tests;
