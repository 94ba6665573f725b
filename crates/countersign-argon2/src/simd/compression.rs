//! The compression function (RFC 9106 sections 3.5 and 3.6), for vectors of 256 and of 512 bits.

/// `$hash`, which computes a hash, and the compression function that it inlines, for one width of vectors, of which
/// a block is `16 * $parts`.
macro_rules! compression {
    (
        $hash:ident, $token:ident, $feature:literal, $vector:ty, parts: $parts:literal,
        multiply: $multiply:ident, add: $add:ident, xor: $xor:ident, permute: $permute:ident,
        rotate: $rotate_32:expr, $rotate_24:expr, $rotate_16:expr, $rotate_63:expr
    ) => {
        type Vector = $vector;
        type Vectors = [Vector; 16 * $parts];
        /// N vectors of each of a, b, c and d.
        type State<const N: usize> = [[Vector; N]; 4];

        fearless_simd::kernel! {
            pub(crate) fn $hash(
                token: $token, input: &Input<'_>, arena: &mut Arena, tag: &mut [u8]
            ) -> Result<(), Error> {
                hash(input, arena, tag, |memory, indexes, is_xor, next| {
                    if is_xor {
                        compress::<true>(memory, indexes, next)
                    } else {
                        compress::<false>(memory, indexes, next)
                    }
                })
            }
        }

        #[inline]
        #[target_feature(enable = $feature)]
        fn compress<const XOR: bool>(
            memory: &mut [Block],
            [previous, reference, current]: [usize; 3],
            next: &Position,
        ) -> usize {
            let of = |memory: &[Block], block: usize, at: usize| {
                must_cast_ref::<_, Vectors>(&memory[block])[at]
            };
            let mut block: Vectors =
                from_fn(|at| $xor(of(memory, previous, at), of(memory, reference, at)));
            let mut first = first_word(&memory[previous]) ^ first_word(&memory[reference]);
            if XOR {
                first ^= first_word(&memory[current]);
            }
            for part in 0..$parts {
                // A vector is a quarter j of a row, or in 512 bits of two rows.
                let at = |j, k| 16 * part + 3 * $parts * (k / $parts) + k + $parts * j;
                let mut state: State<4> = from_fn(|j| from_fn(|k| block[at(j, k)]));
                let rotate = |state: &mut State<4>, a: usize, c: usize| {
                    for k in 0..4 {
                        state[a][k] = $permute::<0x93>(state[a][k]);
                        state[c][k] = $permute::<0x39>(state[c][k]);
                        state[3][k] = $permute::<0x4e>(state[3][k]);
                    }
                };
                g(&mut state);
                rotate(&mut state, 0, 2);
                g(&mut state);
                rotate(&mut state, 2, 0);
                for i in 0..16 {
                    block[at(i % 4, i / 4)] = state[i % 4][i / 4];
                }
            }
            let mut found = 0;
            for half in 0..2 {
                let at = |j, k| 2 * $parts * (2 * j + half) + k;
                let mut state: State<{ 2 * $parts }> = from_fn(|j| from_fn(|k| block[at(j, k)]));
                g(&mut state);
                rotate_columns(&mut state, 0, 2);
                g(&mut state);
                rotate_columns(&mut state, 2, 0);
                if half == 0 {
                    // The first word is final.
                    first ^= must_cast::<_, [u64; 8 / $parts]>(state[0][0])[0];
                    found = next.prefetch(memory, first);
                }
                for k in 0..2 * $parts {
                    for j in 0..4 {
                        // The inputs are read again, from the cache: the registers are few.
                        let at = at(j, k);
                        let input = $xor(of(memory, previous, at), of(memory, reference, at));
                        let mut result = $xor(state[j][k], input);
                        if XOR {
                            result = $xor(result, of(memory, current, at));
                        }
                        must_cast_mut::<_, Vectors>(&mut memory[current])[at] = result;
                    }
                }
            }
            found
        }

        /// G of BLAKE2b with multiplications (BlaMka, section 3.6), on N vectors side by side: one alone would wait for
        /// its own results.
        ///
        /// Between two of them, a, c and d are rotated in place of b, c and d: b is the last one that is known.
        #[inline]
        #[target_feature(enable = $feature)]
        fn g<const N: usize>([a, b, c, d]: &mut State<N>) {
            // x + y + 2 · low(x) · low(y).
            let multiply_add = |x, y| {
                let product = $multiply(x, y);
                $add($add(x, y), $add(product, product))
            };
            (0..N).for_each(|k| a[k] = multiply_add(a[k], b[k]));
            (0..N).for_each(|k| d[k] = $rotate_32($xor(d[k], a[k])));
            (0..N).for_each(|k| c[k] = multiply_add(c[k], d[k]));
            (0..N).for_each(|k| b[k] = $rotate_24($xor(b[k], c[k])));
            (0..N).for_each(|k| a[k] = multiply_add(a[k], b[k]));
            (0..N).for_each(|k| d[k] = $rotate_16($xor(d[k], a[k])));
            (0..N).for_each(|k| c[k] = multiply_add(c[k], d[k]));
            (0..N).for_each(|k| b[k] = $rotate_63($xor(b[k], c[k])));
        }
    };
}

pub(super) use compression;
