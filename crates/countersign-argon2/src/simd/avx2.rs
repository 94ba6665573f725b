//! The compression function in vectors of 256 bits.
#![expect(
    clippy::needless_range_loop,
    reason = "the compiler unrolls these loops; iterators took twice the time"
)]

use std::arch::x86_64::{
    __m256i, _mm_set_epi64x, _mm256_add_epi64, _mm256_alignr_epi8, _mm256_broadcastsi128_si256,
    _mm256_extract_epi64, _mm256_mul_epu32, _mm256_or_si256, _mm256_permute4x64_epi64,
    _mm256_shuffle_epi8, _mm256_shuffle_epi32, _mm256_srli_epi64, _mm256_xor_si256,
};
use std::array::from_fn;

use bytemuck::{must_cast_mut, must_cast_ref};

use super::block::{Block, Layout, first_word};
use super::fill::{Prefetch, Step, fill};
use super::rounds::rounds;
use crate::hasher::Input;

rounds!(
    "avx2",
    __m256i,
    _mm256_mul_epu32,
    _mm256_add_epi64,
    _mm256_xor_si256,
    _mm256_permute4x64_epi64,
    _mm256_shuffle_epi32::<0xb1>,
    |x| shuffle_bytes(x, [0x0201_0007_0605_0403, 0x0a09_080f_0e0d_0c0b]),
    |x| shuffle_bytes(x, [0x0100_0706_0504_0302, 0x0908_0f0e_0d0c_0b0a]),
    |x| _mm256_or_si256(_mm256_srli_epi64::<63>(x), _mm256_add_epi64(x, x))
);

/// Shuffles the bytes of both halves alike.
#[inline]
#[target_feature(enable = "avx2")]
fn shuffle_bytes(vector: Vector, [low, high]: [i64; 2]) -> Vector {
    _mm256_shuffle_epi8(vector, _mm256_broadcastsi128_si256(_mm_set_epi64x(high, low)))
}

/// The words of two vectors, rotated by one within each column.
#[inline]
#[target_feature(enable = "avx2")]
fn rotate(x: Vector, y: Vector) -> (Vector, Vector) {
    (_mm256_alignr_epi8::<8>(x, y), _mm256_alignr_epi8::<8>(y, x))
}

fearless_simd::kernel!(
    pub(super) fn fill_avx2(token: Avx2, input: &Input<'_>, memory: &mut [Block]) {
        fill(Layout::Standard, input, memory, |memory, step, is_xor, prefetch| {
            if is_xor {
                compress::<true>(memory, step, prefetch)
            } else {
                compress::<false>(memory, step, prefetch)
            }
        });
    }
);

#[inline]
#[target_feature(enable = "avx2")]
fn compress<const XOR: bool>(memory: &mut [Block], step: Step, prefetch: Prefetch) -> usize {
    let Step { previous, reference, current } = step;
    let x: &[Vector; 32] = must_cast_ref(&memory[previous]);
    let y: &[Vector; 32] = must_cast_ref(&memory[reference]);
    let mut block: [Vector; 32] = from_fn(|i| _mm256_xor_si256(x[i], y[i]));
    let mut first = word_0(block[0]);
    for half in 0..2 {
        let mut state = from_fn(|j| from_fn(|k| block[16 * half + 4 * k + j]));
        rounds_on_rows(&mut state);
        for i in 0..16 {
            block[16 * half + i] = state[i % 4][i / 4];
        }
    }
    let mut prefetched = 0;
    for half in 0..2 {
        // Four columns, two in a vector: words 0 and 1 of each in state[j][0] and [2], 2 and 3 in [1] and [3].
        let at = |j: usize, k: usize| 2 * half + k / 2 + 4 * (k % 2) + 8 * j;
        let mut state: [[Vector; 4]; 4] = from_fn(|j| from_fn(|k| block[at(j, k)]));
        g(&mut state);
        for k in [0, 2] {
            (state[0][k], state[0][k + 1]) = rotate(state[0][k], state[0][k + 1]);
            (state[2][k + 1], state[2][k]) = rotate(state[2][k], state[2][k + 1]);
            state[3].swap(k, k + 1);
        }
        g(&mut state);
        for k in [0, 2] {
            (state[0][k + 1], state[0][k]) = rotate(state[0][k], state[0][k + 1]);
            (state[2][k], state[2][k + 1]) = rotate(state[2][k], state[2][k + 1]);
            state[3].swap(k, k + 1);
        }
        if half == 0 {
            // The first word is final.
            let old = if XOR { first_word(&memory[current]) } else { 0 };
            first ^= word_0(state[0][0]) ^ old;
            prefetched = prefetch.start(memory, first);
        }
        for k in 0..4 {
            for j in 0..4 {
                let at = at(j, k);
                let of = |block: usize| must_cast_ref::<_, [Vector; 32]>(&memory[block])[at];
                // The inputs are read again, from the cache: the registers are few.
                let result = _mm256_xor_si256(of(previous), of(reference));
                let mut result = _mm256_xor_si256(state[j][k], result);
                if XOR {
                    result = _mm256_xor_si256(result, of(current));
                }
                must_cast_mut::<_, [Vector; 32]>(&mut memory[current])[at] = result;
            }
        }
    }
    prefetched
}

#[inline]
#[target_feature(enable = "avx2")]
fn word_0(vector: Vector) -> u64 {
    _mm256_extract_epi64::<0>(vector).cast_unsigned()
}
