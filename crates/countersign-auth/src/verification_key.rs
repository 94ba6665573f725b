//! A single verification key.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::error::{KeyRejected, Unspecified};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};
use jsonwebtoken::{DecodingKey, crypto};

use super::algorithm::KeyAlgorithm;
use super::jwk::{Jwk, coordinate};
use super::key_error::KeyError;
use super::secret::Secret;

/// A key that verifies signatures of its own algorithm and of no other: the public half of a pair,
/// or a shared secret. `Debug` shows its `kid` and its algorithm.
#[derive(Clone)]
pub struct VerificationKey {
    kid: String,
    algorithm: KeyAlgorithm,
    key: DecodingKey,
}

impl VerificationKey {
    /// The key of a shared secret; its `kid` is the thumbprint.
    #[must_use]
    pub fn from_secret(secret: &Secret) -> Self {
        let kid = Jwk::from_secret(secret).thumbprint(KeyAlgorithm::Hs256);
        Self { kid, algorithm: KeyAlgorithm::Hs256, key: DecodingKey::from_secret(secret.expose()) }
    }

    /// A public key; its `kid` is that of the JWK, or else the thumbprint (RFC 7638).
    ///
    /// # Errors
    ///
    /// [`KeyError`], also for a private or symmetric key.
    pub fn from_public_jwk(jwk: &Jwk) -> Result<Self, KeyError> {
        let algorithm = jwk.algorithm()?;
        jwk.check_public(algorithm)?;
        let kid = jwk.kid.clone().unwrap_or_else(|| jwk.thumbprint(algorithm));
        Self::new(kid, jwk, algorithm)
    }

    /// The key of the public members of `jwk`, or of its secret. Its other members are ignored.
    ///
    /// # Errors
    ///
    /// [`KeyError`], if the members are missing, malformed or inconsistent.
    pub fn new(kid: String, jwk: &Jwk, algorithm: KeyAlgorithm) -> Result<Self, KeyError> {
        let inconsistent = |_: KeyRejected| KeyError::Inconsistent;
        let key = match algorithm {
            KeyAlgorithm::Hs256 => DecodingKey::from_secret(jwk.secret()?),
            // Any 32 bytes may be a key.
            KeyAlgorithm::EdDsa => DecodingKey::from_ed_der(coordinate("x", jwk.x.as_ref())?),
            KeyAlgorithm::Es256 => {
                let point = jwk.point()?;
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point).map_err(inconsistent)?;
                DecodingKey::from_ec_der(&point)
            }
            KeyAlgorithm::Rs256 => {
                let (n, e) = jwk.modulus_and_exponent()?;
                let der: Result<PublicKeyX509Der<'_>, Unspecified> =
                    RsaPublicKeyComponents { n, e }.as_der();
                let der = der.map_err(|_| KeyError::Inconsistent)?;
                ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &*der).map_err(inconsistent)?;
                DecodingKey::from_rsa_raw_components(n, e)
            }
        };
        Ok(Self { kid, algorithm, key })
    }

    /// The key ID.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The algorithm.
    #[must_use]
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// Whether `signature`, in base64url, is a signature of this key over `message`.
    #[must_use]
    pub fn verifies(&self, signature: &str, message: &[u8]) -> bool {
        matches!(crypto::verify(signature, message, &self.key, self.algorithm.jose()), Ok(true))
    }
}

impl fmt::Debug for VerificationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerificationKey")
            .field("kid", &self.kid)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}
