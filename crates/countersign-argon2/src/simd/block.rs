//! Blocks, and the order of their words in memory.

use std::arch::x86_64::__m512i;
use std::array::from_fn;

use bytemuck::{must_cast, must_cast_ref};

/// The words of a block in the order of RFC 9106.
pub(super) type Words = [u64; 128];

/// A block of 1 KiB, aligned to a cache line.
///
/// Each quarter of an even row is followed by that of the next row, so that a vector of eight words needs no
/// shuffle before the rounds on rows, nor before those on columns.
pub(crate) type Block = [__m512i; 16];

pub(super) const ZERO: Block = must_cast([0_u64; 128]);

/// The place of a word in memory.
const fn place(word: usize) -> usize {
    (word & 0x60) | (word & 0x0c) << 1 | (word & 0x10) >> 2 | (word & 3)
}

pub(super) fn store(words: &Words) -> Block {
    let mut stored: Words = [0; 128];
    for (word, value) in words.iter().enumerate() {
        stored[place(word)] = *value;
    }
    must_cast(stored)
}

pub(super) fn load(block: &Block) -> Words {
    let stored: &Words = must_cast_ref(block);
    from_fn(|word| stored[place(word)])
}

/// The first word, which is the first one in memory, too.
#[inline(always)]
pub(super) fn first_word(block: &Block) -> u64 {
    must_cast_ref::<_, Words>(block)[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_words_are_loaded_in_order() {
        let words: Words = from_fn(|word| word as u64 + 1);
        let block = store(&words);
        assert_eq!(load(&block), words);
        assert_eq!(first_word(&block), words[0]);
    }
}
