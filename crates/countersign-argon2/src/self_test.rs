//! The comparison of an engine with RustCrypto's argon2.

use argon2::{Algorithm, Error, Params, Version};

use crate::engine::Engine;
use crate::hasher::{Hasher, Input};

/// The error of an engine that is not to be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelfTestError {
    /// The engine, and the input whose tag differs from that of RustCrypto's argon2.
    #[error("engine {0} computes another tag than RustCrypto's argon2: {1}")]
    Mismatch(Engine, String),
    /// The engine, or RustCrypto's argon2, has rejected an input.
    #[error("an input of the self-test is rejected: {0}")]
    Rejected(#[from] Error),
}

/// The cost parameters and the length of the tag. Segments of one and two address blocks; one and more lanes; a
/// memory that the lanes do not divide; tags of one, two and more parts.
const CASES: [(u32, u32, u32, usize); 5] =
    [(8, 1, 1, 4), (43, 2, 1, 32), (70, 2, 3, 65), (33, 1, 2, 112), (516, 1, 1, 32)];

impl Engine {
    /// Computes hashes of known inputs, and compares them with RustCrypto's argon2: all variants and versions, and
    /// memory with the contents of other hashes. Takes some three milliseconds, and a megabyte until it returns.
    ///
    /// # Errors
    ///
    /// [`SelfTestError`] if a hash differs: use [`Engine::RUST_CRYPTO`] then.
    pub fn self_test(self) -> Result<(), SelfTestError> {
        let (mut hasher, mut judge) = (Hasher::new(self), Hasher::new(Self::RUST_CRYPTO));
        let (password, salt, secret) = (b"a password of usual length", b"a salt of 18 bytes", b"");
        for algorithm in [Algorithm::Argon2id, Algorithm::Argon2i, Algorithm::Argon2d] {
            for version in [Version::V0x13, Version::V0x10] {
                for (m, t, p, length) in CASES {
                    let params = &Params::new(m, t, p, Some(length))?;
                    let input = Input { algorithm, version, params, password, salt, secret };
                    let (mut tag, mut expected) = (vec![0; length], vec![0; length]);
                    hasher.hash_into(&input, &mut tag)?;
                    judge.hash_into(&input, &mut expected)?;
                    if tag != expected {
                        return Err(SelfTestError::Mismatch(self, format!("{input:?}")));
                    }
                }
            }
        }
        Ok(())
    }
}
