//! Hashes with AVX2 or AVX-512.

mod arena;
mod avx2;
mod avx512;
mod block;
mod fill;
mod position;
mod rounds;
mod variable_hash;

use argon2::Error;
use fearless_simd::{Avx2, Avx512};
use zeroize::Zeroize;

pub(crate) use self::arena::Arena;
use self::avx2::fill_avx2;
use self::avx512::fill_avx512;
use self::block::{Block, Layout, Words};
use self::variable_hash::{blake2b, variable_hash};
use crate::hasher::Input;

/// The code that fills the memory.
#[derive(Clone, Copy)]
pub(crate) enum Fill {
    Avx2(Avx2),
    Avx512(Avx512),
}

impl Fill {
    fn layout(self) -> Layout {
        match self {
            Self::Avx2(_) => Layout::Standard,
            Self::Avx512(_) => Layout::Interleaved,
        }
    }

    fn run(self, input: &Input<'_>, memory: &mut [Block]) {
        match self {
            Self::Avx2(token) => fill_avx2(token, input, memory),
            Self::Avx512(token) => fill_avx512(token, input, memory),
        }
    }
}

/// Computes the tag of a valid input (RFC 9106 section 3.2).
///
/// # Errors
///
/// [`Error::MemoryTooLittle`] if the memory does not have exactly the blocks of the cost parameters.
pub(crate) fn hash_into(
    fill: Fill,
    input: &Input<'_>,
    memory: &mut [Block],
    tag: &mut [u8],
) -> Result<(), Error> {
    let lanes = input.params.p_cost() as usize;
    if memory.len() != input.params.block_count() {
        return Err(Error::MemoryTooLittle);
    }
    let lane_length = memory.len() / lanes;
    let layout = fill.layout();
    let mut initial = initial_hash(input, tag.len());
    let mut bytes = [0; size_of::<Block>()];
    for (lane, blocks) in (0_u32..).zip(memory.chunks_exact_mut(lane_length)) {
        for (index, block) in (0_u32..2).zip(blocks) {
            let (index, lane) = (index.to_le_bytes(), lane.to_le_bytes());
            variable_hash([&initial, &index, &lane], &mut bytes);
            let (words, _) = bytes.as_chunks();
            layout.store(&std::array::from_fn(|i| u64::from_le_bytes(words[i])), block);
        }
    }
    initial.zeroize();
    fill.run(input, memory);
    let mut sum: Words = [0; 128];
    for lane in memory.chunks_exact(lane_length) {
        for (sum, word) in sum.iter_mut().zip(layout.load(&lane[lane_length - 1])) {
            *sum ^= word;
        }
    }
    let (words, _) = bytes.as_chunks_mut();
    for (bytes, word) in words.iter_mut().zip(&sum) {
        *bytes = word.to_le_bytes();
    }
    variable_hash([&bytes, &[], &[]], tag);
    sum.zeroize();
    bytes.zeroize();
    Ok(())
}

/// The initial hash (step 1).
#[expect(clippy::cast_possible_truncation, reason = "the lengths are validated")]
fn initial_hash(input: &Input<'_>, tag_length: usize) -> [u8; 64] {
    let Input { algorithm, version, params, password, salt, secret } = *input;
    let (memory, passes, lanes) = (params.m_cost(), params.t_cost(), params.p_cost());
    let costs = [lanes, tag_length as u32, memory, passes, version.into(), algorithm as u32];
    let costs = costs.map(u32::to_le_bytes);
    let fields = [password, salt, secret, params.data()];
    let lengths = fields.map(|field| (field.len() as u32).to_le_bytes());
    let mut hash = [0; 64];
    let mut parts = vec![costs.as_flattened()];
    for (length, field) in lengths.iter().zip(fields) {
        parts.extend([length, field]);
    }
    blake2b(&parts, &mut hash);
    hash
}
