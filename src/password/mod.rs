//! Passwords: what one may look like, how it is hashed, and the pool that hashes.
//!
//! ```text
//! password.rs      Password: bounded, normalised, redacted, wiped when dropped
//! policy.rs        PasswordPolicy: which passwords may be set
//! common.rs        the passwords that everybody tries first
//! hash.rs          PasswordHash: the text of a hash whose format is known and whose cost is bounded
//! scheme.rs        which format a text is in; one file for each:
//!   argon2.rs        argon2id, which new hashes are in, and its sisters
//!   bcrypt.rs        bcrypt, also over SHA-256
//!   scrypt.rs        scrypt
//!   pbkdf2.rs        PBKDF2
//!   firebase.rs      Firebase's scrypt
//!   fields.rs        the numbers and bytes in such texts
//!   error.rs         HashError: what is wrong with a text
//! calibration.rs   which cost fits this machine
//! cost.rs          Cost: memory and passes of one argon2 hash, and their bounds
//! hasher.rs        one thread's hasher, which keeps its memory
//! pool.rs          HashingPool: a few threads
//! queue.rs         the bounded queue before them
//! ```

mod argon2;
mod bcrypt;
mod calibration;
mod common;
mod cost;
mod error;
mod fields;
mod firebase;
mod hash;
mod hasher;
#[expect(clippy::module_inception, reason = "the type Password is what the file is about")]
mod password;
mod pbkdf2;
mod policy;
mod pool;
mod queue;
mod scheme;
mod scrypt;

pub use calibration::{Measured, calibrate};
pub use cost::{Cost, CostError};
pub use error::HashError;
pub use firebase::{FirebaseProject, FirebaseProjectError};
pub use hash::PasswordHash;
pub use password::{Password, PasswordError};
pub use policy::{MinLengthError, PasswordPolicy, PolicyViolation};
pub use pool::{HashingOptions, HashingPool};
pub use queue::PoolError;
