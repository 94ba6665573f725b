//! What a password has to be, as typed.

use clap::Args;

use super::values;
use crate::password::PasswordPolicy;

/// What every command that sets passwords can be told.
#[derive(Args, Clone, Copy, Debug)]
pub struct PolicyFlags {
    /// How many characters a new password has at the least, 8 to 64.
    #[arg(
        id = "min_password_length",
        long = "min-password-length", env = "COUNTERSIGN_MIN_PASSWORD_LENGTH",
        value_name = "NUMBER", hide_env_values = true,
        default_value = "8", value_parser = values::password_policy
    )]
    pub policy: PasswordPolicy,
}
