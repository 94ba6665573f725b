//! BLAKE2b's round function with multiplications (BlaMka, RFC 9106 section 3.6), on vectors.

/// The function `g` and the rounds on rows, for one width of vectors.
///
/// - `g`: BlaMka's G on N vectors of each of a, b, c and d side by side: one alone would wait for its own results.
/// - `rounds_on_rows`: a round on each row of a block, whose vectors hold four words of a row each. Before the
///   second half of the round, a, c and d are rotated in place of b, c and d: b is the last one that is known.
macro_rules! rounds {
    (
        $feature:literal, $vector:ty, $multiply:ident, $add:ident, $xor:ident, $permute:ident,
        $rotate_32:expr, $rotate_24:expr, $rotate_16:expr, $rotate_63:expr
    ) => {
        type Vector = $vector;

        /// x + y + 2 · low(x) · low(y).
        #[inline]
        #[target_feature(enable = $feature)]
        fn multiply_add(x: Vector, y: Vector) -> Vector {
            let product = $multiply(x, y);
            $add($add(x, y), $add(product, product))
        }

        #[inline]
        #[target_feature(enable = $feature)]
        fn g<const N: usize>([a, b, c, d]: &mut [[Vector; N]; 4]) {
            (0..N).for_each(|k| a[k] = multiply_add(a[k], b[k]));
            (0..N).for_each(|k| d[k] = $rotate_32($xor(d[k], a[k])));
            (0..N).for_each(|k| c[k] = multiply_add(c[k], d[k]));
            (0..N).for_each(|k| b[k] = $rotate_24($xor(b[k], c[k])));
            (0..N).for_each(|k| a[k] = multiply_add(a[k], b[k]));
            (0..N).for_each(|k| d[k] = $rotate_16($xor(d[k], a[k])));
            (0..N).for_each(|k| c[k] = multiply_add(c[k], d[k]));
            (0..N).for_each(|k| b[k] = $rotate_63($xor(b[k], c[k])));
        }

        #[inline]
        #[target_feature(enable = $feature)]
        fn rounds_on_rows(state: &mut [[Vector; 4]; 4]) {
            g(state);
            for k in 0..4 {
                state[0][k] = $permute::<0x93>(state[0][k]);
                state[2][k] = $permute::<0x39>(state[2][k]);
                state[3][k] = $permute::<0x4e>(state[3][k]);
            }
            g(state);
            for k in 0..4 {
                state[0][k] = $permute::<0x39>(state[0][k]);
                state[2][k] = $permute::<0x93>(state[2][k]);
                state[3][k] = $permute::<0x4e>(state[3][k]);
            }
        }
    };
}

pub(super) use rounds;
