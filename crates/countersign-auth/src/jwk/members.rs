//! The members of a JWK, validated.

use super::{Jwk, Octets};
use crate::key_error::KeyError;
use crate::secret::Secret;

/// The length in bytes of a P-256 coordinate, and of both Ed25519 keys.
const COORDINATE: usize = 32;

impl Jwk {
    /// The shared secret, `k` (RFC 7518 section 6.4.1).
    ///
    /// # Errors
    ///
    /// [`KeyError::Missing`]; [`KeyError::ShortSecret`] under [`Secret::MIN_LENGTH`] bytes.
    pub fn secret(&self) -> Result<&[u8], KeyError> {
        let secret = required("k", self.k.as_ref())?;
        if secret.len() < Secret::MIN_LENGTH {
            return Err(KeyError::ShortSecret(secret.len()));
        }
        Ok(secret)
    }

    /// The public point of a P-256 key, uncompressed (SEC 1 section 2.3.3).
    ///
    /// # Errors
    ///
    /// Those of [`coordinate`].
    pub fn point(&self) -> Result<Vec<u8>, KeyError> {
        let (x, y) = (coordinate("x", self.x.as_ref())?, coordinate("y", self.y.as_ref())?);
        Ok([&[4], x, y].concat())
    }

    /// The public part of an RSA key, `n` and `e`, of 2048 to 8192 bits.
    ///
    /// # Errors
    ///
    /// Those of [`number`]; [`KeyError::RsaLength`].
    pub fn modulus_and_exponent(&self) -> Result<(&[u8], &[u8]), KeyError> {
        let (n, e) = (number("n", self.n.as_ref())?, number("e", self.e.as_ref())?);
        let bits = n.len() * 8 - n.first().map_or(0, |byte| byte.leading_zeros() as usize);
        if (2048..=8192).contains(&bits) { Ok((n, e)) } else { Err(KeyError::RsaLength(bits)) }
    }
}

/// A member of exactly 32 bytes.
///
/// # Errors
///
/// [`KeyError::Missing`] and [`KeyError::Malformed`].
pub fn coordinate<'a>(
    name: &'static str,
    member: Option<&'a Octets>,
) -> Result<&'a [u8], KeyError> {
    let bytes = required(name, member)?;
    if bytes.len() == COORDINATE { Ok(bytes) } else { Err(KeyError::Malformed(name)) }
}

/// A positive integer without leading zeros (RFC 7518 section 2), so that a number has one text
/// and one thumbprint.
///
/// # Errors
///
/// [`KeyError::Missing`] and [`KeyError::Malformed`].
pub fn number<'a>(name: &'static str, member: Option<&'a Octets>) -> Result<&'a [u8], KeyError> {
    let bytes = required(name, member)?;
    if bytes.first().is_some_and(|first| *first != 0) {
        Ok(bytes)
    } else {
        Err(KeyError::Malformed(name))
    }
}

fn required<'a>(name: &'static str, member: Option<&'a Octets>) -> Result<&'a [u8], KeyError> {
    member.map(Octets::as_slice).ok_or(KeyError::Missing(name))
}
