//! Use cases of credentials: verification and change of passwords.
//!
//! ```text
//! passwords.rs       Passwords: hash and verify, within the policy
//! change_password.rs ChangePassword
//! error.rs           CredentialsError
//! ```

mod change_password;
mod error;
mod passwords;

pub use change_password::ChangePassword;
pub use error::CredentialsError;
pub use passwords::Passwords;
