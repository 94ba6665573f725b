//! Passes, slices and segments (RFC 9106 section 3.2, steps 5 and 6).
#![expect(
    clippy::inline_always,
    reason = "a function with target features inlines them, or loses half of its speed"
)]

use argon2::{Algorithm, Version};

use super::block::{Block, Layout, Words, ZERO, first_word};
use super::position::Position;
use crate::hasher::Input;

/// The number of positions that an address block determines.
const ADDRESSES: usize = 128;
/// For how many blocks ahead a known reference block is prefetched.
const AHEAD: usize = 2;

/// The indexes of the three blocks of a step.
#[derive(Clone, Copy)]
pub(super) struct Step {
    pub(super) previous: usize,
    pub(super) reference: usize,
    pub(super) current: usize,
}

/// The block that a step prefetches.
#[derive(Clone, Copy)]
pub(super) enum Prefetch {
    Nothing,
    /// The block of this index.
    Block(usize),
    /// The reference block of this position, by the first word of the step's result.
    ReferenceOf(Position),
}

impl Prefetch {
    /// Begins to load the block into the cache, and returns its index.
    #[inline(always)]
    pub(super) fn start(self, memory: &[Block], first_word: u64) -> usize {
        let index = match self {
            Self::Nothing => return 0,
            Self::Block(index) => index,
            Self::ReferenceOf(position) => position.reference(first_word),
        };
        let lines = &memory[index];
        for line in 0..lines.len() {
            prefetch_index::prefetch_index(lines, line);
        }
        index
    }
}

/// Fills the memory, of which the first two blocks of each lane are set.
///
/// `step(memory, step, is_xor, prefetch)` sets the current block to the compression of the other two, or adds
/// that by XOR, and returns the index that it prefetches. It is inlined here, and this into a function with the
/// CPU features that it needs.
#[inline(always)]
pub(super) fn fill(
    layout: Layout,
    input: &Input<'_>,
    memory: &mut [Block],
    step: impl Fn(&mut [Block], Step, bool, Prefetch) -> usize,
) {
    let (lanes, passes) = (input.params.p_cost() as usize, input.params.t_cost() as usize);
    let lane_length = memory.len() / lanes;
    let segment = lane_length / 4;
    for number in 0..passes * 4 * lanes {
        let (pass, slice, lane) = (number / lanes / 4, number / lanes % 4, number % lanes);
        let is_xor = pass > 0 && input.version == Version::V0x13;
        let position = |index| Position { lanes, lane_length, pass, slice, lane, index };
        let base = lane * lane_length + slice * segment;
        let previous = |index: usize| match (slice, index) {
            (0, 0) => base + lane_length - 1,
            _ => base + index - 1,
        };
        let first = if pass == 0 && slice == 0 { 2 } else { 0 };
        let is_data_dependent = match input.algorithm {
            Algorithm::Argon2d => true,
            Algorithm::Argon2i => false,
            Algorithm::Argon2id => pass > 0 || slice > 1,
        };
        if is_data_dependent {
            let mut reference = position(first).reference(first_word(&memory[previous(first)]));
            for index in first..segment {
                let next = match index + 1 {
                    end if end == segment => Prefetch::Nothing,
                    next => Prefetch::ReferenceOf(position(next)),
                };
                let indexes = Step { previous: previous(index), reference, current: base + index };
                reference = step(memory, indexes, is_xor, next);
            }
            continue;
        }
        // The block of zeros, the input block, and the address block.
        let mut blocks = [ZERO; 3];
        let mut words: Words = [0; 128];
        let variant = input.algorithm as usize;
        for (word, value) in
            words.iter_mut().zip([pass, lane, slice, memory.len(), passes, variant])
        {
            *word = value as u64;
        }
        for from in (0..segment).step_by(ADDRESSES) {
            words[6] += 1;
            layout.store(&words, &mut blocks[1]);
            for reference in [1, 2] {
                let indexes = Step { previous: 0, reference, current: 2 };
                step(&mut blocks, indexes, false, Prefetch::Nothing);
            }
            let addresses = layout.load(&blocks[2]);
            let mut references = [0; ADDRESSES];
            let indexes = from.max(first)..segment.min(from + ADDRESSES);
            for index in indexes.clone() {
                references[index - from] = position(index).reference(addresses[index - from]);
            }
            for index in indexes {
                let next = references.get(index - from + AHEAD);
                let next = next.map_or(Prefetch::Nothing, |block| Prefetch::Block(*block));
                let reference = references[index - from];
                let indexes = Step { previous: previous(index), reference, current: base + index };
                step(memory, indexes, is_xor, next);
            }
        }
    }
}
