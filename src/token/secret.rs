//! The symmetric key.

use secrecy::{ExposeSecret, SecretSlice};

/// The key of HS256: at least 32 bytes, as RFC 7518 section 3.2 demands.
///
/// `Debug` shows nothing of it, and its memory is wiped when it is dropped.
#[derive(Clone, Debug)]
pub struct Secret(SecretSlice<u8>);

/// Why some bytes cannot be the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// Fewer than [`Secret::MIN_LENGTH`] bytes.
    #[error("the secret has {0} bytes; HS256 needs at least 32")]
    TooShort(usize),
    /// The system had no randomness.
    #[error("the system gave no randomness for a secret: {0}")]
    NoRandomness(#[source] getrandom::Error),
}

impl Secret {
    /// The fewest bytes that are accepted.
    pub const MIN_LENGTH: usize = 32;

    /// Takes these bytes as the key, as they are.
    ///
    /// # Errors
    ///
    /// [`SecretError::TooShort`] under 32 bytes.
    pub fn new(bytes: Vec<u8>) -> Result<Self, SecretError> {
        let length = bytes.len();
        let secret = Self(bytes.into());
        if length < Self::MIN_LENGTH { Err(SecretError::TooShort(length)) } else { Ok(secret) }
    }

    /// A new key of 32 random bytes.
    ///
    /// # Errors
    ///
    /// [`SecretError::NoRandomness`], where the system has none.
    pub fn random() -> Result<Self, SecretError> {
        let mut bytes = vec![0; Self::MIN_LENGTH];
        getrandom::fill(&mut bytes).map_err(SecretError::NoRandomness)?;
        Self::new(bytes)
    }

    pub(super) fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_two_bytes_are_the_least() {
        assert_eq!(Secret::new(vec![1; 31]).unwrap_err(), SecretError::TooShort(31));
        assert!(Secret::new(vec![1; 32]).is_ok());
    }

    #[test]
    fn random_secrets_differ_and_debug_shows_nothing_of_them() {
        let (one, other) = (Secret::random().unwrap(), Secret::random().unwrap());
        assert_ne!(one.expose(), other.expose());
        assert!(!format!("{:?}", Secret::new(vec![b'x'; 32]).unwrap()).contains("120"));
    }
}
