//! What a new password has to be, and how it is hashed, as typed.

use clap::Args;

use super::values;
use crate::password::{Cost, PasswordPolicy};

/// What every command that sets passwords can be told.
#[derive(Args, Clone, Copy, Debug)]
pub struct NewPasswordFlags {
    /// How many characters a new password has at the least, 8 to 64.
    #[arg(
        id = "min_password_length",
        long = "min-password-length", env = "COUNTERSIGN_MIN_PASSWORD_LENGTH",
        value_name = "NUMBER",
        default_value = "8", value_parser = values::password_policy
    )]
    pub policy: PasswordPolicy,

    /// What the argon2id hash of a new password costs: m is its memory in KiB, t the passes over it.
    ///
    /// `countersign calibrate` measures what this machine can afford. A hash of another cost
    /// is made anew at its user's next login; until then, a login with that user's address takes
    /// another time than one with an address that nobody has.
    #[arg(
        long, env = "COUNTERSIGN_HASH_COST", value_name = "m=KIB,t=PASSES",
        default_value_t = Cost::default(), value_parser = values::hash_cost
    )]
    pub hash_cost: Cost,
}
