//! Validation, memory and dispatch.

use std::fmt;

use argon2::{
    Algorithm, Argon2, Block, Error, MAX_PWD_LEN, MAX_SALT_LEN, MAX_SECRET_LEN, MIN_SALT_LEN,
    Params, Version,
};

use crate::engine::{Engine, Implementation};
#[cfg(target_arch = "x86_64")]
use crate::simd::{self, Arena, Fill};

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

impl Input<'_> {
    /// Whether RustCrypto's argon2 would accept the lengths, with its errors.
    fn validate(&self, tag_length: usize) -> Result<(), Error> {
        let fixed = self.params.output_len();
        let (min, max) =
            fixed.map_or((Params::MIN_OUTPUT_LEN, Params::MAX_OUTPUT_LEN), |it| (it, it));
        for (is_invalid, error) in [
            (self.secret.len() > MAX_SECRET_LEN, Error::SecretTooLong),
            (tag_length < min, Error::OutputTooShort),
            (tag_length > max, Error::OutputTooLong),
            (self.password.len() > MAX_PWD_LEN, Error::PwdTooLong),
            (self.salt.len() < MIN_SALT_LEN, Error::SaltTooShort),
            (self.salt.len() > MAX_SALT_LEN, Error::SaltTooLong),
        ] {
            if is_invalid {
                return Err(error);
            }
        }
        Ok(())
    }
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
    memory: Memory,
}

enum Memory {
    RustCrypto(Vec<Block>),
    #[cfg(target_arch = "x86_64")]
    Simd(Arena),
}

impl Hasher {
    /// A hasher without memory, which the first hash allocates.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self { engine, memory: Memory::RustCrypto(Vec::new()) }
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// The size of the memory, in KiB.
    #[must_use]
    pub fn memory_kib(&self) -> usize {
        match &self.memory {
            Memory::RustCrypto(blocks) => blocks.len(),
            #[cfg(target_arch = "x86_64")]
            Memory::Simd(arena) => arena.len(),
        }
    }

    /// Returns the memory to the system.
    pub fn release(&mut self) {
        self.memory = Memory::RustCrypto(Vec::new());
    }

    /// Computes the tag of an input; its length is that of `tag`.
    ///
    /// # Errors
    ///
    /// The length of the password, the salt, the secret or the tag is out of bounds, or
    /// [`Error::OutOfMemory`]; `tag` is unchanged then.
    pub fn hash_into(&mut self, input: &Input<'_>, tag: &mut [u8]) -> Result<(), Error> {
        input.validate(tag.len())?;
        match self.engine.0 {
            Implementation::RustCrypto => self.by_rust_crypto(input, tag),
            #[cfg(target_arch = "x86_64")]
            Implementation::Avx2(token) => self.by_simd(Fill::Avx2(token), input, tag),
            #[cfg(target_arch = "x86_64")]
            Implementation::Avx512(token) => self.by_simd(Fill::Avx512(token), input, tag),
            #[cfg(feature = "faulty-engine")]
            Implementation::Faulty => {
                self.by_rust_crypto(input, tag)?;
                if let Some(last) = tag.last_mut() {
                    *last ^= 0x10;
                }
                Ok(())
            }
        }
    }

    fn by_rust_crypto(&mut self, input: &Input<'_>, tag: &mut [u8]) -> Result<(), Error> {
        let Input { algorithm, version, params, password, salt, secret } = *input;
        let argon2 = Argon2::new_with_secret(secret, algorithm, version, params.clone())?;
        let count = params.block_count();
        if let Memory::RustCrypto(blocks) = &mut self.memory
            && blocks.len() >= count
        {
            return argon2.hash_password_into_with_memory(password, salt, tag, blocks);
        }
        // Freed first, so that both are never allocated at once.
        self.release();
        let mut blocks = Vec::new();
        blocks.try_reserve_exact(count).map_err(|_| Error::OutOfMemory)?;
        blocks.resize(count, Block::new());
        let result = argon2.hash_password_into_with_memory(password, salt, tag, &mut blocks);
        self.memory = Memory::RustCrypto(blocks);
        result
    }

    #[cfg(target_arch = "x86_64")]
    fn by_simd(&mut self, fill: Fill, input: &Input<'_>, tag: &mut [u8]) -> Result<(), Error> {
        let count = input.params.block_count();
        if let Memory::Simd(arena) = &mut self.memory
            && arena.len() >= count
        {
            return simd::hash_into(fill, input, arena.blocks(count)?, tag);
        }
        // Freed first, so that both are never allocated at once.
        self.release();
        let mut arena = Arena::new(count)?;
        let result = simd::hash_into(fill, input, arena.blocks(count)?, tag);
        self.memory = Memory::Simd(arena);
        result
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hasher({}, {} KiB)", self.engine, self.memory_kib())
    }
}
