//! Options of accounts.

use crate::password::PasswordPolicy;
use crate::verification::EmailVerification;

/// Options of accounts.
#[derive(Clone, Debug)]
pub struct AccountOptions {
    /// Whether `POST /register` is open.
    pub open_registration: bool,
    /// Whether e-mail addresses have to be verified.
    pub verification: EmailVerification,
    /// The policy for new passwords.
    pub policy: PasswordPolicy,
}
