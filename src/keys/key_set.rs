//! Key sets.

use std::sync::Arc;

use countersign_auth::jwk::{Jwk, parse_set};
use countersign_auth::{KeySetError, Secret, VerificationKeys};
use serde::Serialize;
use zeroize::Zeroizing;

use super::public_jwk_set::PublicJwkSet;
use super::signing_key::SigningKey;

/// Signing keys in order: the first signs, all verify. At least one, without duplicates.
#[derive(Clone, Debug)]
pub struct KeySet {
    signing: Arc<SigningKey>,
    others: Vec<Arc<SigningKey>>,
}

#[derive(Serialize)]
struct PrivateJwkSet<'a> {
    keys: Vec<&'a Jwk>,
}

impl KeySet {
    /// The maximum number of keys.
    pub const MAX: usize = VerificationKeys::MAX;

    /// A key set of one key.
    #[must_use]
    pub fn new(key: SigningKey) -> Self {
        Self { signing: Arc::new(key), others: Vec::new() }
    }

    /// A key set of one secret.
    #[must_use]
    pub fn from_secret(secret: &Secret) -> Self {
        Self::new(SigningKey::from_secret(secret))
    }

    /// Parses a private JWK Set (RFC 7517 section 5). Every key must be able to sign, so that an error
    /// in a later key does not surface when it is promoted.
    ///
    /// # Errors
    ///
    /// [`KeySetError`].
    pub fn from_json(json: &[u8]) -> Result<Self, KeySetError> {
        let mut keys: Vec<Arc<SigningKey>> = Vec::new();
        for (number, jwk) in (1..).zip(parse_set(json)?) {
            let key =
                SigningKey::from_jwk(jwk).map_err(|source| KeySetError::Key { number, source })?;
            if keys.iter().any(|other| other.kid() == key.kid()) {
                return Err(KeySetError::Duplicate(key.kid().to_owned()));
            }
            keys.push(Arc::new(key));
        }
        let mut keys = keys.into_iter();
        let signing = keys.next().ok_or(KeySetError::Empty)?;
        Ok(Self { signing, others: keys.collect() })
    }

    /// The private JWK Set, which [`KeySet::from_json`] parses.
    ///
    /// # Errors
    ///
    /// [`serde_json::Error`], which no key set causes.
    pub fn to_json(&self) -> Result<Zeroizing<String>, serde_json::Error> {
        let keys = self.iter().map(SigningKey::jwk).collect();
        serde_json::to_string_pretty(&PrivateJwkSet { keys }).map(Zeroizing::new)
    }

    /// The public keys.
    #[must_use]
    pub fn public(&self) -> PublicJwkSet {
        PublicJwkSet::new(self.iter().map(|key| (key.jwk(), key.algorithm())))
    }

    /// Appends a key, which verifies and does not sign yet.
    ///
    /// # Errors
    ///
    /// [`KeySetError::Duplicate`] and [`KeySetError::TooMany`].
    pub fn add(&mut self, key: SigningKey) -> Result<(), KeySetError> {
        if self.get(key.kid()).is_some() {
            return Err(KeySetError::Duplicate(key.kid().to_owned()));
        }
        if self.iter().count() == Self::MAX {
            return Err(KeySetError::TooMany);
        }
        self.others.push(Arc::new(key));
        Ok(())
    }

    /// Makes the key with this `kid` the signing key; the previous one follows it. `false` if there is
    /// no such key.
    pub fn promote(&mut self, kid: &str) -> bool {
        let Some(at) = self.others.iter().position(|key| key.kid() == kid) else {
            return self.signing.kid() == kid;
        };
        let promoted = self.others.remove(at);
        self.others.insert(0, std::mem::replace(&mut self.signing, promoted));
        true
    }

    /// Removes the key with this `kid`. `false` if there is none, or if it is the signing key.
    pub fn remove(&mut self, kid: &str) -> bool {
        let before = self.others.len();
        self.others.retain(|key| key.kid() != kid);
        self.others.len() < before
    }

    /// The signing key.
    #[must_use]
    pub fn signing_key(&self) -> &SigningKey {
        &self.signing
    }

    /// All keys, the signing key first.
    pub fn iter(&self) -> impl Iterator<Item = &SigningKey> {
        std::iter::once(&self.signing).chain(&self.others).map(|key| &**key)
    }

    /// The verification keys in the same order.
    #[must_use]
    pub fn verification_keys(&self) -> VerificationKeys {
        self.iter().map(SigningKey::verification_key).cloned().collect()
    }

    /// The key with this `kid`.
    #[must_use]
    pub fn get(&self, kid: &str) -> Option<&SigningKey> {
        self.iter().find(|key| key.kid() == kid)
    }
}

#[cfg(test)]
mod tests;
