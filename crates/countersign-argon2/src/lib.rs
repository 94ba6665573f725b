#![doc = include_str!("../README.md")]
//!
//! # Source
//!
//! ```text
//! engine.rs        Engine: the choice of the code
//! hasher.rs        Hasher and Input: memory, dispatch
//! self_test.rs     the comparison of an engine with RustCrypto's argon2
//! simd.rs          a hash with AVX2 or AVX-512: its beginning and end (RFC 9106 sections 3.2 and 3.3)
//!   arena.rs         memory in huge pages
//!   block.rs         Block, and the order of its words in memory
//!   fill.rs          passes, slices and segments; the reference block of a block (section 3.4)
//!   compression.rs   the compression function (sections 3.5 and 3.6), for both widths of vectors
//!   avx2.rs          its instructions in 256 bits
//!   avx512.rs        its instructions in 512 bits
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
