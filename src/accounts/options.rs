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
    /// Whether users may log in by a code that is sent by mail.
    pub login_codes: bool,
    /// The policy for new passwords.
    pub policy: PasswordPolicy,
}
