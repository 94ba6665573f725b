//! Whose tokens are believed.

use super::genuine::Genuine;
use super::ring::{KeyRing, PublicKeyRing};
use super::verifying_key::VerifyingKey;

/// Lists the keys, where they are needed.
pub(super) type Keys<'a> = &'a dyn Fn() -> Vec<&'a VerifyingKey>;

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
        self.with_memory(|keys, _| then(&keys()))
    }

    /// The same, with the tokens that they were found to have signed.
    pub(super) fn with_memory<T>(&self, then: impl FnOnce(Keys<'_>, &Genuine) -> T) -> T {
        match self {
            Self::Own(ring) => {
                let held = ring.held();
                then(&|| held.keys.verifying(), &held.genuine)
            }
            Self::Public(ring) => {
                let held = ring.held();
                then(&|| held.keys.verifying(), &held.genuine)
            }
        }
    }
}
