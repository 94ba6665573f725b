//! Whose tokens are believed.

use super::ring::{KeyRing, PublicKeyRing};
use super::verifying_key::VerifyingKey;

/// The keys whose tokens are believed.
#[derive(Clone, Debug)]
pub(super) enum Trusted {
    /// Our own, or a secret that is shared.
    Own(KeyRing),
    /// Those of somebody else.
    Public(PublicKeyRing),
}

impl Trusted {
    /// Does something with the keys as they are now.
    pub(super) fn with<T>(&self, then: impl FnOnce(&[&VerifyingKey]) -> T) -> T {
        match self {
            Self::Own(ring) => then(&ring.current().verifying()),
            Self::Public(ring) => then(&ring.current().verifying()),
        }
    }
}
