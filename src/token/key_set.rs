//! Keys in their order.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::jwk::Jwk;
use super::key::Key;
use super::key_set_error::KeySetError;
use super::object::Object;
use super::public_key_set::PublicKeySet;
use super::secret::Secret;
use super::verifying_key::VerifyingKey;

/// Keys, of which the first signs and all verify: at least one, and none twice.
#[derive(Clone, Debug)]
pub struct KeySet {
    signing: Arc<Key>,
    others: Vec<Arc<Key>>,
}

#[derive(Deserialize)]
struct JwkSet {
    keys: Vec<Object<Jwk>>,
}

#[derive(Serialize)]
struct PrivateKeys<'a> {
    keys: Vec<&'a Jwk>,
}

impl KeySet {
    /// The most keys that are accepted: a token that names none may have to be tried against each.
    pub const MOST: usize = 32;

    /// One key, which signs.
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self { signing: Arc::new(key), others: Vec::new() }
    }

    /// A secret as the only key.
    #[must_use]
    pub fn from_secret(secret: &Secret) -> Self {
        Self::new(Key::from_secret(secret))
    }

    /// Reads a private JWK Set (RFC 7517 section 5). Each key must be one that can sign, also
    /// those behind the first: a mistake in any of them must not be found out when it is used.
    ///
    /// # Errors
    ///
    /// [`KeySetError`] says what is wrong.
    pub fn from_json(json: &[u8]) -> Result<Self, KeySetError> {
        let Object(set) = serde_json::from_slice::<Object<JwkSet>>(json)?;
        let mut keys = Vec::with_capacity(set.keys.len().min(Self::MOST));
        if set.keys.len() > Self::MOST {
            return Err(KeySetError::TooMany);
        }
        for (Object(jwk), number) in set.keys.into_iter().zip(1..) {
            let key = Key::from_jwk(jwk).map_err(|source| KeySetError::Key { number, source })?;
            keys.push(Arc::new(key));
        }
        Self::in_order(keys)
    }

    fn in_order(mut keys: Vec<Arc<Key>>) -> Result<Self, KeySetError> {
        for (at, key) in keys.iter().enumerate() {
            if keys[..at].iter().any(|other| other.id() == key.id()) {
                return Err(KeySetError::Twice(key.id().to_owned()));
            }
        }
        if keys.is_empty() {
            return Err(KeySetError::Empty);
        }
        let others = keys.split_off(1);
        keys.pop().map(|signing| Self { signing, others }).ok_or(KeySetError::Empty)
    }

    /// The private JWK Set, from which [`KeySet::from_json`] reads the same keys.
    ///
    /// # Errors
    ///
    /// [`serde_json::Error`], which nothing in it can cause.
    pub fn to_json(&self) -> Result<Zeroizing<String>, serde_json::Error> {
        let keys = self.iter().map(Key::private).collect();
        serde_json::to_string_pretty(&PrivateKeys { keys }).map(Zeroizing::new)
    }

    /// The keys that everybody may know.
    #[must_use]
    pub fn public(&self) -> PublicKeySet {
        self.iter().filter_map(Key::public).collect()
    }

    /// Puts a key behind the others: it verifies, and does not sign yet.
    ///
    /// # Errors
    ///
    /// [`KeySetError::Twice`] and [`KeySetError::TooMany`].
    pub fn add(&mut self, key: Key) -> Result<(), KeySetError> {
        if self.get(key.id()).is_some() {
            return Err(KeySetError::Twice(key.id().to_owned()));
        }
        if self.iter().count() == Self::MOST {
            return Err(KeySetError::TooMany);
        }
        self.others.push(Arc::new(key));
        Ok(())
    }

    /// Lets the key of this name sign; the one that has signed stays behind it. `false`, where
    /// there is no such key.
    pub fn promote(&mut self, id: &str) -> bool {
        let Some(at) = self.others.iter().position(|key| key.id() == id) else {
            return self.signing.id() == id;
        };
        let promoted = self.others.remove(at);
        self.others.insert(0, std::mem::replace(&mut self.signing, promoted));
        true
    }

    /// Takes the key of this name out. `false`, where there is none that could go: the one that
    /// signs stays.
    pub fn remove(&mut self, id: &str) -> bool {
        let before = self.others.len();
        self.others.retain(|key| key.id() != id);
        self.others.len() < before
    }

    /// The key that signs.
    #[must_use]
    pub fn signing(&self) -> &Key {
        &self.signing
    }

    /// All keys, that which signs first.
    pub fn iter(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.signing).chain(&self.others).map(|key| &**key)
    }

    /// What verifies, in the same order.
    pub(super) fn verifying(&self) -> Vec<&VerifyingKey> {
        self.iter().map(Key::verifying).collect()
    }

    /// The key of this name.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Key> {
        self.iter().find(|key| key.id() == id)
    }
}

#[cfg(test)]
mod tests;
