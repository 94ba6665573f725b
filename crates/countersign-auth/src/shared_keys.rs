//! Verification keys that can be replaced while they are in use.

use std::fmt;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use super::verification_keys::VerificationKeys;
use super::verified_tokens::VerifiedTokens;

/// A handle to the verification keys in use. Cheap to clone; clones share the keys.
///
/// The keys are replaced together with the cache of tokens that they verified, in one atomic step: a
/// request sees both from before or both from after, so no token outlives its key.
#[derive(Clone)]
pub struct SharedVerificationKeys(Arc<ArcSwap<KeysInUse>>);

pub(super) struct KeysInUse {
    pub(super) keys: VerificationKeys,
    pub(super) verified: VerifiedTokens,
}

impl SharedVerificationKeys {
    /// A handle to `keys`.
    #[must_use]
    pub fn new(keys: VerificationKeys) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(KeysInUse::new(keys))))
    }

    /// The current keys.
    #[must_use]
    pub fn current(&self) -> VerificationKeys {
        self.load().keys.clone()
    }

    /// Replaces the keys.
    pub fn replace(&self, keys: VerificationKeys) {
        self.0.store(Arc::new(KeysInUse::new(keys)));
    }

    pub(super) fn load(&self) -> Guard<Arc<KeysInUse>> {
        self.0.load()
    }
}

impl KeysInUse {
    fn new(keys: VerificationKeys) -> Self {
        Self { keys, verified: VerifiedTokens::new() }
    }
}

impl From<VerificationKeys> for SharedVerificationKeys {
    fn from(keys: VerificationKeys) -> Self {
        Self::new(keys)
    }
}

impl fmt::Debug for SharedVerificationKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedVerificationKeys").field(&self.current()).finish()
    }
}
