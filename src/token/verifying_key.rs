//! The half of a key that verifies.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::error::{KeyRejected, Unspecified};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};

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
}

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
        Ok(Self { id, algorithm, key })
    }

    /// The same of a secret.
    pub(super) fn hs256(id: String, secret: &[u8]) -> Self {
        let key = DecodingKey::from_secret(secret);
        Self { id, algorithm: KeyAlgorithm::Hs256, key }
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
        matches!(crypto::verify(signature, message, &self.key, self.algorithm.jose()), Ok(true))
    }
}
