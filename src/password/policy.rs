//! Requirements for new passwords.

use unicode_normalization::UnicodeNormalization;

use super::breached::{BreachedPasswords, BreachedPasswordsError};
use super::password::Password;
use super::strength::{Weakness, weakness};
use crate::domain::Email;

/// What an attacker would try first, beside the parts of the e-mail address.
const SERVICE: &str = "countersign";

/// The requirements for a new password (NIST SP 800-63B-4 section 3.1.1.2): a minimum length, no password
/// that is easy to guess, and none on the operator's list of breached passwords.
///
/// There are no composition rules: the standard forbids them. [`Password`] limits the length.
#[derive(Clone, Debug)]
pub struct PasswordPolicy {
    min_length: usize,
    min_score: u8,
    breached: Option<BreachedPasswords>,
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
    /// The password is easy to guess.
    #[error("{0}; add another word or two")]
    Weak(Weakness),
    /// The password is on the list of breached passwords.
    #[error("is on a list of breached passwords; choose another one")]
    Breached,
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
        let (min_length, min_score) = (Self::LEAST_MIN_LENGTH, Self::DEFAULT_MIN_SCORE);
        Self { min_length, min_score, breached: None }
    }
}

impl PasswordPolicy {
    /// The lowest minimum length that the standard allows.
    const LEAST_MIN_LENGTH: usize = 8;
    /// The standard requires that passwords of this length are allowed.
    const GREATEST_MIN_LENGTH: usize = 64;
    /// The default minimum score: a password that withstands a million guesses, such as eight random
    /// letters.
    pub const DEFAULT_MIN_SCORE: u8 = 2;
    /// The highest minimum score.
    pub const GREATEST_MIN_SCORE: u8 = 4;

    /// A policy that requires `min_length` characters (Unicode code points, after normalization), 8
    /// to 64. Default: 8. The standard requires 15 if the password is the only factor.
    ///
    /// # Errors
    ///
    /// [`MinLengthError`] if the length is out of these bounds.
    pub fn new(min_length: usize) -> Result<Self, MinLengthError> {
        let bounds = Self::LEAST_MIN_LENGTH..=Self::GREATEST_MIN_LENGTH;
        if bounds.contains(&min_length) {
            Ok(Self { min_length, ..Self::default() })
        } else {
            Err(MinLengthError)
        }
    }

    /// Requires this score of zxcvbn, from 0 (none is required) to 4. Default: 2.
    #[must_use]
    pub fn with_min_score(self, min_score: u8) -> Self {
        Self { min_score: min_score.min(Self::GREATEST_MIN_SCORE), ..self }
    }

    /// Rejects the passwords of a list.
    #[must_use]
    pub fn with_breached(self, breached: Option<BreachedPasswords>) -> Self {
        Self { breached, ..self }
    }

    /// The required number of characters.
    #[must_use]
    pub fn min_length(&self) -> usize {
        self.min_length
    }

    /// The required score.
    #[must_use]
    pub fn min_score(&self) -> u8 {
        self.min_score
    }

    /// Whether there is a list of breached passwords.
    #[must_use]
    pub fn has_breached(&self) -> bool {
        self.breached.is_some()
    }

    /// Checks a new password of the user with this address, other than against the list of breached
    /// ones. It takes up to some 10 ms.
    ///
    /// # Errors
    ///
    /// [`PolicyViolation`].
    pub fn check(&self, password: &Password, email: &Email) -> Result<(), PolicyViolation> {
        let text = password.expose();
        if text.chars().count() < self.min_length {
            return Err(PolicyViolation::TooShort { min_length: self.min_length });
        }
        let (name, domain) = email.as_str().rsplit_once('@').unwrap_or((email.as_str(), ""));
        // Another spelling of the address, such as one with `bücher.de`.
        if folded(text).eq(folded(name)) || Email::parse(text).is_ok_and(|it| it == *email) {
            return Err(PolicyViolation::EmailAddress);
        }
        let words = name.split(|character: char| !character.is_alphanumeric());
        let inputs: Vec<&str> = [email.as_str(), name, SERVICE]
            .into_iter()
            .chain(domain.split('.'))
            .chain(words.filter(|word| word.len() > 2))
            .collect();
        weakness(text, &inputs, self.min_score)
            .map_or(Ok(()), |weakness| Err(PolicyViolation::Weak(weakness)))
    }

