//! What a user proves by the link of a mail: verification of the address, a new password for a forgotten
//! one, a change of the address, the acceptance of an invitation.
//!
//! ```text
//! options.rs       EmailVerification: whether addresses have to be verified
//! links.rs         Links: mails with a one-time token
//! pace.rs          responses that take the same time whether there is an account or not
//! verify_email.rs  VerifyEmail
//! reset_password.rs  ResetPassword, which also accepts invitations
//! change_email.rs  ChangeEmail
//! invite.rs        Invite: a user who sets the first password by a link
//! error.rs         VerificationError
//! ```

mod change_email;
mod error;
mod invite;
mod links;
mod options;
mod pace;
mod reset_password;
mod verify_email;

pub use change_email::ChangeEmail;
pub use error::VerificationError;
pub use invite::Invite;
pub use links::{LinkKind, Links};
pub use options::EmailVerification;
pub(crate) use pace::paced;
pub use reset_password::ResetPassword;
pub use verify_email::VerifyEmail;
