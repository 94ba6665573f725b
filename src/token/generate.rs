//! New keys, and keys from elsewhere.

use aws_lc_rs::encoding::{AsBigEndian, AsDer, Curve25519SeedBin, EcPrivateKeyBin, Pkcs8V1Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair,
};
use simple_asn1::ASN1Block;

use super::algorithm::KeyAlgorithm;
use super::jwk::PrivateJwk;
use super::key::{Key, KeyError};
use super::octets::Octets;
use super::secret::{Secret, SecretError};

/// Why there is no new key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NewKeyError {
    /// The library could not make one, or not say what it is.
    #[error("the key could not be made")]
    Library(#[from] Unspecified),
    /// The system had no randomness.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// What was made cannot be used.
    #[error("the key cannot be used: {0}")]
    Key(#[from] KeyError),
}

impl Key {
    /// A new key: 32 random bytes for HS256, 2048 bits for RS256.
    ///
    /// # Errors
    ///
    /// [`NewKeyError`] says why there is none.
    pub fn generate(algorithm: KeyAlgorithm) -> Result<Self, NewKeyError> {
        let jwk = match algorithm {
            KeyAlgorithm::Hs256 => return Ok(Self::from_secret(&Secret::random()?)),
            KeyAlgorithm::EdDsa => of_ed25519(&Ed25519KeyPair::generate()?)?,
            KeyAlgorithm::Es256 => {
                of_p256(&EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?)?
            }
            KeyAlgorithm::Rs256 => of_rsa(&RsaKeyPair::generate(KeySize::Rsa2048)?)?,
        };
        Ok(Self::from_jwk(jwk)?)
    }
}

fn of_ed25519(pair: &Ed25519KeyPair) -> Result<PrivateJwk, Unspecified> {
    let seed = pair.seed()?;
    let seed: Curve25519SeedBin<'_> = seed.as_be_bytes()?;
    Ok(PrivateJwk {
        kty: "OKP".to_owned(),
        crv: Some("Ed25519".to_owned()),
        x: Some(Octets::new(pair.public_key().as_ref())),
        d: Some(Octets::new(seed.as_ref())),
        ..PrivateJwk::default()
    })
}

fn of_p256(pair: &EcdsaKeyPair) -> Result<PrivateJwk, Unspecified> {
    let d: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes()?;
    // A point that is not compressed (SEC 1 section 2.3.3): 4, x and y.
    let point = pair.public_key().as_ref();
    let [4, x_and_y @ ..] = point else { return Err(Unspecified) };
    let (x, y) = x_and_y.split_at_checked(32).ok_or(Unspecified)?;
    Ok(PrivateJwk {
        kty: "EC".to_owned(),
        crv: Some("P-256".to_owned()),
        x: Some(Octets::new(x)),
        y: Some(Octets::new(y)),
        d: Some(Octets::new(d.as_ref())),
        ..PrivateJwk::default()
    })
}

/// The numbers of an RSA key, which the library gives as PKCS #8 alone.
fn of_rsa(pair: &RsaKeyPair) -> Result<PrivateJwk, Unspecified> {
    let der: Pkcs8V1Der<'_> = pair.as_der()?;
    // RFC 5208 section 5: version, algorithm, and the key in a string of bytes.
    let outer = sequence(der.as_ref()).ok_or(Unspecified)?;
    let Some(ASN1Block::OctetString(_, inner)) = outer.get(2) else { return Err(Unspecified) };
    // RFC 8017 appendix A.1.2: version, n, e, d, p, q, dP, dQ, qInv.
    let inner = sequence(inner).ok_or(Unspecified)?;
    let mut numbers = inner.iter().skip(1).map_while(number);
    Ok(PrivateJwk {
        kty: "RSA".to_owned(),
        n: numbers.next(),
        e: numbers.next(),
        d: numbers.next(),
        p: numbers.next(),
        q: numbers.next(),
        dp: numbers.next(),
        dq: numbers.next(),
        qi: numbers.next(),
        ..PrivateJwk::default()
    })
}

fn sequence(der: &[u8]) -> Option<Vec<ASN1Block>> {
    match simple_asn1::from_der(der).ok()?.pop()? {
        ASN1Block::Sequence(_, blocks) => Some(blocks),
        _ => None,
    }
}

fn number(block: &ASN1Block) -> Option<Octets> {
    match block {
        ASN1Block::Integer(_, number) => Some(Octets::new(number.to_bytes_be().1)),
        _ => None,
    }
}
