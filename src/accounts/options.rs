//! Options of accounts.

use crate::password::PasswordPolicy;

/// Options of accounts.
#[derive(Clone, Debug)]
pub struct AccountOptions {
    /// Whether `POST /register` is open.
    pub open_registration: bool,
    /// The policy for new passwords.
    pub policy: PasswordPolicy,
}
