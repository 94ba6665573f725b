//! Use cases of credentials: verification and change of passwords.
//!
//! ```text
//! attempts.rs        Attempts: throttled, and recorded where they fail
//! failure_sharing.rs FailureSharing: failed attempts of all instances
//! verify_user.rs     VerifyUser: the password of a user who is logged in
//! passwords.rs       Passwords: hash and verify, within the policy
//! change_password.rs ChangePassword
//! error.rs           CredentialsError
//! ```

mod attempts;
mod change_password;
mod error;
mod failure_sharing;
mod passwords;
mod verify_user;

pub use attempts::{Attempts, FailureReason, PasswordAttempt, RetryAfter};
pub use change_password::ChangePassword;
pub use error::CredentialsError;
pub use failure_sharing::FailureSharing;
pub use passwords::Passwords;
pub use verify_user::VerifyUser;
