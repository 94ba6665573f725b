//! The instructions of the compression function in vectors of 256 bits.

use std::arch::x86_64::*;

use super::*;

compression::compression! {
    hash_avx2, Avx2, "avx2", __m256i, parts: 2,
    multiply: _mm256_mul_epu32, add: _mm256_add_epi64, xor: _mm256_xor_si256,
    permute: _mm256_permute4x64_epi64, rotate: _mm256_shuffle_epi32::<0xb1>,
    |x| shuffle_bytes(x, [0x0201_0007_0605_0403, 0x0a09_080f_0e0d_0c0b]),
    |x| shuffle_bytes(x, [0x0100_0706_0504_0302, 0x0908_0f0e_0d0c_0b0a]),
    |x| _mm256_or_si256(_mm256_srli_epi64::<63>(x), _mm256_add_epi64(x, x))
}

/// Shuffles the bytes of both halves alike.
#[inline]
#[target_feature(enable = "avx2")]
fn shuffle_bytes(vector: Vector, [low, high]: [i64; 2]) -> Vector {
    _mm256_shuffle_epi8(vector, _mm256_broadcastsi128_si256(_mm_set_epi64x(high, low)))
}

/// Rotates the words of four columns by one: a vector holds words 0 and 1 of two of them, the next one 2 and 3.
#[inline]
#[target_feature(enable = "avx2")]
fn rotate_columns(state: &mut State<4>, a: usize, c: usize) {
    let rotate = |x, y| (_mm256_alignr_epi8::<8>(x, y), _mm256_alignr_epi8::<8>(y, x));
    for k in [0, 2] {
        (state[a][k], state[a][k + 1]) = rotate(state[a][k], state[a][k + 1]);
        (state[c][k + 1], state[c][k]) = rotate(state[c][k], state[c][k + 1]);
        state[3].swap(k, k + 1);
    }
}
