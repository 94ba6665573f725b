//! The flags of new passwords, as given.

use clap::Args;

use super::value_parsers;
use crate::password::{Cost, PasswordPolicy};

/// The flags of every command that sets passwords.
#[derive(Args, Clone, Copy, Debug)]
pub struct PasswordFlags {
    /// Minimum length of a new password, 8 to 64 characters
    #[arg(
        id = "min_password_length",
        long = "min-password-length", env = "COUNTERSIGN_MIN_PASSWORD_LENGTH",
        value_name = "NUMBER",
        default_value_t = PasswordPolicy::default(), value_parser = value_parsers::password_policy
    )]
    pub policy: PasswordPolicy,

    /// Cost parameters of new argon2id hashes: m is the memory in KiB, t the number of passes
    ///
    /// `countersign calibrate` measures what this machine can afford. A hash with other cost
    /// parameters is replaced at the next login of its user. Until then the duration of a failed
    /// login tells whether the address has an account.
    #[arg(
        long, env = "COUNTERSIGN_HASH_COST", value_name = "m=KIB,t=PASSES",
        default_value_t = Cost::default(), value_parser = value_parsers::hash_cost
    )]
    pub hash_cost: Cost,
}
