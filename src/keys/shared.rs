//! The key set in use, which can be replaced.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use countersign_auth::{Secret, SharedVerificationKeys};

use super::key_set::KeySet;

/// A handle to the key set in use. Cheap to clone; clones share the key set.
///
/// Its verification keys are a handle, too, and are replaced together with the key set.
#[derive(Clone)]
pub struct SharedKeySet {
    set: Arc<ArcSwap<KeySet>>,
    verification: SharedVerificationKeys,
    /// Locked while both are replaced, so that they remain those of one key set.
    replacing: Arc<Mutex<()>>,
}

impl SharedKeySet {
    /// A handle to `keys`.
    #[must_use]
    pub fn new(keys: KeySet) -> Self {
        let verification = SharedVerificationKeys::new(keys.verification_keys());
        Self { set: Arc::new(ArcSwap::from_pointee(keys)), verification, replacing: Arc::default() }
    }

    /// A handle to a key set of this secret alone.
    #[must_use]
    pub fn from_secret(secret: &Secret) -> Self {
        Self::new(KeySet::from_secret(secret))
    }

    /// The current key set. Load it once for an operation that needs one consistent set.
    #[must_use]
    pub fn current(&self) -> Arc<KeySet> {
        self.set.load_full()
    }

    /// The verification keys of the current key set.
    #[must_use]
    pub fn verification_keys(&self) -> &SharedVerificationKeys {
        &self.verification
    }

    /// Replaces the key set.
    pub fn replace(&self, keys: KeySet) {
        let _replacing = self.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        // First, so that a token of the new signing key is never met by the old keys.
        self.verification.replace(keys.verification_keys());
        self.set.store(Arc::new(keys));
    }
}

impl fmt::Debug for SharedKeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedKeySet").field(&self.current()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use countersign_auth::KeyAlgorithm;

    use super::super::signing_key::SigningKey;
    use super::*;

    fn set(algorithm: KeyAlgorithm) -> KeySet {
        KeySet::new(SigningKey::generate(algorithm).unwrap())
    }

    #[test]
    fn verification_keys_are_those_of_the_key_set_after_concurrent_replacements() {
        let shared = SharedKeySet::new(set(KeyAlgorithm::Hs256));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..50).for_each(|_| shared.replace(set(KeyAlgorithm::EdDsa))));
            }
        });
        let keys = shared.current();
        assert!(shared.verification_keys().current().kids().eq([keys.signing_key().kid()]));
        assert!(shared.clone().current().get(keys.signing_key().kid()).is_some());
    }
}
