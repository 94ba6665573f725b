//! The shared secret of HS256.

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand;
use secrecy::{ExposeSecret, SecretSlice};

/// The key of HS256: at least 32 bytes (RFC 7518 section 3.2).
///
/// `Debug` redacts it, and its memory is zeroed when it is dropped.
#[derive(Clone, Debug)]
pub struct Secret(SecretSlice<u8>);

/// Errors of [`Secret`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// Fewer than [`Secret::MIN_LENGTH`] bytes.
    #[error("the secret has {0} bytes; HS256 needs at least 32")]
    TooShort(usize),
    /// The operating system's random number generator failed.
    #[error("cannot generate a random secret: {0}")]
    Random(#[from] Unspecified),
}

impl Secret {
    /// The minimum length in bytes.
    pub const MIN_LENGTH: usize = 32;

    /// A secret of exactly these bytes.
    ///
    /// # Errors
    ///
    /// [`SecretError::TooShort`] for fewer than 32 bytes.
    pub fn new(bytes: Vec<u8>) -> Result<Self, SecretError> {
        let length = bytes.len();
        let secret = Self(bytes.into());
        if length < Self::MIN_LENGTH { Err(SecretError::TooShort(length)) } else { Ok(secret) }
    }

    /// A secret of 32 random bytes.
    ///
    /// # Errors
    ///
    /// [`SecretError::Random`].
    pub fn random() -> Result<Self, SecretError> {
        let mut bytes = vec![0; Self::MIN_LENGTH];
        rand::fill(&mut bytes)?;
        Self::new(bytes)
    }

    /// The bytes of the secret.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_of_fewer_than_32_bytes_is_rejected() {
        assert_eq!(Secret::new(vec![1; 31]).unwrap_err(), SecretError::TooShort(31));
        assert!(Secret::new(vec![1; 32]).is_ok());
    }

    #[test]
    fn random_secrets_differ() {
        let (one, other) = (Secret::random().unwrap(), Secret::random().unwrap());
        assert_ne!(one.expose(), other.expose());
    }

    #[test]
    fn debug_redacts_the_secret() {
        assert!(!format!("{:?}", Secret::new(vec![b'x'; 32]).unwrap()).contains("120"));
    }
}
