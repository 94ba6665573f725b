//! Who somebody is: [`User`], [`UserId`] and [`Email`].

use std::fmt;
use std::sync::Arc;

use email_address::{EmailAddress, Options};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// The number of a user: positive, counted up, and never given twice, not even after a delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(pub i64);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An e-mail address in its one canonical spelling, so that equal addresses are equal values.
///
/// Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(Arc<str>);

/// Why a text is no e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// The text does not have the form `name@domain`.
    #[error("is not an e-mail address")]
    Syntax,
    /// The address is longer than [`Email::MAX_LENGTH`].
    #[error("is longer than 254 bytes")]
    TooLong,
}

impl Email {
    /// The longest address that SMTP can carry, in bytes (RFC 5321 section 4.5.3.1.3, erratum 1690).
    pub const MAX_LENGTH: usize = 254;

    /// Reads an address and brings it into its canonical spelling.
    ///
    /// Surrounding white space goes, letters are folded to lower case, the part before the `@` is
    /// composed (Unicode NFC) and the domain becomes its ASCII form (UTS #46, `bücher.de` →
    /// `xn--bcher-kva.de`). Quoted names (`"a b"@example.com`), display names and address literals
    /// are not accepted.
    ///
    /// # Errors
    ///
    /// [`EmailError`] says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        // Folding may shorten an address a little; ten times the limit is not going to fit.
        if text.len() > 10 * Self::MAX_LENGTH {
            return Err(EmailError::TooLong);
        }
        let (name, domain) = text.trim().rsplit_once('@').ok_or(EmailError::Syntax)?;
        let name: String = name.nfc().collect::<String>().to_lowercase().nfc().collect();
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| EmailError::Syntax)?;
        let address = format!("{name}@{domain}");
        if address.len() > Self::MAX_LENGTH {
            return Err(EmailError::TooLong);
        }
        let plain = Options::default().without_display_text().without_domain_literal();
        if name.contains(|c: char| c == '"' || c.is_whitespace() || c.is_control())
            || EmailAddress::parse_with_options(&address, plain).is_err()
        {
            return Err(EmailError::Syntax);
        }
        Ok(Self(address.into()))
    }

    /// The address with this spelling, which [`Email::as_str`] gave.
    pub(crate) fn from_canonical(text: &str) -> Self {
        Self(text.into())
    }

    /// The canonical spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

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
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> String {
        Email::parse(text).unwrap().to_string()
    }

    #[test]
    fn a_user_reads_as_the_contract_says() {
        let mut user =
            User { id: UserId(1), email: Email::parse("user@email.com").unwrap(), is_admin: false };
        assert_eq!(user.to_string(), "User id=1: <user@email.com, is_admin=False>");
        user.is_admin = true;
        assert_eq!(user.to_string(), "User id=1: <user@email.com, is_admin=True>");
    }

    #[test]
    fn spellings_of_one_address_are_one_value() {
        assert_eq!(parsed("  User@Email.COM\n"), "user@email.com");
        assert_eq!(parsed("JOSE\u{301}@example.com"), parsed("jos\u{e9}@example.com"));
        assert_eq!(parsed("a@B\u{dc}CHER.de"), "a@xn--bcher-kva.de");
        assert_eq!(parsed("root@localhost"), "root@localhost");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "@",
            "user",
            "user@",
            "@email.com",
            "a b@email.com",
            "a@b@email.com",
            "a@-b.com",
            "\"a, is_admin=True> <\"@b.com",
            "A <a@b.com>",
            "a@[127.0.0.1]",
            "a@b..com",
            "a\0@b.com",
            "a\r\n@b.com",
            ".a@b.com",
            "a@b.com,c@d.com",
        ] {
            assert_eq!(Email::parse(text), Err(EmailError::Syntax), "{text:?}");
        }
        let long = format!("{}@{}.com", "a".repeat(64), ["b".repeat(60).as_str(); 4].join("."));
        assert_eq!(Email::parse(&long), Err(EmailError::TooLong));
        assert_eq!(Email::parse(&"a".repeat(1 << 20)), Err(EmailError::TooLong));
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_is_idempotent(text in "\\PC{0,40}(@\\PC{0,40})?") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email));
            }
        }

        #[test]
        fn case_and_surrounding_space_do_not_matter(text in "[a-z0-9.+_-]{1,20}@[a-z0-9]{1,20}\\.(com|de)") {
            let shouted = format!(" {}\t", text.to_uppercase());
            prop_assert_eq!(Email::parse(&shouted), Email::parse(&text));
        }
    }
}
