//! A password as somebody typed it.

use secrecy::{ExposeSecret, SecretString};

/// A password that is worth hashing: not empty, not too long, without NUL.
///
/// `Debug` shows nothing of it, and its memory is wiped when it is dropped.
#[derive(Clone, Debug)]
pub struct Password(SecretString);

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
    /// The longest password, in bytes of UTF-8.
    pub const MAX_LENGTH: usize = 1024;

    /// Takes a text as a password, unchanged.
    ///
    /// # Errors
    ///
    /// [`PasswordError`] says why the text cannot be one.
    pub fn new(text: String) -> Result<Self, PasswordError> {
        let text = SecretString::from(text);
        let exposed = text.expose_secret();
        if exposed.is_empty() {
            return Err(PasswordError::Empty);
        }
        if exposed.len() > Self::MAX_LENGTH {
            return Err(PasswordError::TooLong);
        }
        if exposed.contains('\0') {
            return Err(PasswordError::Nul);
        }
        Ok(Self(text))
    }

    pub(super) fn expose(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn debug_shows_nothing_of_it() {
        let password = Password::new("correct horse".to_owned()).unwrap();
        assert!(!format!("{password:?}").contains("horse"));
    }
}
