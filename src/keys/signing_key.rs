//! Signing keys.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, RandomizedNonceKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_auth::jwk::Jwk;
use countersign_auth::{KeyAlgorithm, KeyError, Secret, VerificationKey};
use serde::Serialize;
use zeroize::Zeroizing;

use super::private_jwk::{check, normalized, private_bytes};
use super::signer::Signer;

/// A key that signs and verifies, parsed once.
///
/// `Debug` shows its `kid` and its algorithm alone.
pub struct SigningKey {
    jwk: Jwk,
    signer: Signer,
    verification: VerificationKey,
}

/// The JWS header of a token (RFC 7515 section 4.1).
#[derive(Serialize)]
struct Header<'a> {
    typ: &'static str,
    alg: &'static str,
    kid: &'a str,
}

/// Errors of signing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigningError {
    /// The claims cannot be serialized.
    #[error("cannot serialize the claims: {0}")]
    Claims(#[from] serde_json::Error),
    /// The cryptographic library failed.
    #[error("cannot sign with the key {0}")]
    Key(String),
}

impl SigningKey {
    /// The key of HS256.
    #[must_use]
    pub fn from_secret(secret: &Secret) -> Self {
        let signer = Signer::hs256(secret.expose());
        Self::assemble(Jwk::from_secret(secret), signer, VerificationKey::from_secret(secret))
    }

    /// Parses a private JWK.
    ///
    /// # Errors
    ///
    /// [`KeyError`].
    pub(super) fn from_jwk(jwk: Jwk) -> Result<Self, KeyError> {
        let algorithm = jwk.algorithm()?;
        let signer = Signer::new(&jwk, algorithm)?;
        check(&jwk, algorithm)?;
        let verification = VerificationKey::new(jwk.thumbprint(algorithm), &jwk, algorithm)?;
        Ok(Self::assemble(jwk, signer, verification))
    }

    fn assemble(jwk: Jwk, signer: Signer, verification: VerificationKey) -> Self {
        Self { jwk: normalized(jwk, verification.algorithm()), signer, verification }
    }

    /// The key ID: the JWK thumbprint (RFC 7638).
    #[must_use]
    pub fn kid(&self) -> &str {
        self.verification.kid()
    }

    /// The algorithm.
    #[must_use]
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.verification.algorithm()
    }

    /// A signed JWT of these claims.
    ///
    /// # Errors
    ///
    /// [`SigningError`].
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, SigningError> {
        self.sign_as("JWT", claims)
    }

    /// A signed JWT of these claims and of this type (`typ`, RFC 8725 section 3.11).
    ///
    /// # Errors
    ///
    /// [`SigningError`].
    pub fn sign_as(
        &self,
        typ: &'static str,
        claims: &impl Serialize,
    ) -> Result<String, SigningError> {
        let header = Header { typ, alg: self.algorithm().name(), kid: self.kid() };
        self.sign_text(&serde_json::to_vec(&header)?, &serde_json::to_vec(claims)?)
    }

    fn sign_text(&self, header: &[u8], payload: &[u8]) -> Result<String, SigningError> {
        let mut token = String::with_capacity(640);
        URL_SAFE_NO_PAD.encode_string(header, &mut token);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature = self.signer.sign(token.as_bytes());
        let signature = signature.ok_or_else(|| SigningError::Key(self.kid().to_owned()))?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    /// The verification key.
    #[must_use]
    pub fn verification_key(&self) -> &VerificationKey {
        &self.verification
    }

    /// A key for a purpose other than access tokens, named by `label`: HKDF (RFC 5869) with SHA-256
    /// over the private bytes, that is the secret, or the member `d` of a key pair. Keys of two labels
    /// are independent of each other and of this one.
    ///
    /// # Errors
    ///
    /// [`Unspecified`], if the cryptographic library fails.
    pub(crate) fn derive(&self, label: &[u8]) -> Result<hmac::Key, Unspecified> {
        let secret = Salt::new(HKDF_SHA256, b"countersign").extract(private_bytes(&self.jwk));
        secret.expand(&[label], HMAC_SHA256).map(hmac::Key::from)
    }

    /// As [`SigningKey::derive`], a key of AES-256-GCM.
    ///
    /// # Errors
    ///
    /// [`Unspecified`], if the cryptographic library fails.
    pub(crate) fn derive_aead(&self, label: &[u8]) -> Result<RandomizedNonceKey, Unspecified> {
        let secret = Salt::new(HKDF_SHA256, b"countersign").extract(private_bytes(&self.jwk));
        let mut bytes = Zeroizing::new([0; 32]);
        // SHA-256 gives 32 bytes.
        secret.expand(&[label], HKDF_SHA256)?.fill(&mut *bytes)?;
        RandomizedNonceKey::new(&AES_256_GCM, &*bytes)
    }

    /// The private JWK.
    pub(super) fn jwk(&self) -> &Jwk {
        &self.jwk
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid())
            .field("algorithm", &self.algorithm())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_key_depends_on_label_and_key_alone() {
        let tag = |key: &SigningKey, label: &[u8]| {
            hmac::sign(&key.derive(label).unwrap(), b"text").as_ref().to_vec()
        };
        let algorithms = [KeyAlgorithm::EdDsa, KeyAlgorithm::Es256, KeyAlgorithm::Hs256];
        for algorithm in algorithms {
            let (one, other) = (SigningKey::generate(algorithm), SigningKey::generate(algorithm));
            let (one, other) = (one.unwrap(), other.unwrap());
            let same = SigningKey::from_jwk(one.jwk().clone()).unwrap();
            assert_eq!(tag(&one, b"refresh"), tag(&same, b"refresh"), "{algorithm}");
            assert_ne!(tag(&one, b"refresh"), tag(&other, b"refresh"), "{algorithm}");
            assert_ne!(tag(&one, b"refresh"), tag(&one, b"reset"), "{algorithm}");
        }
        // The MAC of access tokens under the same secret differs.
        let secret = Secret::new(vec![7; 32]).unwrap();
        let plain = hmac::sign(&hmac::Key::new(HMAC_SHA256, secret.expose()), b"text");
        assert_ne!(tag(&SigningKey::from_secret(&secret), b"refresh"), plain.as_ref());
    }

    #[test]
    fn debug_redacts_the_private_key() {
        for algorithm in KeyAlgorithm::ALL {
            let key = SigningKey::generate(algorithm).unwrap();
            let shown = format!("{key:?}");
            assert_eq!(
                shown,
                format!("SigningKey {{ kid: {:?}, algorithm: {algorithm:?}, .. }}", key.kid())
            );
        }
    }
}
