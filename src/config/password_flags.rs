//! The flags of new passwords, as given.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;

use super::error::ConfigError;
use super::password_parsers;
use crate::password::{BreachedPasswords, Cost, Engine, HashingOptions, PasswordPolicy};

/// The flags of every command that sets passwords.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Passwords")]
pub struct PasswordFlags {
    /// Minimum length of a new password, 8 to 64 characters
    #[arg(
        long, env = "COUNTERSIGN_MIN_PASSWORD_LENGTH", value_name = "NUMBER",
        default_value_t = PasswordPolicy::default().min_length(),
        value_parser = password_parsers::min_password_length
    )]
    pub min_password_length: usize,

    /// Minimum score of a new password by zxcvbn: 0 allows all, 1 refuses the most common ones, 2 those
    /// that a million guesses find, 3 a hundred million, 4 ten billion
    #[arg(
        long, env = "COUNTERSIGN_MIN_PASSWORD_SCORE", value_name = "SCORE",
        default_value_t = PasswordPolicy::DEFAULT_MIN_SCORE,
        value_parser = password_parsers::min_password_score
    )]
    pub min_password_score: u8,

    /// List of breached passwords that are refused as new ones: a SHA-1 per line, sorted, as Have I Been
    /// Pwned publishes it
    ///
    /// The file is searched in place. To replace it, rename another one over it and restart.
    #[arg(long, env = "COUNTERSIGN_BREACHED_PASSWORDS", value_name = "FILE")]
    pub breached_passwords: Option<PathBuf>,

    /// Cost parameters of new argon2id hashes: m is the memory in KiB, t the number of passes
    ///
    /// `countersign calibrate` measures what this machine can afford. A hash with other cost
    /// parameters is replaced at the next login of its user. Until then the duration of a failed
    /// login tells whether the address has an account.
    #[arg(
        long, env = "COUNTERSIGN_HASH_COST", value_name = "m=KIB,t=PASSES",
        default_value_t = Cost::default(), value_parser = password_parsers::hash_cost
    )]
    pub hash_cost: Cost,

    /// Code that computes argon2: avx512, avx2 or rustcrypto [default: the first of them that the CPU
    /// supports]
    ///
    /// Its hashes of known inputs are compared with those of rustcrypto at the start; if they differ,
    /// rustcrypto is used, and an error is logged.
    #[arg(
        long, env = "COUNTERSIGN_HASH_ENGINE", value_name = "ENGINE",
        value_parser = password_parsers::hash_engine
    )]
    pub hash_engine: Option<Engine>,
}

impl PasswordFlags {
    /// Options of password hashing on this number of threads; `None` for the number of available cores.
    #[must_use]
    pub fn hashing(&self, threads: Option<NonZeroUsize>) -> HashingOptions {
        let options = HashingOptions::on_threads(threads);
        let engine = self.hash_engine.unwrap_or(options.engine);
        HashingOptions { cost: self.hash_cost, engine, ..options }
    }

    /// The policy for new passwords.
    ///
    /// # Errors
    ///
    /// [`ConfigError::InvalidBreachedPasswords`].
    pub fn policy(&self) -> Result<PasswordPolicy, ConfigError> {
        let invalid = |path: &Path, source| ConfigError::InvalidBreachedPasswords {
            path: path.to_owned(),
            source,
        };
        let breached = match &self.breached_passwords {
            Some(path) => {
                Some(BreachedPasswords::open(path).map_err(|source| invalid(path, source))?)
            }
            None => None,
        };
        // The parser of the flag has checked the length.
        let policy = PasswordPolicy::new(self.min_password_length).unwrap_or_default();
        Ok(policy.with_min_score(self.min_password_score).with_breached(breached))
    }
}
