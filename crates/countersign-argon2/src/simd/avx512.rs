//! The instructions of the compression function in vectors of 512 bits.

use std::arch::x86_64::*;

use super::*;

compression::compression! {
    hash_avx512, Avx512, "avx512f", __m512i, parts: 1,
    multiply: _mm512_mul_epu32, add: _mm512_add_epi64, xor: _mm512_xor_si512,
    permute: _mm512_permutex_epi64, rotate: _mm512_ror_epi64::<32>,
    _mm512_ror_epi64::<24>, _mm512_ror_epi64::<16>, _mm512_ror_epi64::<63>
}

/// Rotates the words of four columns by one: a vector holds those of two, in the order 0 1 0 1 2 3 2 3.
#[inline]
#[target_feature(enable = "avx512f")]
fn rotate_columns(state: &mut State<2>, a: usize, c: usize) {
    let forward = _mm512_setr_epi64(1, 4, 3, 6, 5, 0, 7, 2);
    let backward = _mm512_setr_epi64(5, 0, 7, 2, 1, 4, 3, 6);
    for k in 0..2 {
        state[a][k] = _mm512_permutexvar_epi64(backward, state[a][k]);
        state[c][k] = _mm512_permutexvar_epi64(forward, state[c][k]);
        state[3][k] = _mm512_shuffle_i64x2::<0x4e>(state[3][k], state[3][k]);
    }
}
