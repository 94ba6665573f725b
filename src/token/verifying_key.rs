//! The half of a key that verifies.

use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::error::{KeyRejected, Unspecified};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};

use quick_cache::sync::Cache;

use super::algorithm::KeyAlgorithm;
use super::jwk::Jwk;
use super::key::KeyError;
use super::members::{coordinate, modulus_and_exponent, point, secret};

/// What verifies the tokens of one key, with the algorithm of that key and no other.
#[derive(Clone)]
pub(super) struct VerifyingKey {
    id: String,
    algorithm: KeyAlgorithm,
    key: DecodingKey,
    /// What it has found genuine, where finding out costs more than remembering: the SHA-256 of
    /// message and signature. Everything else about a token is looked at each time.
    genuine: Option<Arc<Cache<[u8; 32], ()>>>,
}

/// How many genuine signatures of a key are remembered; they take about a megabyte.
const REMEMBERED: usize = 10_000;

impl VerifyingKey {
    /// Reads the public members, or the secret. The key is called `id`.
    ///
    /// # Errors
    ///
    /// [`KeyError`] says what is wrong with them.
    pub(super) fn new(id: String, jwk: &Jwk, algorithm: KeyAlgorithm) -> Result<Self, KeyError> {
        let no_key = |_: KeyRejected| KeyError::Inconsistent;
        let key = match algorithm {
            KeyAlgorithm::Hs256 => DecodingKey::from_secret(secret(jwk)?),
            // Any 32 bytes may be one.
            KeyAlgorithm::EdDsa => DecodingKey::from_ed_der(coordinate("x", jwk.x.as_ref())?),
            KeyAlgorithm::Es256 => {
                let point = point(jwk)?;
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point).map_err(no_key)?;
                DecodingKey::from_ec_der(&point)
            }
            KeyAlgorithm::Rs256 => {
                let (n, e) = modulus_and_exponent(jwk)?;
                let der: Result<PublicKeyX509Der<'_>, Unspecified> =
                    RsaPublicKeyComponents { n, e }.as_der();
                let der = der.map_err(|_| KeyError::Inconsistent)?;
                ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &*der).map_err(no_key)?;
                DecodingKey::from_rsa_raw_components(n, e)
            }
        };
        // A MAC costs as much as the digest by which it would be remembered.
        let is_cheap = algorithm == KeyAlgorithm::Hs256;
        let genuine = (!is_cheap).then(|| Arc::new(Cache::new(REMEMBERED)));
        Ok(Self { id, algorithm, key, genuine })
    }

    /// The same of a secret.
    pub(super) fn hs256(id: String, secret: &[u8]) -> Self {
        let key = DecodingKey::from_secret(secret);
        Self { id, algorithm: KeyAlgorithm::Hs256, key, genuine: None }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// Whether it is a key of `algorithm`.
    pub(super) fn is_of(&self, algorithm: Algorithm) -> bool {
        self.algorithm.jose() == algorithm
    }

    /// Whether `signature`, in base64url, is one of this key over `message`.
    pub(super) fn verifies(&self, signature: &str, message: &[u8]) -> bool {
        let Some(genuine) = &self.genuine else { return self.verifies_anew(signature, message) };
        let digest = digest(signature, message);
        if genuine.get(&digest).is_some() {
            return true;
        }
        let is_genuine = self.verifies_anew(signature, message);
        if is_genuine {
            genuine.insert(digest, ());
        }
        is_genuine
    }

    fn verifies_anew(&self, signature: &str, message: &[u8]) -> bool {
        matches!(crypto::verify(signature, message, &self.key, self.algorithm.jose()), Ok(true))
    }
}

/// A base64url signature has no dot, so no two tokens have one digest.
fn digest(signature: &str, message: &[u8]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in [message, b".", signature.as_bytes()] {
        context.update(part);
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}

#[cfg(test)]
mod tests {
    use super::super::algorithm::KeyAlgorithm;
    use super::super::key::Key;
    use super::*;

    #[test]
    fn what_was_genuine_once_is_so_again_and_nothing_else_is() {
        for algorithm in [KeyAlgorithm::EdDsa, KeyAlgorithm::Es256, KeyAlgorithm::Rs256] {
            let keys = [Key::generate(algorithm).unwrap(), Key::generate(algorithm).unwrap()];
            let [key, other] = &keys;
            let token = key.sign_text(r#"{"alg":"x"}"#, "{}");
            let (message, signature) = token.rsplit_once('.').unwrap();
            for _ in 0..2 {
                let verifying = key.verifying();
                assert!(verifying.verifies(signature, message.as_bytes()));
                assert!(!verifying.verifies(signature, b"another"));
                assert!(!verifying.verifies(&signature[1..], message.as_bytes()));
                assert!(!verifying.verifies("", token.as_bytes()));
                assert!(!other.verifying().verifies(signature, message.as_bytes()));
            }
            let genuine = key.verifying().genuine.as_ref().unwrap();
            assert_eq!(genuine.len(), 1);
            assert!(genuine.get(&digest(signature, message.as_bytes())).is_some());
            assert!(other.verifying().genuine.as_ref().unwrap().is_empty());
        }
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let key = Key::generate(KeyAlgorithm::EdDsa).unwrap();
        let genuine = key.verifying().genuine.as_ref().unwrap();
        for number in 0..3 * REMEMBERED as u64 {
            let mut digest = [0; 32];
            digest[..8].copy_from_slice(&number.to_le_bytes());
            genuine.insert(digest, ());
        }
        assert!(genuine.len() <= REMEMBERED);
    }
}
