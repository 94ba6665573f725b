//! Validation, memory and dispatch.

use std::fmt;

use argon2::{Algorithm, Argon2, Block, Error, Params, Version};

use crate::engine::{Code, Engine};
#[cfg(target_arch = "x86_64")]
use crate::simd::{Arena, hash_avx2, hash_avx512};

/// The input of a hash. `Debug` shows no password, salt or secret.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// Argon2d, Argon2i or Argon2id.
    pub algorithm: Algorithm,
    /// Version 0x10 or 0x13.
    pub version: Version,
    /// Cost parameters, associated data, and the length of the tag if it is fixed.
    pub params: &'a Params,
    /// The password.
    pub password: &'a [u8],
    /// The salt, at least 8 bytes.
    pub salt: &'a [u8],
    /// The secret value (pepper); mostly empty.
    pub secret: &'a [u8],
}

impl fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { algorithm, version, params, .. } = self;
        let (m, t, p) = (params.m_cost(), params.t_cost(), params.p_cost());
        write!(f, "Input({algorithm}, {version:?}, m={m}, t={t}, p={p}, ..)")
    }
}

/// Computes hashes one at a time, in memory that it reuses. All lanes are computed by the calling thread.
///
/// The memory has the size of the largest hash since [`Hasher::release`]. It is not cleared: what is in it is
/// derived from the last password, as in RustCrypto's argon2 with reused memory.
pub struct Hasher {
    engine: Engine,
    /// The memory of RustCrypto's argon2.
    blocks: Vec<Block>,
    /// That of the other engines.
    #[cfg(target_arch = "x86_64")]
    arena: Arena,
}

impl Hasher {
    /// A hasher without memory, which the first hash allocates.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self {
            engine,
            blocks: Vec::new(),
            #[cfg(target_arch = "x86_64")]
            arena: Arena::default(),
        }
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// The size of the memory, in KiB.
    #[must_use]
    pub fn memory_kib(&self) -> usize {
        let kib = self.blocks.len();
        #[cfg(target_arch = "x86_64")]
        let kib = kib + self.arena.len();
        kib
    }

    /// Returns the memory to the system.
    pub fn release(&mut self) {
        *self = Self::new(self.engine);
    }

    /// Computes the tag of an input; its length is that of `tag`.
    ///
    /// # Errors
    ///
    /// The length of the password, the salt, the secret or the tag is out of bounds, or
    /// [`Error::OutOfMemory`]; `tag` is unchanged then.
    pub fn hash_into(&mut self, input: &Input<'_>, tag: &mut [u8]) -> Result<(), Error> {
        let Input { algorithm, version, params, password, salt, secret } = *input;
        let argon2 = Argon2::new_with_secret(secret, algorithm, version, params.clone())?;
        // Without memory, RustCrypto's argon2 validates the lengths and computes nothing.
        match argon2.hash_password_into_with_memory(password, salt, tag, []) {
            Err(Error::MemoryTooLittle) => {}
            invalid => return invalid,
        }
        match self.engine.code {
            Code::RustCrypto => {
                let count = params.block_count();
                if self.blocks.len() < count {
                    // Freed first, so that both are never allocated at once.
                    self.blocks = Vec::new();
                    self.blocks.try_reserve_exact(count).map_err(|_| Error::OutOfMemory)?;
                    self.blocks.resize(count, Block::new());
                }
                argon2.hash_password_into_with_memory(password, salt, tag, &mut self.blocks)?;
            }
            #[cfg(target_arch = "x86_64")]
            Code::Avx2(token) => hash_avx2(token, input, &mut self.arena, tag)?,
            #[cfg(target_arch = "x86_64")]
            Code::Avx512(token) => hash_avx512(token, input, &mut self.arena, tag)?,
        }
        #[cfg(feature = "faulty-engine")]
        tag.iter_mut().take(usize::from(self.engine == Engine::FAULTY)).for_each(|it| *it ^= 0x10);
        Ok(())
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hasher({}, {} KiB)", self.engine, self.memory_kib())
    }
}
