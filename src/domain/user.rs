//! Users.

use std::fmt;

use countersign_auth::UserId;

use super::email::Email;

/// A user, as the rest of the world may know them.
///
/// [`Display`](fmt::Display) is part of the contract: `User id=1: <user@email.com, is_admin=False>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The number by which tokens name this user.
    pub id: UserId,
    /// The address with which this user logs in.
    pub email: Email,
    /// Whether this user administers the services behind this one.
    pub is_admin: bool,
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Piece by piece, without a format to read: this is what `GET /get-user` says.
        f.write_str("User id=")?;
        self.id.fmt(f)?;
        f.write_str(": <")?;
        self.email.fmt(f)?;
        f.write_str(if self.is_admin { ", is_admin=True>" } else { ", is_admin=False>" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_reads_as_the_contract_says() {
        let mut user =
            User { id: UserId(1), email: Email::parse("user@email.com").unwrap(), is_admin: false };
        assert_eq!(user.to_string(), "User id=1: <user@email.com, is_admin=False>");
        user.is_admin = true;
        assert_eq!(user.to_string(), "User id=1: <user@email.com, is_admin=True>");
    }
}
