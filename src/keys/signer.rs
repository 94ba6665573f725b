//! Signatures of a private key.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use countersign_auth::jwk::{Jwk, coordinate, number};
use countersign_auth::{KeyAlgorithm, KeyError};

/// A private key, parsed once.
///
/// The signers of jsonwebtoken parse the key at every signature, which more than doubles its time, and
/// cannot be shared between threads.
pub(super) enum Signer {
    EdDsa(Ed25519KeyPair),
    Es256(EcdsaKeyPair),
    Rs256(Box<RsaKeyPair>),
    Hs256(Box<hmac::Key>),
}

impl Signer {
    /// Parses a private JWK.
    ///
    /// # Errors
    ///
    /// [`KeyError`].
    pub(super) fn new(jwk: &Jwk, algorithm: KeyAlgorithm) -> Result<Self, KeyError> {
        match algorithm {
            KeyAlgorithm::Hs256 => Ok(Self::hs256(jwk.secret()?)),
            KeyAlgorithm::EdDsa => {
                let (x, d) = (coordinate("x", jwk.x.as_ref())?, coordinate("d", jwk.d.as_ref())?);
                let pair = Ed25519KeyPair::from_seed_and_public_key(d, x);
                Ok(Self::EdDsa(pair.map_err(|_| KeyError::Inconsistent)?))
            }
            KeyAlgorithm::Es256 => {
                let (point, d) = (jwk.point()?, coordinate("d", jwk.d.as_ref())?);
                let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
                let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, d, &point);
                Ok(Self::Es256(pair.map_err(|_| KeyError::Inconsistent)?))
            }
            KeyAlgorithm::Rs256 => {
                let (n, e) = jwk.modulus_and_exponent()?;
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
                Ok(Self::Rs256(Box::new(pair.map_err(|_| KeyError::Inconsistent)?)))
            }
        }
    }

    /// The signer of HS256.
    pub(super) fn hs256(secret: &[u8]) -> Self {
        Self::Hs256(Box::new(hmac::Key::new(hmac::HMAC_SHA256, secret)))
    }

    /// The signature over `message`; `None` if the cryptographic library fails.
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
