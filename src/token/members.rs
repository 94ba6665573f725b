//! The members of a key that is JSON, checked.

use super::jwk::Jwk;
use super::key::KeyError;
use super::octets::Octets;
use super::secret::Secret;

/// The bytes of a coordinate of P-256, and of both keys of Ed25519.
const COORDINATE: usize = 32;

/// A secret of enough bytes.
pub(super) fn secret(jwk: &Jwk) -> Result<&[u8], KeyError> {
    let secret = required("k", jwk.k.as_ref())?;
    if secret.len() < Secret::MIN_LENGTH {
        return Err(KeyError::ShortSecret(secret.len()));
    }
    Ok(secret)
}

/// A point that is not compressed, as SEC 1 section 2.3.3 writes it.
pub(super) fn point(jwk: &Jwk) -> Result<Vec<u8>, KeyError> {
    let (x, y) = (coordinate("x", jwk.x.as_ref())?, coordinate("y", jwk.y.as_ref())?);
    Ok([&[4], x, y].concat())
}

/// The public half of an RSA key, of a length that is safe and affordable.
pub(super) fn modulus_and_exponent(jwk: &Jwk) -> Result<(&[u8], &[u8]), KeyError> {
    let (n, e) = (number("n", jwk.n.as_ref())?, number("e", jwk.e.as_ref())?);
    let bits = n.len() * 8 - n.first().map_or(0, |byte| byte.leading_zeros() as usize);
    if (2048..=8192).contains(&bits) { Ok((n, e)) } else { Err(KeyError::RsaLength(bits)) }
}

pub(super) fn coordinate<'a>(
    name: &'static str,
    member: Option<&'a Octets>,
) -> Result<&'a [u8], KeyError> {
    let bytes = required(name, member)?;
    if bytes.len() == COORDINATE { Ok(bytes) } else { Err(KeyError::Malformed(name)) }
}

/// A number without zeros before it (RFC 7518 section 2): one number has one text, and one
/// thumbprint.
pub(super) fn number<'a>(
    name: &'static str,
    member: Option<&'a Octets>,
) -> Result<&'a [u8], KeyError> {
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
