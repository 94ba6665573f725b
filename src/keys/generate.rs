//! Generation of signing keys.

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair,
};
use countersign_auth::{KeyAlgorithm, KeyError, Secret, SecretError};

use super::pair;
use super::signing_key::SigningKey;

/// Errors of [`SigningKey::generate`] and [`SigningKey::from_pem`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NewKeyError {
    /// No PEM private key, or only an encrypted one.
    #[error("it contains no PEM private key, or only an encrypted one")]
    NoPem,
    /// An unsupported PEM private key.
    #[error("unsupported private key; supported are Ed25519, P-256, and RSA of 2048 to 8192 bits")]
    Pem,
    /// The cryptographic library failed.
    #[error("cannot generate or export the key")]
    Library(#[from] Unspecified),
    /// No secret could be generated.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The new key is invalid.
    #[error("invalid key: {0}")]
    Key(#[from] KeyError),
}

impl SigningKey {
    /// Generates a key: 32 random bytes for HS256, 2048 bits for RS256.
    ///
    /// # Errors
    ///
    /// [`NewKeyError`], if the cryptographic library fails.
    pub fn generate(algorithm: KeyAlgorithm) -> Result<Self, NewKeyError> {
        let jwk = match algorithm {
            KeyAlgorithm::Hs256 => return Ok(Self::from_secret(&Secret::random()?)),
            KeyAlgorithm::EdDsa => pair::ed25519(&Ed25519KeyPair::generate()?)?,
            KeyAlgorithm::Es256 => {
                pair::p256(&EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?)?
            }
            KeyAlgorithm::Rs256 => pair::rsa(&RsaKeyPair::generate(KeySize::Rsa2048)?)?,
        };
        Ok(Self::from_jwk(jwk)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_keys_differ_and_have_their_algorithm() {
        for algorithm in KeyAlgorithm::ALL {
            let (one, other) = (SigningKey::generate(algorithm), SigningKey::generate(algorithm));
            let (one, other) = (one.unwrap(), other.unwrap());
            assert_eq!(one.algorithm(), algorithm);
            assert_ne!(one.kid(), other.kid());
        }
    }
}
