//! Passes, slices and segments (RFC 9106 section 3.2, steps 5 and 6), and reference blocks (section 3.4).

use argon2::{Algorithm, Version};

use super::block::{Block, Words, ZERO, first_word, load, store};
use crate::hasher::Input;

/// The number of reference blocks that an address block determines.
const ADDRESSES: usize = 128;
/// For how many blocks ahead a known reference block is prefetched.
const AHEAD: usize = 2;

/// Fills the memory, of which the first two blocks of each lane are set.
///
/// `compress(memory, [previous, reference, current], is_xor, &next)` sets the current block to the compression of the
/// other two, or adds that by XOR, and returns what `next.prefetch` does. It is inlined here, and this into a function
/// with the CPU features that it needs.
#[inline(always)]
pub(super) fn fill(
    input: &Input<'_>,
    memory: &mut [Block],
    compress: impl Fn(&mut [Block], [usize; 3], bool, &Position) -> usize,
) {
    let (lanes, passes) = (input.params.p_cost() as usize, input.params.t_cost() as usize);
    let lane_length = memory.len() / lanes;
    let segment = lane_length / 4;
    let mut addresses: Words = [0; 128];
    for number in 0..passes * 4 * lanes {
        let (pass, slice, lane) = (number / lanes / 4, number / lanes % 4, number % lanes);
        let is_xor = pass > 0 && input.version == Version::V0x13;
        let is_data_dependent = input.algorithm == Algorithm::Argon2d
            || (input.algorithm == Algorithm::Argon2id && (pass > 0 || slice > 1));
        let first = if pass == 0 && slice == 0 { 2 } else { 0 };
        let at = |index, word| Position {
            lanes: if first == 2 { 1 } else { lanes },
            lane_length,
            lane,
            start: if pass == 0 || slice == 3 { 0 } else { (slice + 1) * segment },
            complete: if pass == 0 { slice * segment } else { 3 * segment },
            index,
            word,
        };
        let start = lane * lane_length + slice * segment;
        let mut previous = start + first + if pass > 0 && slice == 0 { lane_length } else { 0 } - 1;
        let mut reference = at(first, None).reference(first_word(&memory[previous]));
        for index in first..segment {
            let mut next = at(index + 1, None);
            if !is_data_dependent {
                if index == first || index % ADDRESSES == 0 {
                    let counter = index / ADDRESSES + 1;
                    let variant = input.algorithm as usize;
                    let numbers = [pass, lane, slice, memory.len(), passes, variant, counter];
                    let mut words: Words = [0; 128];
                    words[..7].copy_from_slice(&numbers.map(|number| number as u64));
                    let mut blocks = [ZERO, store(&words), ZERO];
                    compress(&mut blocks, [0, 1, 2], false, &next);
                    compress(&mut blocks, [0, 2, 2], false, &next);
                    addresses = load(&blocks[2]);
                }
                let known = |index| at(index, Some(addresses[index % ADDRESSES]));
                reference = known(index).reference(0);
                next = known(index + AHEAD);
            }
            let current = start + index;
            reference = compress(memory, [previous, reference, current], is_xor, &next);
            previous = current;
        }
    }
}

/// The position of a block, which determines its reference block.
#[derive(Clone, Copy)]
pub(super) struct Position {
    /// The number of lanes that it may be in; one is the own lane.
    lanes: usize,
    lane_length: usize,
    lane: usize,
    /// Where in a lane the blocks begin that it is one of.
    start: usize,
    /// How many of them are in complete segments.
    complete: usize,
    /// The index in the segment, at least 2 in the first segment of a lane. From its length on, the reference block is
    /// one that is prefetched in vain.
    index: usize,
    /// The pseudo-random word, if it is not the first word of the block before.
    word: Option<u64>,
}

impl Position {
    /// Begins to load the reference block into the cache, and returns its index in memory.
    #[inline(always)]
    pub(super) fn prefetch(&self, memory: &[Block], first_word: u64) -> usize {
        let index = self.reference(first_word);
        if let Some(lines) = memory.get(index) {
            for line in 0..lines.len() {
                prefetch_index::prefetch_index(lines, line);
            }
        }
        index
    }

    /// The index in memory of the reference block.
    #[inline(always)]
    fn reference(&self, first_word: u64) -> usize {
        let Self { lanes, lane_length, lane: own, start, complete, index, word } = *self;
        let word = word.unwrap_or(first_word);
        let lane = if lanes == 1 { own } else { (word >> 32) as usize % lanes };
        let more = if lane == own { index } else { usize::from(index > 0) };
        let area = (complete + more - 1) as u64;
        let low = word & 0xffff_ffff;
        let at = start + (area - 1 - ((area * ((low * low) >> 32)) >> 32)) as usize;
        // The remainder by the length of the lane, without a branch that no CPU predicts.
        lane * lane_length + at.min(at.wrapping_sub(lane_length))
    }
}