    /// Whether a password, normalized or as typed, is on the list of breached passwords, which is read.
    ///
    /// # Errors
    ///
    /// [`BreachedPasswordsError`], where the list has changed since it was opened.
    pub fn is_breached(&self, password: &Password) -> Result<bool, BreachedPasswordsError> {
        let Some(breached) = &self.breached else { return Ok(false) };
        for text in password.spellings() {
            if breached.contains(text)? {
                return Ok(true);
            }
        }
        Ok(false)
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
    use std::io::Write;

    use rstest::rstest;

    use super::*;

    /// The text of the error, or nothing.
    fn check(policy: &PasswordPolicy, password: &str, email: &str) -> String {
        let password = Password::new(password.to_owned()).unwrap();
        let result = policy.check(&password, &Email::parse(email).unwrap());
        result.map_or_else(|error| format!("password {error}"), |()| String::new())
    }

    fn default(password: &str) -> String {
        check(&PasswordPolicy::default(), password, "lovelace@example.com")
    }

    const TOO_SHORT: &str = "password has fewer than 8 characters";
    const ADDRESS: &str = "password is the e-mail address or a part of it";

    #[test]
    fn length_is_counted_in_characters_after_normalization() {
        assert_eq!(default("wxkqjvz"), TOO_SHORT);
        assert_eq!(default("äöüßwxk"), TOO_SHORT);
        assert_eq!(default("äöüßwxkq"), "");
        // Eight code points as typed, seven when composed.
        assert_eq!(default("wxkqjva\u{308}"), TOO_SHORT);
        // Seven as typed, eight when the ligature is taken apart.
        assert_eq!(default("wxkqjv\u{fb01}"), "");
    }

    #[test]
    fn minimum_length_is_8_to_64() {
        assert_eq!(PasswordPolicy::default().min_length(), 8);
        assert_eq!(PasswordPolicy::new(8).unwrap().min_length(), 8);
        assert_eq!(PasswordPolicy::new(7).unwrap_err(), MinLengthError);
        assert_eq!(PasswordPolicy::new(65).unwrap_err(), MinLengthError);
        let strict = PasswordPolicy::new(64).unwrap();
        let check = |length: usize| {
            check(&strict, &"correct horse battery staple ".repeat(3)[..length], "a@b.com")
        };
        assert_eq!(check(63), "password has fewer than 64 characters");
        assert_eq!(check(64), "");
    }

    #[rstest]
    #[case("password", "is too common, or similar to a common one")]
    #[case("PassWord", "is too common, or similar to a common one")]
    #[case("\u{ff50}assword", "is too common, or similar to a common one")]
    #[case("Passw0rd!", "is too common, or similar to a common one")]
    #[case("00000000", "is a repetition, which is easy to guess")]
    #[case("aaaaaaaa", "is a repetition, which is easy to guess")]
    #[case("12341234", "is a repetition, which is easy to guess")]
    #[case("abcdefgh", "is a sequence, which is easy to guess")]
    #[case("lovelace1", "is easy to guess")]
    #[case("example1", "is easy to guess")]
    #[case("countersign", "is easy to guess")]
    fn password_that_is_easy_to_guess_is_rejected(#[case] password: &str, #[case] reason: &str) {
        assert_eq!(default(password), format!("password {reason}; add another word or two"));
        let lax = PasswordPolicy::default().with_min_score(0);
        assert_eq!(check(&lax, password, "lovelace@example.com"), "");
    }

    #[test]
    fn words_of_the_address_are_easy_to_guess() {
        for (password, email) in [
            ("wxkqjvzp7", "ada.wxkqjvzp@example.com"),
            ("Wxkqjvzp!", "wxkqjvzp+shop@example.com"),
            ("wxkqjvzp2026", "ada@mail.wxkqjvzp.com"),
        ] {
            let reason = check(&PasswordPolicy::default(), password, email);
            assert!(reason.contains("easy to guess"), "{password}: {reason}");
            assert_eq!(default(password), "", "{password}");
        }
    }

    #[test]
    fn required_score_is_configurable() {
        let strict = PasswordPolicy::default().with_min_score(3);
        assert_eq!(default("wxkqjvzp"), "");
        assert!(check(&strict, "wxkqjvzp", "a@b.com").starts_with("password is easy to guess"));
        assert_eq!(check(&strict, "correct horse battery", "a@b.com"), "");
    }

    #[test]
    fn breached_password_is_found_normalized_and_as_typed() {
        let listed = |hash| {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            writeln!(file, "{hash}:3").unwrap();
            let list = BreachedPasswords::open(file.path()).unwrap();
            (PasswordPolicy::default().with_breached(Some(list)), file)
        };
        let is_breached = |policy: &PasswordPolicy, text: &str| {
            policy.is_breached(&Password::new(text.to_owned()).unwrap())
        };
        let (normal, typed) = ("correct horse battery", "\u{ff43}orrect horse battery");
        let (policy, file) = listed("98DECC62ECE399A22ED30D490EF333BE7FDE7385");
        assert!(is_breached(&policy, normal).unwrap());
        assert!(is_breached(&policy, typed).unwrap());
        assert!(!is_breached(&policy, "another horse battery").unwrap());
        file.as_file().set_len(0).unwrap();
        assert!(is_breached(&policy, "another horse battery").is_err());
        let (policy, _file) = listed("45A042159EA0CF93F76F3316E57CEA10A2A2CF11");
        assert!(!is_breached(&policy, normal).unwrap());
        assert!(is_breached(&policy, typed).unwrap());
    }

    #[test]
    fn email_address_is_rejected() {
        for text in ["lovelace", "LoveLace", "lovelace@example.com", " LOVELACE@Example.com "] {
            assert_eq!(default(text), ADDRESS, "{text}");
        }
        let check = |password, email| check(&PasswordPolicy::default(), password, email);
        assert_eq!(check("a@B\u{fc}cher.de", "a@xn--bcher-kva.de"), ADDRESS);
        assert_eq!(check("οδυσσεύς", "ΟΔΥΣΣΕΎΣ@example.com"), ADDRESS);
        assert_eq!(check("ΟΔΥΣΣΕΎΣ", "οδυσσεύς@example.com"), ADDRESS);
        assert_eq!(check("jose\u{301}marti", "JOSÉMARTI@example.com"), ADDRESS);
    }

    #[test]
    fn other_passwords_are_allowed() {
        for text in ["lovelace and others", "wxkqjvzp", "correct horse battery", "xQ7$kd92"] {
            assert_eq!(default(text), "", "{text}");
        }
    }
}
