//! Hashes with AVX2 or AVX-512: their beginning and end (RFC 9106 sections 3.2 and 3.3).
#![expect(
    clippy::cast_possible_truncation,
    clippy::inline_always,
    clippy::needless_range_loop,
    reason = "lengths are validated; functions with target features inline others or lose half of their speed; the \
              compiler unrolls loops over indexes, while iterators took twice the time"
)]
#![allow(
    clippy::wildcard_imports,
    reason = "vector instructions; not expected, since tests do not warn"
)]

mod arena;
mod avx2;
mod avx512;
mod block;
mod compression;
mod fill;

use std::array::from_fn;

use argon2::Error;
use blake2b_simd::{Params, State};
use bytemuck::{bytes_of, bytes_of_mut, must_cast, must_cast_mut, must_cast_ref};
use zeroize::Zeroize;

use self::block::{Block, Words, first_word, load, store};
use self::fill::{Position, fill};
pub(crate) use self::{arena::Arena, avx2::hash_avx2, avx512::hash_avx512};
use crate::hasher::Input;

/// Computes the tag of a valid input with a compression function: see [`fill()`].
///
/// # Errors
///
/// [`Error::OutOfMemory`].
#[inline(always)]
fn hash(
    input: &Input<'_>,
    arena: &mut Arena,
    tag: &mut [u8],
    compress: impl Fn(&mut [Block], [usize; 3], bool, &Position) -> usize,
) -> Result<(), Error> {
    let memory = arena.blocks(input.params.block_count())?;
    let lane_length = memory.len() / input.params.p_cost() as usize;
    let mut initial = initial_hash(input, tag.len());
    // Little-endian, like this architecture.
    let mut words: Words = [0; 128];
    for (lane, blocks) in (0_u32..).zip(memory.chunks_exact_mut(lane_length)) {
        for (index, block) in (0_u32..2).zip(blocks) {
            let parts = [&initial[..], &index.to_le_bytes(), &lane.to_le_bytes()];
            variable_hash(&parts, bytes_of_mut(&mut words));
            *block = store(&words);
        }
    }
    initial.zeroize();
    fill(input, memory, compress);
    words = [0; 128];
    for lane in memory.chunks_exact(lane_length) {
        for (sum, word) in words.iter_mut().zip(load(&lane[lane_length - 1])) {
            *sum ^= word;
        }
    }
    variable_hash(&[bytes_of(&words)], tag);
    words.zeroize();
    Ok(())
}

/// The initial hash (section 3.2, step 1).
fn initial_hash(input: &Input<'_>, tag_length: usize) -> [u8; 64] {
    let Input { algorithm, version, params, password, salt, secret } = *input;
    let (memory, passes, lanes) = (params.m_cost(), params.t_cost(), params.p_cost());
    let mut state = State::new();
    for cost in [lanes, tag_length as u32, memory, passes, version.into(), algorithm as u32] {
        state.update(&cost.to_le_bytes());
    }
    for field in [password, salt, secret, params.data()] {
        state.update(&(field.len() as u32).to_le_bytes()).update(field);
    }
    *state.finalize().as_array()
}

/// The variable-length hash H' of the concatenation of `parts` (section 3.3).
fn variable_hash(parts: &[&[u8]], mut out: &mut [u8]) {
    let length = (out.len() as u32).to_le_bytes();
    let mut hash = [0; 64];
    blake2b(&[&[&length[..]], parts].concat(), &mut hash[..out.len().min(64)]);
    while out.len() > 64 {
        let (half, rest) = out.split_at_mut(32);
        half.copy_from_slice(&hash[..32]);
        out = rest;
        let previous = hash;
        blake2b(&[&previous], &mut hash[..out.len().min(64)]);
    }
    out.copy_from_slice(&hash[..out.len()]);
    hash.zeroize();
}

/// BLAKE2b of the concatenation of `parts`, of at most 64 bytes.
fn blake2b(parts: &[&[u8]], out: &mut [u8]) {
    let mut state = Params::new().hash_length(out.len()).to_state();
    for part in parts {
        state.update(part);
    }
    out.copy_from_slice(state.finalize().as_bytes());
}
