//! Kinds of mails.

use std::time::Duration;

use crate::domain::named_enum;

named_enum! {
    /// What a mail is about; its name in the outbox and in templates, such as `verify-email`, never changes.
    #[non_exhaustive]
    pub enum MailKind {
        /// The link that verifies an address.
        VerifyEmail = "verify-email",
        /// A registration with an address that has an account.
        AlreadyRegistered = "already-registered",
        /// The link to set a new password.
        ResetPassword = "reset-password",
        /// The code to log in with.
        LoginCode = "login-code",
        /// The link that confirms a new address, to that address.
        ConfirmEmail = "confirm-email",
        /// The link to a first password, for a user whom an administrator has created.
        Invitation = "invitation",
        /// Notice of a changed address, to the one before, with the link that undoes the change.
        EmailChanged = "email-changed",
        /// Notice of a changed password.
        PasswordChanged = "password-changed",
        /// Notice of a login from a device that has not logged in before.
        NewDevice = "new-device",
        /// Notice of a session that ended because its refresh token was reused.
        TokenReused = "token-reused",
        /// Notice of a disabled account.
        AccountDisabled = "account-disabled",
    }
}

impl MailKind {
    /// The notices, which can be turned off.
    pub const NOTICES: [Self; 5] = [
        Self::EmailChanged,
        Self::PasswordChanged,
        Self::NewDevice,
        Self::TokenReused,
        Self::AccountDisabled,
    ];

    /// The path of the page that the link of the mail leads to, below the public URL.
    #[must_use]
    pub fn page(self) -> Option<&'static str> {
        match self {
            Self::VerifyEmail => Some("ui/verify-email"),
            Self::ResetPassword => Some("ui/reset-password"),
            Self::ConfirmEmail => Some("ui/confirm-email"),
            Self::Invitation => Some("ui/accept-invitation"),
            Self::EmailChanged => Some("ui/undo-email-change"),
            Self::AlreadyRegistered | Self::PasswordChanged => Some("ui/forgot-password"),
            Self::NewDevice | Self::TokenReused => Some("ui/account"),
            Self::AccountDisabled | Self::LoginCode => None,
        }
    }

    /// How long the link of the mail is valid, and the mail is tried to be sent.
    #[must_use]
    pub fn lifetime(self) -> Duration {
        match self {
            Self::LoginCode => Duration::from_mins(10),
            Self::ResetPassword => Duration::from_hours(1),
            Self::Invitation | Self::EmailChanged => Duration::from_hours(7 * 24),
            _ => Duration::from_hours(24),
        }
    }
}
