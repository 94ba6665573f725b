//! One key.

use std::fmt;

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Header;
use serde::Serialize;

use super::algorithm::KeyAlgorithm;
use super::jwk::Jwk;
use super::octets::Octets;
use super::public_key::PublicKey;
use super::secret::Secret;
use super::signer::Signer;
use super::verifying_key::VerifyingKey;

/// A key that signs and verifies, read once.
///
/// `Debug` shows its name and its algorithm, and nothing else of it.
pub struct Key {
    header: Header,
    jwk: Jwk,
    signer: Signer,
    verifying: VerifyingKey,
}

/// Why something cannot be a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Of another type, or on another curve.
    #[error(
        "its type is none of those of HS256 (oct), EdDSA (OKP, Ed25519), ES256 (EC, P-256) and \
         RS256 (RSA)"
    )]
    Type,
    /// A member is not there; where it is `d`, the key is only the public half of a pair.
    #[error("{0} is missing{hint}", hint = missing(.0))]
    Missing(&'static str),
    /// A member has another length than it must have.
    #[error("{0} has the wrong length, or zeros before it")]
    Malformed(&'static str),
    /// A secret of fewer bytes than [`Secret::MIN_LENGTH`].
    #[error("the secret has {0} bytes; HS256 needs at least 32")]
    ShortSecret(usize),
    /// An RSA key of another length than is safe and affordable.
    #[error("it has {0} bits; RSA keys have 2048 to 8192 here")]
    RsaLength(usize),
    /// An RSA key of more than two primes.
    #[error("it has more than two primes, which is not supported")]
    ManyPrimes,
    /// The parts of the key do not belong to each other.
    #[error("its parts do not belong together")]
    Inconsistent,
    /// What the key says of itself is not what it is, or is used for here.
    #[error("{member} is not that of a key that signs with {algorithm}")]
    Contradiction {
        /// The member.
        member: &'static str,
        /// What the key would sign with.
        algorithm: KeyAlgorithm,
    },
    /// It has a name of its own.
    #[error("kid has to be the thumbprint of RFC 7638, which is {0}; or leave it out")]
    Kid(String),
    /// A symmetric key among public ones: whoever can read them could sign.
    #[error("it is a shared secret, and no public key")]
    Symmetric,
    /// A private key among public ones: whoever can read them could sign.
    #[error("it is a private key; only its public half belongs here")]
    Private,
    /// Not an object of JSON, or a member has the wrong type.
    #[error("it is not the JSON of a key: a member has the wrong type")]
    Form,
    /// PEM of a certificate.
    #[error("it is a certificate; take the key out with openssl x509 -pubkey -noout")]
    Certificate,
    /// PEM of something else.
    #[error("its PEM label is neither PUBLIC KEY nor RSA PUBLIC KEY")]
    Label,
    /// PEM with something else in it than its label says.
    #[error("there is no public key in its PEM text")]
    Encoding,
}

fn missing(member: &str) -> &'static str {
    if member == "d" { "; a private key is needed, with all of its members" } else { "" }
}

/// A token could not be signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigningError {
    /// The claims could not be written.
    #[error("the claims could not be written: {0}")]
    Claims(#[from] serde_json::Error),
    /// The key could not sign.
    #[error("the key {0} could not sign")]
    Key(String),
}

impl Key {
    /// The key of HS256.
    #[must_use]
    pub fn from_secret(secret: &Secret) -> Self {
        let secret = secret.expose();
        let k = Some(Octets::new(secret));
        let jwk = Jwk { kty: "oct".to_owned(), k, ..Jwk::default() };
        let verifying = VerifyingKey::hs256(jwk.thumbprint(KeyAlgorithm::Hs256), secret);
        Self::assemble(jwk, Signer::hs256(secret), verifying)
    }

    /// Reads a private key.
    ///
    /// # Errors
    ///
    /// [`KeyError`] says what is wrong with it.
    pub(super) fn from_jwk(jwk: Jwk) -> Result<Self, KeyError> {
        let algorithm = jwk.algorithm()?;
        let signer = Signer::new(&jwk, algorithm)?;
        jwk.check(algorithm)?;
        let verifying = VerifyingKey::new(jwk.thumbprint(algorithm), &jwk, algorithm)?;
        Ok(Self::assemble(jwk, signer, verifying))
    }

