//! Requirements for new passwords.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use super::common::is_common;
use super::password::Password;
use crate::domain::Email;

/// The requirements for a new password (NIST SP 800-63B-4 section 3.1.1.2): a minimum length, and not on
/// the blocklist of common passwords.
///
/// There are no composition rules: the standard forbids them. [`Password`] limits the length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    min_length: usize,
}

/// The violated requirement. `Display` continues a sentence that begins with "password".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyViolation {
    /// The password has fewer characters than required.
    #[error("has fewer than {min_length} characters")]
    TooShort {
        /// The required number of characters.
        min_length: usize,
    },
    /// The password is on the blocklist.
    #[error("is too common")]
    TooCommon,
    /// The password is the user's e-mail address, or its local part.
    #[error("is the e-mail address or a part of it")]
    EmailAddress,
}

/// The minimum length is out of the bounds of [`PasswordPolicy::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not between 8 and 64")]
pub struct MinLengthError;

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self { min_length: Self::LEAST_MIN_LENGTH }
    }
}

/// The minimum length.
impl fmt::Display for PasswordPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.min_length.fmt(f)
    }
}

impl PasswordPolicy {
    /// The lowest minimum length that the standard allows.
    const LEAST_MIN_LENGTH: usize = 8;
    /// The standard requires that passwords of this length are allowed.
    const GREATEST_MIN_LENGTH: usize = 64;

    /// A policy that requires `min_length` characters (Unicode code points, after normalization), 8
    /// to 64. Default: 8. The standard requires 15 if the password is the only factor.
    ///
    /// # Errors
    ///
    /// [`MinLengthError`] if the length is out of these bounds.
    pub fn new(min_length: usize) -> Result<Self, MinLengthError> {
        let bounds = Self::LEAST_MIN_LENGTH..=Self::GREATEST_MIN_LENGTH;
        if bounds.contains(&min_length) { Ok(Self { min_length }) } else { Err(MinLengthError) }
    }

    /// The required number of characters.
    #[must_use]
    pub fn min_length(self) -> usize {
        self.min_length
    }

    /// Checks a new password of the user with this address.
    ///
    /// # Errors
    ///
    /// [`PolicyViolation`].
    pub fn check(self, password: &Password, email: &Email) -> Result<(), PolicyViolation> {
        let text = password.expose();
        if text.chars().count() < self.min_length {
            return Err(PolicyViolation::TooShort { min_length: self.min_length });
        }
        if is_common(text) {
            return Err(PolicyViolation::TooCommon);
        }
        let name = email.as_str().rsplit_once('@').map(|(name, _)| name);
        let is_name = name.is_some_and(|name| folded(text).eq(folded(name)));
        // Another spelling of the address, such as one with `bücher.de`.
        if is_name || Email::parse(text).is_ok_and(|address| address == *email) {
            return Err(PolicyViolation::EmailAddress);
        }
        Ok(())
    }
}

/// The characters, case-folded; the password is not copied.
fn folded(text: &str) -> impl Iterator<Item = char> {
    let small = text.nfkc().flat_map(char::to_lowercase);
    // Some letters have two lower-case forms (σ and ς).
    small.flat_map(char::to_uppercase).nfkc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(policy: PasswordPolicy, password: &str, email: &str) -> Result<(), PolicyViolation> {
        let password = Password::new(password.to_owned()).unwrap();
        policy.check(&password, &Email::parse(email).unwrap())
    }

    fn default(password: &str) -> Result<(), PolicyViolation> {
        check(PasswordPolicy::default(), password, "lovelace@example.com")
    }

    #[test]
    fn length_is_counted_in_characters_after_normalization() {
        let too_short = Err(PolicyViolation::TooShort { min_length: 8 });
        assert_eq!(default("wxkqjvz"), too_short);
        assert_eq!(default("äöüßäöü"), too_short);
        assert_eq!(default("äöüßäöüß"), Ok(()));
        // Eight code points as typed, seven when composed.
        assert_eq!(default("wxkqjva\u{308}"), too_short);
        // Seven as typed, eight when the ligature is taken apart.
        assert_eq!(default("wxkqjv\u{fb01}"), Ok(()));
    }

    #[test]
    fn minimum_length_is_8_to_64() {
        assert_eq!(PasswordPolicy::default().min_length(), 8);
        assert_eq!(PasswordPolicy::new(8), Ok(PasswordPolicy::default()));
        assert_eq!(PasswordPolicy::new(7), Err(MinLengthError));
        assert_eq!(PasswordPolicy::new(65), Err(MinLengthError));
        let strict = PasswordPolicy::new(64).unwrap();
        let check = |length: usize| check(strict, &"wxkqjvz ".repeat(8)[..length], "a@b.com");
        assert_eq!(check(63), Err(PolicyViolation::TooShort { min_length: 64 }));
        assert_eq!(check(64), Ok(()));
    }

    #[test]
    fn common_password_is_rejected_in_any_case_and_spelling() {
        for text in ["password", "PassWord", "12345678", "\u{ff50}assword", "Iloveyou"] {
            assert_eq!(default(text), Err(PolicyViolation::TooCommon), "{text}");
        }
    }

    #[test]
    fn email_address_is_rejected() {
        let rejected = Err(PolicyViolation::EmailAddress);
        for text in ["lovelace", "LoveLace", "lovelace@example.com", " LOVELACE@Example.com "] {
            assert_eq!(default(text), rejected, "{text}");
        }
        let check = |password, email| check(PasswordPolicy::default(), password, email);
        assert_eq!(check("a@B\u{fc}cher.de", "a@xn--bcher-kva.de"), rejected);
        assert_eq!(check("οδυσσεύς", "ΟΔΥΣΣΕΎΣ@example.com"), rejected);
        assert_eq!(check("ΟΔΥΣΣΕΎΣ", "οδυσσεύς@example.com"), rejected);
        assert_eq!(check("jose\u{301}marti", "JOSÉMARTI@example.com"), rejected);
    }

    #[test]
    fn other_passwords_are_allowed() {
        for text in ["lovelace other", "lovelace@example.org", "wxkqjvzp", "        "] {
            assert_eq!(default(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn violation_continues_a_sentence() {
        let message = |text| format!("password {}", default(text).unwrap_err());
        assert_eq!(message("short"), "password has fewer than 8 characters");
        assert_eq!(message("password"), "password is too common");
        assert_eq!(message("lovelace"), "password is the e-mail address or a part of it");
    }
}
