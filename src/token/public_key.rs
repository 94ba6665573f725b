//! One public key.

use super::jwk::{Jwk, PublicJwk};
use super::key::KeyError;
use super::verifying_key::VerifyingKey;

/// A key that verifies and cannot sign: what it is as JSON, and what can be done with it.
#[derive(Clone)]
pub(super) struct PublicKey {
    jwk: PublicJwk,
    verifying: VerifyingKey,
}

impl PublicKey {
    pub(super) fn new(jwk: PublicJwk, verifying: VerifyingKey) -> Self {
        Self { jwk, verifying }
    }

    /// Reads a public key. One without a name is called by its thumbprint (RFC 7638).
    ///
    /// # Errors
    ///
    /// [`KeyError`] says what is wrong with it.
    pub(super) fn from_jwk(jwk: &Jwk) -> Result<Self, KeyError> {
        let algorithm = jwk.algorithm()?;
        jwk.check_public(algorithm)?;
        let public = jwk.public(algorithm).ok_or(KeyError::Symmetric)?;
        let verifying = VerifyingKey::new(public.kid.clone(), jwk, algorithm)?;
        Ok(Self::new(public, verifying))
    }

    pub(super) fn jwk(&self) -> &PublicJwk {
        &self.jwk
    }

    pub(super) fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }
}