    fn assemble(jwk: Jwk, signer: Signer, verifying: VerifyingKey) -> Self {
        let (kid, algorithm) = (Some(verifying.id().to_owned()), verifying.algorithm());
        let header = Header { kid, ..Header::new(algorithm.jose()) };
        Self { header, jwk: jwk.settled(algorithm), signer, verifying }
    }

    /// Its name, the `kid` of its tokens: its thumbprint (RFC 7638).
    #[must_use]
    pub fn id(&self) -> &str {
        self.verifying.id()
    }

    /// What it signs with.
    #[must_use]
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.verifying.algorithm()
    }

    /// A JWT with these claims.
    ///
    /// # Errors
    ///
    /// [`SigningError`] says what could not be done.
    pub(super) fn sign(&self, claims: &impl Serialize) -> Result<String, SigningError> {
        let mut token = String::with_capacity(640);
        URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(&self.header)?, &mut token);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(claims)?, &mut token);
        let signature = self.signer.sign(token.as_bytes());
        let signature = signature.ok_or_else(|| SigningError::Key(self.id().to_owned()))?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    /// The half of it that verifies.
    pub(super) fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }

    /// A key for something else than tokens, which `label` names: HKDF (RFC 5869) with SHA-256
    /// over the private bytes, that is the secret, or the member `d` of a pair. Two labels give two
    /// keys, neither of which says anything of the other or of this one.
    ///
    /// # Errors
    ///
    /// [`Unspecified`], where the library cannot.
    pub(crate) fn derive(&self, label: &[u8]) -> Result<hmac::Key, Unspecified> {
        let secret = Salt::new(HKDF_SHA256, b"countersign").extract(self.jwk.private_bytes());
        secret.expand(&[label], HMAC_SHA256).map(hmac::Key::from)
    }

    /// The key as JSON, private members included.
    pub(super) fn private(&self) -> &Jwk {
        &self.jwk
    }

    /// The key without what is private; nothing, where all of it is.
    pub(super) fn public(&self) -> Option<PublicKey> {
        let jwk = self.jwk.public(self.algorithm())?;
        Some(PublicKey::new(jwk, self.verifying.clone()))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id())
            .field("algorithm", &self.algorithm())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
impl Key {
    /// A token with exactly this header and payload, and the key's genuine signature.
    pub(super) fn sign_text(&self, header: &str, payload: &str) -> String {
        let message =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = self.signer.sign(message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_derived_depends_on_the_label_and_on_the_key_alone() {
        let tag = |key: &Key, label: &[u8]| {
            hmac::sign(&key.derive(label).unwrap(), b"text").as_ref().to_vec()
        };
        let algorithms = [KeyAlgorithm::EdDsa, KeyAlgorithm::Es256, KeyAlgorithm::Hs256];
        for algorithm in algorithms {
            let (one, other) = (Key::generate(algorithm), Key::generate(algorithm));
            let (one, other) = (one.unwrap(), other.unwrap());
            let same = Key::from_jwk(one.private().clone()).unwrap();
            assert_eq!(tag(&one, b"refresh"), tag(&same, b"refresh"), "{algorithm}");
            assert_ne!(tag(&one, b"refresh"), tag(&other, b"refresh"), "{algorithm}");
            assert_ne!(tag(&one, b"refresh"), tag(&one, b"reset"), "{algorithm}");
        }
        // Of the same secret the MAC of tokens is another one.
        let secret = Secret::new(vec![7; 32]).unwrap();
        let plain = hmac::sign(&hmac::Key::new(HMAC_SHA256, secret.expose()), b"text");
        assert_ne!(tag(&Key::from_secret(&secret), b"refresh"), plain.as_ref());
    }

    #[test]
    fn debug_shows_nothing_that_is_private() {
        for algorithm in
            [KeyAlgorithm::EdDsa, KeyAlgorithm::Es256, KeyAlgorithm::Hs256, KeyAlgorithm::Rs256]
        {
            let key = Key::generate(algorithm).unwrap();
            let shown = format!("{key:?}");
            assert_eq!(
                shown,
                format!("Key {{ id: {:?}, algorithm: {algorithm:?}, .. }}", key.id())
            );
        }
    }
}
