//! Passwords.

use std::iter;

use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;

/// A password: 1 to 1024 bytes without NUL.
///
/// It is normalized (Unicode NFKC, NIST SP 800-63B-4 section 3.1.1.2), so that it does not depend on how
/// a keyboard composes letters. The text as typed is stored as well if it differs, since an imported
/// hash may be of that text.
///
/// `Debug` redacts it, and its memory is zeroed on drop.
#[derive(Clone, Debug)]
pub struct Password {
    normal: SecretString,
    /// The text as typed, if it differs.
    typed: Option<SecretString>,
}

/// Errors of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// The password is empty.
    #[error("is empty")]
    Empty,
    /// The password is longer than [`Password::MAX_LENGTH`].
    #[error("is longer than 1024 bytes")]
    TooLong,
    /// The password contains NUL, at which some hash functions stop reading.
    #[error("contains a NUL character")]
    Nul,
}

impl Password {
    /// The longest password, in bytes of UTF-8, before and after normalization.
    pub const MAX_LENGTH: usize = 1024;

    /// Validates and normalizes a password.
    ///
    /// # Errors
    ///
    /// [`PasswordError`].
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
        // A string that grows would leave copies of the password in memory.
        let mut normal = String::with_capacity(length);
        normal.extend(exposed.nfkc());
        Ok(Self { normal: SecretString::from(normal), typed: Some(typed) })
    }

    /// A password for the verification against a dummy hash, where a client sends none.
    pub(crate) fn placeholder() -> Self {
        Self { normal: SecretString::from("placeholder"), typed: None }
    }

    /// The normalized text.
    pub(super) fn expose(&self) -> &str {
        self.normal.expose_secret()
    }

    /// The normalized text, then the text as typed if it differs.
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
    fn password_has_1_to_1024_bytes_without_nul() {
        let error = |text: &str| Password::new(text.to_owned()).unwrap_err();
        assert_eq!(error(""), PasswordError::Empty);
        assert_eq!(error("pass\0word"), PasswordError::Nul);
        assert_eq!(error(&"x".repeat(1025)), PasswordError::TooLong);
        assert_eq!(error(&"é".repeat(513)), PasswordError::TooLong);
        assert!(Password::new("x".repeat(1024)).is_ok());
    }

    #[test]
    fn length_is_limited_before_and_after_normalization() {
        let error = |text: &str| Password::new(text.to_owned()).unwrap_err();
        // Three bytes that become 33, and three that become one.
        assert_eq!(error(&"\u{fdfa}".repeat(32)), PasswordError::TooLong);
        assert_eq!(error(&"\u{ff41}".repeat(342)), PasswordError::TooLong);
        assert_eq!(spellings(&"\u{fdfa}".repeat(31))[0].len(), 1023);
        assert_eq!(spellings(&"\u{ff41}".repeat(341))[0].len(), 341);
    }

    #[test]
    fn both_spellings_are_stored_if_they_differ() {
        assert_eq!(spellings("pässwörd"), ["pässwörd"]);
        assert_eq!(spellings("pa\u{308}ss"), ["p\u{e4}ss", "pa\u{308}ss"]);
        assert_eq!(spellings("\u{ff50}ass \u{fb01}"), ["pass fi", "\u{ff50}ass \u{fb01}"]);
    }

    #[test]
    fn debug_is_redacted() {
        for text in ["correct horse", "correct horse\u{ff50}"] {
            let password = Password::new(text.to_owned()).unwrap();
            assert!(!format!("{password:?}").contains("horse"));
        }
    }

    proptest! {
        #[test]
        fn normalization_is_idempotent(text in "\\PC{1,60}") {
            if let Ok(password) = Password::new(text) {
                prop_assert_eq!(spellings(password.expose()), [password.expose()]);
            }
        }
    }
}
