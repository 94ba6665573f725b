//! The compression function in vectors of 512 bits.
#![expect(
    clippy::needless_range_loop,
    reason = "the compiler unrolls these loops; iterators took twice the time"
)]

use std::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_mul_epu32, _mm512_permutex_epi64, _mm512_permutexvar_epi64,
    _mm512_ror_epi64, _mm512_setr_epi64, _mm512_shuffle_i64x2, _mm512_ternarylogic_epi64,
    _mm512_xor_si512,
};
use std::array::from_fn;

use bytemuck::must_cast;

use super::block::{Block, Layout, first_word};
use super::fill::{Prefetch, Step, fill};
use super::rounds::rounds;
use crate::hasher::Input;

rounds!(
    "avx512f",
    __m512i,
    _mm512_mul_epu32,
    _mm512_add_epi64,
    _mm512_xor_si512,
    _mm512_permutex_epi64,
    _mm512_ror_epi64::<32>,
    _mm512_ror_epi64::<24>,
    _mm512_ror_epi64::<16>,
    _mm512_ror_epi64::<63>
);

fearless_simd::kernel!(
    pub(super) fn fill_avx512(token: Avx512, input: &Input<'_>, memory: &mut [Block]) {
        fill(Layout::Interleaved, input, memory, |memory, step, is_xor, prefetch| {
            if is_xor {
                compress::<true>(memory, step, prefetch)
            } else {
                compress::<false>(memory, step, prefetch)
            }
        });
    }
);

#[inline]
#[target_feature(enable = "avx512f")]
fn compress<const XOR: bool>(memory: &mut [Block], step: Step, prefetch: Prefetch) -> usize {
    let Step { previous, reference, current } = step;
    let xor = |at: usize| _mm512_xor_si512(memory[previous][at], memory[reference][at]);
    // block[j][k] is quarter j of the rows 2k and 2k + 1. At the same time it is a, b, c or d, by k, of the
    // columns 2j and 2j + 1, whose words are in the order 0 1 0 1 2 3 2 3: see `Layout::Interleaved`.
    let mut block = from_fn(|j| from_fn(|k| xor(4 * k + j)));
    let mut first = word_0(block[0][0]);
    rounds_on_rows(&mut block);
    // Rotations of the words of both columns by one.
    let forward = _mm512_setr_epi64(1, 4, 3, 6, 5, 0, 7, 2);
    let backward = _mm512_setr_epi64(5, 0, 7, 2, 1, 4, 3, 6);
    let rotate = |vector: Vector, by: Vector| _mm512_permutexvar_epi64(by, vector);
    let swap_halves = |vector: Vector| _mm512_shuffle_i64x2::<0x4e>(vector, vector);
    let mut prefetched = 0;
    for half in 0..2 {
        let mut state: [[Vector; 2]; 4] = from_fn(|k| [block[2 * half][k], block[2 * half + 1][k]]);
        g(&mut state);
        for k in 0..2 {
            state[0][k] = rotate(state[0][k], backward);
            state[2][k] = rotate(state[2][k], forward);
            state[3][k] = swap_halves(state[3][k]);
        }
        g(&mut state);
        for k in 0..2 {
            state[0][k] = rotate(state[0][k], forward);
            state[2][k] = rotate(state[2][k], backward);
            state[3][k] = swap_halves(state[3][k]);
        }
        if half == 0 {
            // The first word is final.
            let old = if XOR { first_word(&memory[current]) } else { 0 };
            first ^= word_0(state[0][0]) ^ old;
            prefetched = prefetch.start(memory, first);
        }
        for k in 0..2 {
            for j in 0..4 {
                let at = 4 * j + 2 * half + k;
                // XOR of three: the inputs are read again, from the cache.
                let (x, y) = (memory[previous][at], memory[reference][at]);
                let result = _mm512_ternarylogic_epi64::<0x96>(state[j][k], x, y);
                let old = memory[current][at];
                memory[current][at] = if XOR { _mm512_xor_si512(result, old) } else { result };
            }
        }
    }
    prefetched
}

#[inline]
#[target_feature(enable = "avx512f")]
fn word_0(vector: Vector) -> u64 {
    must_cast::<_, [u64; 8]>(vector)[0]
}
