//! Passwords: their requirements, their hashes, and the pool that computes hashes.
//!
//! ```text
//! password.rs      Password: bounded, normalized, redacted, zeroed on drop
//! policy.rs        PasswordPolicy: requirements for new passwords
//! strength.rs      an estimate of how many guesses a password withstands
//! breached.rs      BreachedPasswords: the operator's list of breached passwords
//! options.rs       HashingOptions
//! pool.rs          HashingPool: threads that compute hashes
//! queue.rs         the jobs and the idle threads of the pool
//! fair_queue.rs    the bounded queue, fair between origins
//! origin.rs        Origin: network and account of a job
//! engine.rs        VerifiedEngine: the code that computes argon2
//! hasher.rs        the hasher of one thread, which reuses its memory
//! hash.rs          PasswordHash: a parsed hash of bounded cost
//! scheme.rs        the formats of hashes, one file each:
//!   argon2.rs        argon2id, the format of new hashes, and its variants
//!   bcrypt.rs        bcrypt, also over SHA-256
//!   scrypt.rs        scrypt
//!   pbkdf2.rs        PBKDF2
//!   firebase.rs      Firebase's scrypt
//!   fields.rs        parsers of their fields
//!   error.rs         HashError
//! cost.rs          Cost: cost parameters of argon2
//! calibration.rs   selects cost parameters for this machine
//! ```

mod argon2;
mod bcrypt;
mod breached;
mod calibration;
mod cost;
mod engine;
mod error;
mod fair_queue;
mod fields;
mod firebase;
mod hash;
mod hasher;
mod options;
mod origin;
#[expect(clippy::module_inception, reason = "the file defines the type Password")]
mod password;
mod pbkdf2;
mod policy;
mod pool;
mod queue;
mod scheme;
mod scrypt;
mod strength;

pub use breached::{BreachedPasswords, BreachedPasswordsError};
pub use calibration::{Measured, calibrate};
pub use cost::{Cost, CostError};
pub use countersign_argon2::{Engine, ParseEngineError};
pub use engine::VerifiedEngine;
pub use error::HashError;
pub use firebase::{FirebaseProject, FirebaseProjectError};
pub use hash::PasswordHash;
pub use options::HashingOptions;
pub use origin::Origin;
pub use password::{Password, PasswordError};
pub use policy::{MinLengthError, PasswordPolicy, PolicyViolation};
pub use pool::HashingPool;
pub use queue::PoolError;
pub use strength::Weakness;
