//! Users.

use std::fmt;

use countersign_auth::UserId;

use super::email::Email;

/// A user, without credentials.
///
/// [`Display`](fmt::Display) is part of the compatibility contract: `User id=1: <user@email.com, is_admin=False>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The ID.
    pub id: UserId,
    /// The e-mail address.
    pub email: Email,
    /// Whether the user is an administrator of the services behind this one.
    pub is_admin: bool,
    /// Whether the user has proved to receive mails at the address.
    pub email_verified: bool,
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_admin = if self.is_admin { "True" } else { "False" };
        // Part by part: it is most of the response of the hottest route.
        f.write_str("User id=")?;
        self.id.fmt(f)?;
        f.write_str(": <")?;
        f.write_str(self.email.as_str())?;
        f.write_str(", is_admin=")?;
        f.write_str(is_admin)?;
        f.write_str(">")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_is_written_as_in_the_compatibility_contract() {
        let mut user = User {
            id: UserId(1),
            email: Email::parse("user@email.com").unwrap(),
            is_admin: false,
            email_verified: true,
        };
        assert_eq!(user.to_string(), "User id=1: <user@email.com, is_admin=False>");
        user.is_admin = true;
        assert_eq!(user.to_string(), "User id=1: <user@email.com, is_admin=True>");
    }
}
