//! What a gateway requires of a user beside a session.

use super::named_enum::named_enum;

named_enum! {
    /// What a gateway requires of a user beside a session.
    pub enum UserRequirement {
        /// The rights of an administrator.
        Admin = "admin",
        /// A verified e-mail address.
        VerifiedEmail = "verified-email",
    }
}
