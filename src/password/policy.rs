//! Which passwords may be set.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use super::common::is_common;
use super::password::Password;
use crate::domain::Email;

/// What a password has to be when it is set, after NIST SP 800-63B-4 section 3.1.1.2: long enough,
/// and not one that is tried first.
///
/// There are no rules of composition: the standard forbids them. How long a password may be is for
/// [`Password`] to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    min_length: usize,
}

/// Why a password may not be set. Each reads as the end of a sentence that begins with "password".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyViolation {
    /// There are fewer characters than the policy asks for.
    #[error("has fewer than {min_length} characters")]
    TooShort {
        /// How many there have to be.
        min_length: usize,
    },
    /// The password is among those that are tried first.
    #[error("is too common")]
    TooCommon,
    /// The password is the user's e-mail address, or the part of it before the `@`.
    #[error("is the e-mail address or a part of it")]
    EmailAddress,
}

/// A minimum length outside of the bounds of [`PasswordPolicy::new`].
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
    /// What the standard asks for at the least.
    const LEAST_MIN_LENGTH: usize = 8;
    /// A password of so many characters has to be allowed, by the standard.
    const GREATEST_MIN_LENGTH: usize = 64;

    /// A policy that asks for `min_length` characters (Unicode code points, after normalising), 8
    /// to 64. The default is 8; the standard asks for 15 where the password is the only factor.
    ///
    /// # Errors
    ///
    /// [`MinLengthError`], where the length is out of these bounds.
    pub fn new(min_length: usize) -> Result<Self, MinLengthError> {
        let bounds = Self::LEAST_MIN_LENGTH..=Self::GREATEST_MIN_LENGTH;
        if bounds.contains(&min_length) { Ok(Self { min_length }) } else { Err(MinLengthError) }
    }

    /// How many characters a password has at the least.
    #[must_use]
    pub fn min_length(self) -> usize {
        self.min_length
    }

    /// Whether the user with this address may set this password.
    ///
    /// # Errors
    ///
    /// [`PolicyViolation`] says why not.
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
        // The address may have been typed in another spelling, such as `bücher.de`.
        if is_name || Email::parse(text).is_ok_and(|address| address == *email) {
            return Err(PolicyViolation::EmailAddress);
        }
        Ok(())
    }
}

/// The characters, without their case; nothing of a password is copied.
fn folded(text: &str) -> impl Iterator<Item = char> {
    let small = text.nfkc().flat_map(char::to_lowercase);
    // Some letters have two small forms (σ and ς).
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
        check(PasswordPolicy::default(), password, "somebody@example.com")
    }

    #[test]
    fn length_is_counted_in_characters_after_normalising() {
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
    fn the_least_length_is_8_to_64() {
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
    fn common_passwords_are_refused_in_any_case_and_spelling() {
        for text in ["password", "PassWord", "12345678", "\u{ff50}assword", "Iloveyou"] {
            assert_eq!(default(text), Err(PolicyViolation::TooCommon), "{text}");
        }
    }

    #[test]
    fn the_address_is_no_password() {
        let refused = Err(PolicyViolation::EmailAddress);
        for text in ["somebody", "SomeBody", "somebody@example.com", " SOMEBODY@Example.com "] {
            assert_eq!(default(text), refused, "{text}");
        }
        let check = |password, email| check(PasswordPolicy::default(), password, email);
        assert_eq!(check("a@B\u{fc}cher.de", "a@xn--bcher-kva.de"), refused);
        assert_eq!(check("οδυσσεύς", "ΟΔΥΣΣΕΎΣ@example.com"), refused);
        assert_eq!(check("ΟΔΥΣΣΕΎΣ", "οδυσσεύς@example.com"), refused);
        assert_eq!(check("jose\u{301}marti", "JOSÉMARTI@example.com"), refused);
    }

    #[test]
    fn all_else_is_allowed() {
        for text in ["somebody else", "somebody@example.org", "wxkqjvzp", "        "] {
            assert_eq!(default(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_violation_ends_a_sentence() {
        let message = |text| format!("password {}", default(text).unwrap_err());
        assert_eq!(message("short"), "password has fewer than 8 characters");
        assert_eq!(message("password"), "password is too common");
        assert_eq!(message("somebody"), "password is the e-mail address or a part of it");
    }
}
