//! A password as somebody typed it.

use std::iter;

use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;

/// A password that is worth hashing: not empty, not too long, without NUL.
///
/// It is normalised (Unicode NFKC, NIST SP 800-63B-4 section 3.1.1.2), so that one password is one
/// value however a keyboard composes its letters. Where that changes it, the text as typed is kept
/// too, since a hash from elsewhere may have been made from that.
///
/// `Debug` shows nothing of it, and its memory is wiped when it is dropped.
#[derive(Clone, Debug)]
pub struct Password {
    normal: SecretString,
    /// The text as typed, where it is another one.
    typed: Option<SecretString>,
}

/// Why a text cannot be a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// There are no characters.
    #[error("is empty")]
    Empty,
    /// There are more bytes than [`Password::MAX_LENGTH`].
    #[error("is longer than 1024 bytes")]
    TooLong,
    /// Some hash functions stop reading at a NUL.
    #[error("contains a NUL character")]
    Nul,
}

impl Password {
    /// The longest password, in bytes of UTF-8, before and after it is normalised.
    pub const MAX_LENGTH: usize = 1024;

    /// Takes a text as a password, and normalises it.
    ///
    /// # Errors
    ///
    /// [`PasswordError`] says why the text cannot be one.
    pub fn new(text: String) -> Result<Self, PasswordError> {
        let typed = SecretString::from(text);
        let exposed = typed.expose_secret();
        if exposed.is_empty() {
            return Err(PasswordError::Empty);
        }
        if exposed.len() > Self::MAX_LENGTH {
            return Err(PasswordError::TooLong);
        }
        if exposed.contains('\0') {
            return Err(PasswordError::Nul);
        }
        if exposed.chars().eq(exposed.nfkc()) {
            return Ok(Self { normal: typed, typed: None });
        }
        let length = exposed.nfkc().map(char::len_utf8).sum();
        if length > Self::MAX_LENGTH {
            return Err(PasswordError::TooLong);
        }
        // A text that grew by and by would leave parts of the password behind.
        let mut normal = String::with_capacity(length);
        normal.extend(exposed.nfkc());
        Ok(Self { normal: SecretString::from(normal), typed: Some(typed) })
    }

    /// A password for the verification against a dummy hash, where a client sends none.
    pub(crate) fn placeholder() -> Self {
        Self { normal: SecretString::from("placeholder"), typed: None }
    }

    /// The normalised text.
    pub(super) fn expose(&self) -> &str {
        self.normal.expose_secret()
    }

    /// The normalised text; then the text as typed, where it is another one.
    pub(super) fn spellings(&self) -> impl Iterator<Item = &str> {
        iter::once(self.expose()).chain(self.typed.iter().map(SecretString::expose_secret))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spellings(text: &str) -> Vec<String> {
        let password = Password::new(text.to_owned()).unwrap();
        password.spellings().map(str::to_owned).collect()
    }

    #[test]
    fn a_password_has_1_to_1024_bytes_and_no_nul() {
        let refused = |text: &str| Password::new(text.to_owned()).unwrap_err();
        assert_eq!(refused(""), PasswordError::Empty);
        assert_eq!(refused("pass\0word"), PasswordError::Nul);
        assert_eq!(refused(&"x".repeat(1025)), PasswordError::TooLong);
        assert_eq!(refused(&"é".repeat(513)), PasswordError::TooLong);
        assert!(Password::new("x".repeat(1024)).is_ok());
    }

    #[test]
    fn a_password_is_not_longer_than_that_before_or_after_normalising() {
        let refused = |text: &str| Password::new(text.to_owned()).unwrap_err();
        // Three bytes that become 33, and three that become one.
        assert_eq!(refused(&"\u{fdfa}".repeat(32)), PasswordError::TooLong);
        assert_eq!(refused(&"\u{ff41}".repeat(342)), PasswordError::TooLong);
        assert_eq!(spellings(&"\u{fdfa}".repeat(31))[0].len(), 1023);
        assert_eq!(spellings(&"\u{ff41}".repeat(341))[0].len(), 341);
    }

    #[test]
    fn both_spellings_are_kept_where_they_differ() {
        assert_eq!(spellings("pässwörd"), ["pässwörd"]);
        assert_eq!(spellings("pa\u{308}ss"), ["p\u{e4}ss", "pa\u{308}ss"]);
        assert_eq!(spellings("\u{ff50}ass \u{fb01}"), ["pass fi", "\u{ff50}ass \u{fb01}"]);
    }

    #[test]
    fn debug_shows_nothing_of_it() {
        for text in ["correct horse", "correct horse\u{ff50}"] {
            let password = Password::new(text.to_owned()).unwrap();
            assert!(!format!("{password:?}").contains("horse"));
        }
    }

    proptest! {
        #[test]
        fn a_normalised_password_stays_as_it_is(text in "\\PC{1,60}") {
            if let Ok(password) = Password::new(text) {
                prop_assert_eq!(spellings(password.expose()), [password.expose()]);
            }
        }
    }
}
