//! Blocks, and the order of their words in memory.

use std::arch::x86_64::__m512i;

use bytemuck::{must_cast, must_cast_mut, must_cast_ref};

/// The words of a block in the order of RFC 9106.
pub(super) type Words = [u64; 128];

/// A block of 1 KiB, aligned to a cache line.
pub(crate) type Block = [__m512i; 16];

pub(super) const ZERO: Block = must_cast([0_u64; 128]);

/// The order of the words of a block in memory.
#[derive(Clone, Copy)]
pub(super) enum Layout {
    /// That of RFC 9106.
    Standard,
    /// Each quarter of an even row is followed by that of the next row, so that a vector of eight words needs no
    /// shuffle before the rounds on rows, nor before those on columns.
    Interleaved,
}

impl Layout {
    /// The place in memory of a word.
    fn place(self, word: usize) -> usize {
        match self {
            Self::Standard => word,
            Self::Interleaved => {
                (word & 0x60) | (word & 0x0c) << 1 | (word & 0x10) >> 2 | (word & 3)
            }
        }
    }

    pub(super) fn store(self, words: &Words, block: &mut Block) {
        let stored: &mut Words = must_cast_mut(block);
        for (word, value) in words.iter().enumerate() {
            stored[self.place(word)] = *value;
        }
    }

    pub(super) fn load(self, block: &Block) -> Words {
        let stored: &Words = must_cast_ref(block);
        std::array::from_fn(|word| stored[self.place(word)])
    }
}

/// The first word, which both layouts have in the same place.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "a function with target features inlines them, or loses half of its speed"
)]
pub(super) fn first_word(block: &Block) -> u64 {
    must_cast_ref::<_, Words>(block)[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_words_are_loaded_in_order() {
        let words: Words = std::array::from_fn(|word| word as u64 + 1);
        for layout in [Layout::Standard, Layout::Interleaved] {
            let mut block = ZERO;
            layout.store(&words, &mut block);
            assert_eq!(layout.load(&block), words);
            assert_eq!(first_word(&block), words[0]);
        }
    }
}
