//! Signing, with a key that was read once.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use jsonwebtoken::DecodingKey;

use super::algorithm::KeyAlgorithm;
use super::jwk::PrivateJwk;
use super::key::KeyError;
use super::octets::Octets;
use super::secret::Secret;

/// A private key, ready to sign.
///
/// jsonwebtoken's own signers read the key again at each signature, which more than doubles what
/// one costs, and cannot be shared between threads. These are the keys of the library under it.
pub(super) enum Signer {
    EdDsa(Ed25519KeyPair),
    Es256(EcdsaKeyPair),
    Rs256(Box<RsaKeyPair>),
    Hs256(Box<hmac::Key>),
}

/// The bytes of a coordinate of P-256, and of both keys of Ed25519.
const COORDINATE: usize = 32;

impl Signer {
    /// Reads a key: the one that signs, and the one with which jsonwebtoken verifies.
    ///
    /// # Errors
    ///
    /// [`KeyError`] says what is wrong with it.
    pub(super) fn new(
        jwk: &PrivateJwk,
        algorithm: KeyAlgorithm,
    ) -> Result<(Self, DecodingKey), KeyError> {
        match algorithm {
            KeyAlgorithm::Hs256 => {
                let secret = required("k", jwk.k.as_ref())?;
                if secret.len() < Secret::MIN_LENGTH {
                    return Err(KeyError::ShortSecret(secret.len()));
                }
                Ok(Self::hs256(secret))
            }
            KeyAlgorithm::EdDsa => {
                let (x, d) = (coordinate("x", jwk.x.as_ref())?, coordinate("d", jwk.d.as_ref())?);
                let pair = Ed25519KeyPair::from_seed_and_public_key(d, x);
                let pair = pair.map_err(|_| KeyError::Inconsistent)?;
                Ok((Self::EdDsa(pair), DecodingKey::from_ed_der(x)))
            }
            KeyAlgorithm::Es256 => {
                let (x, y) = (coordinate("x", jwk.x.as_ref())?, coordinate("y", jwk.y.as_ref())?);
                let d = coordinate("d", jwk.d.as_ref())?;
                // A point that is not compressed, as SEC 1 section 2.3.3 writes it.
                let point = [&[4], x, y].concat();
                let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
                let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, d, &point);
                let pair = pair.map_err(|_| KeyError::Inconsistent)?;
                Ok((Self::Es256(pair), DecodingKey::from_ec_der(&point)))
            }
            KeyAlgorithm::Rs256 => {
                let (n, e) = (number("n", jwk.n.as_ref())?, number("e", jwk.e.as_ref())?);
                let bits = n.len() * 8 - n.first().map_or(0, |byte| byte.leading_zeros() as usize);
                if !(2048..=8192).contains(&bits) {
                    return Err(KeyError::RsaLength(bits));
                }
                let components = KeyPairComponents {
                    public_key: PublicKeyComponents { n, e },
                    d: number("d", jwk.d.as_ref())?,
                    p: number("p", jwk.p.as_ref())?,
                    q: number("q", jwk.q.as_ref())?,
                    dP: number("dp", jwk.dp.as_ref())?,
                    dQ: number("dq", jwk.dq.as_ref())?,
                    qInv: number("qi", jwk.qi.as_ref())?,
                };
                let pair = RsaKeyPair::from_components(&components);
                let pair = Box::new(pair.map_err(|_| KeyError::Inconsistent)?);
                Ok((Self::Rs256(pair), DecodingKey::from_rsa_raw_components(n, e)))
            }
        }
    }

    /// The same of a secret.
    pub(super) fn hs256(secret: &[u8]) -> (Self, DecodingKey) {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        (Self::Hs256(Box::new(key)), DecodingKey::from_secret(secret))
    }

    /// The signature over `message`; nothing, where the library cannot make one.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::EdDsa(pair) => Some(pair.try_sign(message).ok()?.as_ref().to_vec()),
            Self::Es256(pair) => {
                Some(pair.sign(&SystemRandom::new(), message).ok()?.as_ref().to_vec())
            }
            Self::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let random = SystemRandom::new();
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).ok()?;
                Some(signature)
            }
            Self::Hs256(key) => Some(hmac::sign(key, message).as_ref().to_vec()),
        }
    }
}

fn required<'a>(name: &'static str, member: Option<&'a Octets>) -> Result<&'a [u8], KeyError> {
    member.map(Octets::as_slice).ok_or(KeyError::Missing(name))
}

fn coordinate<'a>(name: &'static str, member: Option<&'a Octets>) -> Result<&'a [u8], KeyError> {
    let bytes = required(name, member)?;
    if bytes.len() == COORDINATE { Ok(bytes) } else { Err(KeyError::Malformed(name)) }
}

/// A number without zeros before it (RFC 7518 section 2): one number has one text, and one
/// thumbprint.
fn number<'a>(name: &'static str, member: Option<&'a Octets>) -> Result<&'a [u8], KeyError> {
    let bytes = required(name, member)?;
    if bytes.first().is_some_and(|first| *first != 0) {
        Ok(bytes)
    } else {
        Err(KeyError::Malformed(name))
    }
}
