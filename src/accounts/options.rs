//! Who may have an account.

use crate::password::PasswordPolicy;

/// Who may have an account.
#[derive(Clone, Copy, Debug)]
pub struct AccountOptions {
    /// Whether strangers may register.
    pub open_registration: bool,
    /// What a password has to be when it is set.
    pub policy: PasswordPolicy,
}
