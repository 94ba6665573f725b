//! The keys in use, which may be changed while they are.

use std::fmt;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use super::genuine::Genuine;
use super::key_set::KeySet;
use super::public_key_set::PublicKeySet;
use super::secret::Secret;

/// Keys that are in use: a handle, cheap to clone, whose clones share them.
///
/// They are changed as a whole and at once: who asks gets those from before or those from after.
pub struct Ring<S>(Arc<ArcSwap<Held<S>>>);

/// Keys, and the tokens that they were found to have signed.
pub(super) struct Held<S> {
    pub(super) keys: Arc<S>,
    pub(super) genuine: Genuine,
}

/// The keys that sign and verify.
pub type KeyRing = Ring<KeySet>;

/// Public keys, which verify.
pub type PublicKeyRing = Ring<PublicKeySet>;

impl KeyRing {
    /// A secret as the only key.
    #[must_use]
    pub fn from_secret(secret: &Secret) -> Self {
        Self::new(KeySet::from_secret(secret))
    }
}

impl<S> Ring<S> {
    /// These keys.
    #[must_use]
    pub fn new(keys: S) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(Held::new(keys))))
    }

    /// The keys as they are now. Take them once for what has to be done with the same ones.
    #[must_use]
    pub fn current(&self) -> Arc<S> {
        Arc::clone(&self.held().keys)
    }

    /// Puts these keys in the place of the present ones.
    pub fn replace(&self, keys: S) {
        self.0.store(Arc::new(Held::new(keys)));
    }

    /// The keys as they are now, with their memory.
    pub(super) fn held(&self) -> Guard<Arc<Held<S>>> {
        self.0.load()
    }
}

impl<S> Held<S> {
    fn new(keys: S) -> Self {
        Self { keys: Arc::new(keys), genuine: Genuine::new() }
    }
}

impl<S> From<S> for Ring<S> {
    fn from(keys: S) -> Self {
        Self::new(keys)
    }
}

impl<S> Clone for Ring<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: fmt::Debug> fmt::Debug for Ring<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ring").field(&self.current()).finish()
    }
}

#[cfg(test)]
mod tests;
