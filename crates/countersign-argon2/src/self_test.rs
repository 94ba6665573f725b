//! The comparison of an engine with RustCrypto's argon2.

use argon2::{Algorithm, Error, Params, Version};

use crate::engine::Engine;
use crate::hasher::{Hasher, Input};

/// The error of an engine that is not to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelfTestError {
    /// A tag differs from that of RustCrypto's argon2.
    #[error(
        "engine {engine} computes another tag than RustCrypto's argon2: {algorithm}, m={m},t={t},p={p}"
    )]
    Mismatch {
        /// The engine.
        engine: Engine,
        /// The variant.
        algorithm: Algorithm,
        /// Memory in KiB.
        m: u32,
        /// Passes.
        t: u32,
        /// Lanes.
        p: u32,
    },
    /// The engine, or RustCrypto's argon2, has rejected an input.
    #[error("an input of the self-test is rejected: {0}")]
    Rejected(#[from] Error),
}

/// The cost parameters and the length of the tag. Segments of less and more than 128 blocks; one and more lanes; a
/// memory that the lanes do not divide; tags of one, two and more parts.
const CASES: [(u32, u32, u32, usize); 4] =
    [(8, 1, 1, 4), (43, 2, 1, 32), (70, 3, 3, 65), (33, 1, 2, 112)];

/// Its segments take two address blocks.
const LARGE: (u32, u32, u32, usize) = (1024, 2, 1, 32);

impl Engine {
    /// Computes hashes of known inputs, and compares them with RustCrypto's argon2: all variants and versions, and
    /// memory with the contents of other hashes. Takes about two milliseconds, and a megabyte until it returns.
    ///
    /// # Errors
    ///
    /// [`SelfTestError`] if a hash differs: use [`Engine::RUST_CRYPTO`] then.
    pub fn self_test(self) -> Result<(), SelfTestError> {
        let (mut hasher, mut judge) = (Hasher::new(self), Hasher::new(Self::RUST_CRYPTO));
        compare(&mut hasher, &mut judge, Algorithm::Argon2id, Version::V0x13, LARGE)?;
        for algorithm in [Algorithm::Argon2d, Algorithm::Argon2i, Algorithm::Argon2id] {
            for version in [Version::V0x10, Version::V0x13] {
                for case in CASES {
                    compare(&mut hasher, &mut judge, algorithm, version, case)?;
                }
            }
        }
        Ok(())
    }
}

fn compare(
    hasher: &mut Hasher,
    judge: &mut Hasher,
    algorithm: Algorithm,
    version: Version,
    (m, t, p, length): (u32, u32, u32, usize),
) -> Result<(), SelfTestError> {
    let params = Params::new(m, t, p, Some(length))?;
    let (password, salt, secret) = (b"a password of usual length", b"a salt of 18 bytes", b"");
    let input = Input { algorithm, version, params: &params, password, salt, secret };
    let (mut tag, mut expected) = (vec![0; length], vec![0; length]);
    hasher.hash_into(&input, &mut tag)?;
    judge.hash_into(&input, &mut expected)?;
    if tag == expected {
        Ok(())
    } else {
        Err(SelfTestError::Mismatch { engine: hasher.engine(), algorithm, m, t, p })
    }
}
