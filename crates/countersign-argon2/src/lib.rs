#![doc = include_str!("../README.md")]
//!
//! # Source
//!
//! ```text
//! engine.rs        Engine: the choice of the code
//! hasher.rs        Hasher and Input: validation, memory, dispatch
//! self_test.rs     the comparison of an engine with RustCrypto's argon2
//! simd.rs          a hash with AVX2 or AVX-512: its beginning and end (RFC 9106 section 3.2)
//!   arena.rs         memory in huge pages
//!   block.rs         Block, and the order of its words in memory
//!   variable_hash.rs the variable-length hash H' (section 3.3)
//!   fill.rs          passes, slices and segments
//!   position.rs      the reference block of a block (section 3.4)
//!   rounds.rs        BlaMka's G on vectors, and rounds on rows (section 3.6)
//!   avx2.rs          the compression function (section 3.5) in 256 bits
//!   avx512.rs        the compression function in 512 bits
//! ```

mod engine;
mod hasher;
mod self_test;
#[cfg(target_arch = "x86_64")]
mod simd;

pub use argon2::{self, Algorithm, Error, Params, Version};
pub use engine::{Engine, ParseEngineError};
pub use hasher::{Hasher, Input};
pub use self_test::SelfTestError;
