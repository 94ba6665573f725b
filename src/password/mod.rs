//! Passwords: what one may look like, how it is hashed, and the pool that hashes.
//!
//! ```text
//! password.rs      Password: bounded, redacted, wiped when dropped
//! hash.rs          PasswordHash: a PHC string whose cost is bounded
//! cost.rs          Cost: memory and passes of one hash, and their bounds
//! argon2id.rs      one thread's hasher, which keeps its memory
//! pool.rs          HashingPool: a few threads and a bounded queue before them
//! ```

mod argon2id;
mod cost;
mod hash;
#[expect(clippy::module_inception, reason = "the type Password is what the file is about")]
mod password;
mod pool;

pub use cost::{Cost, CostError};
pub use hash::{HashError, PasswordHash};
pub use password::{Password, PasswordError};
pub use pool::{HashingOptions, HashingPool, PoolError};
