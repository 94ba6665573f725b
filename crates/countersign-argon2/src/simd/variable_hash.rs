//! BLAKE2b and the variable-length hash H' (RFC 9106 section 3.3).

use blake2b_simd::Params;
use zeroize::Zeroize;

/// BLAKE2b of the concatenation of `parts`, of at most 64 bytes.
pub(super) fn blake2b(parts: &[&[u8]], out: &mut [u8]) {
    let mut state = Params::new().hash_length(out.len()).to_state();
    for part in parts {
        state.update(part);
    }
    out.copy_from_slice(state.finalize().as_bytes());
}

/// H' of the concatenation of `parts`.
#[expect(clippy::cast_possible_truncation, reason = "the length is at most 2^32 - 1")]
pub(super) fn variable_hash(parts: [&[u8]; 3], out: &mut [u8]) {
    let length = (out.len() as u32).to_le_bytes();
    let parts = [&length, parts[0], parts[1], parts[2]];
    if out.len() <= 64 {
        return blake2b(&parts, out);
    }
    let mut hash = [0; 64];
    blake2b(&parts, &mut hash);
    let mut rest = out;
    while let Some((half, remaining)) = rest.split_at_mut_checked(32) {
        half.copy_from_slice(&hash[..32]);
        let previous = hash;
        rest = remaining;
        if rest.len() <= 64 {
            blake2b(&[&previous], rest);
            break;
        }
        blake2b(&[&previous], &mut hash);
    }
    hash.zeroize();
}
