//! New keys, and keys from elsewhere.

use aws_lc_rs::encoding::{AsBigEndian, AsDer, Curve25519SeedBin, EcPrivateKeyBin, Pkcs8V1Der};
use aws_lc_rs::error::{KeyRejected, Unspecified};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair,
};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use simple_asn1::ASN1Block;
use zeroize::Zeroizing;

use super::algorithm::KeyAlgorithm;
use super::der::{number, sequence};
use super::jwk::Jwk;
use super::key::{Key, KeyError};
use super::octets::Octets;
use super::secret::{Secret, SecretError};

/// Why there is no new key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NewKeyError {
    /// There is no private key in PEM, or only one that is protected by a password.
    #[error("there is no private key in PEM in it, or only an encrypted one")]
    NoPem,
    /// A private key in PEM that is of no use here.
    #[error("its private key is none of Ed25519, P-256, and RSA of 2048 to 8192 bits")]
    Pem,
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

    /// The first private key of a PEM file: PKCS #8, SEC 1 (`EC PRIVATE KEY`) or PKCS #1
    /// (`RSA PRIVATE KEY`), not encrypted.
    ///
    /// # Errors
    ///
    /// [`NewKeyError`] says what is wrong.
    pub fn from_pem(pem: &[u8]) -> Result<Self, NewKeyError> {
        let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| NewKeyError::NoPem)?;
        let der = Zeroizing::new(key);
        let bytes = der.secret_der();
        let p256 = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let jwk = match &*der {
            PrivateKeyDer::Pkcs1(_) => of_rsa(&RsaKeyPair::from_der(bytes).map_err(refused)?)?,
            PrivateKeyDer::Sec1(_) => {
                of_p256(&EcdsaKeyPair::from_private_key_der(p256, bytes).map_err(refused)?)?
            }
            // What it is of is inside, and the library tells.
            PrivateKeyDer::Pkcs8(_) => {
                if let Ok(pair) = Ed25519KeyPair::from_pkcs8(bytes) {
                    of_ed25519(&pair)?
                } else if let Ok(pair) = EcdsaKeyPair::from_pkcs8(p256, bytes) {
                    of_p256(&pair)?
                } else {
                    of_rsa(&RsaKeyPair::from_pkcs8(bytes).map_err(refused)?)?
                }
            }
            _ => return Err(NewKeyError::Pem),
        };
        Ok(Self::from_jwk(jwk)?)
    }
}

fn refused(_: KeyRejected) -> NewKeyError {
    NewKeyError::Pem
}

fn of_ed25519(pair: &Ed25519KeyPair) -> Result<Jwk, Unspecified> {
    let seed = pair.seed()?;
    let seed: Curve25519SeedBin<'_> = seed.as_be_bytes()?;
    Ok(Jwk {
        kty: "OKP".to_owned(),
        crv: Some("Ed25519".to_owned()),
        x: Some(Octets::new(pair.public_key().as_ref())),
        d: Some(Octets::new(seed.as_ref())),
        ..Jwk::default()
    })
}

fn of_p256(pair: &EcdsaKeyPair) -> Result<Jwk, Unspecified> {
    let d: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes()?;
    // A point that is not compressed (SEC 1 section 2.3.3): 4, x and y.
    let point = pair.public_key().as_ref();
    let [4, x_and_y @ ..] = point else { return Err(Unspecified) };
    let (x, y) = x_and_y.split_at_checked(32).ok_or(Unspecified)?;
    Ok(Jwk {
        kty: "EC".to_owned(),
        crv: Some("P-256".to_owned()),
        x: Some(Octets::new(x)),
        y: Some(Octets::new(y)),
        d: Some(Octets::new(d.as_ref())),
        ..Jwk::default()
    })
}

/// The numbers of an RSA key, which the library gives as PKCS #8 alone.
fn of_rsa(pair: &RsaKeyPair) -> Result<Jwk, Unspecified> {
    let der: Pkcs8V1Der<'_> = pair.as_der()?;
    // RFC 5208 section 5: version, algorithm, and the key in a string of bytes.
    let outer = sequence(der.as_ref()).ok_or(Unspecified)?;
    let Some(ASN1Block::OctetString(_, inner)) = outer.get(2) else { return Err(Unspecified) };
    // RFC 8017 appendix A.1.2: version, n, e, d, p, q, dP, dQ, qInv.
    let inner = sequence(inner).ok_or(Unspecified)?;
    let mut numbers = inner.iter().skip(1).map_while(number);
    Ok(Jwk {
        kty: "RSA".to_owned(),
        n: numbers.next(),
        e: numbers.next(),
        d: numbers.next(),
        p: numbers.next(),
        q: numbers.next(),
        dp: numbers.next(),
        dq: numbers.next(),
        qi: numbers.next(),
        ..Jwk::default()
    })
}
#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::EcPrivateKeyRfc5915Der;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use clap::ValueEnum;
    use jsonwebtoken::EncodingKey;
    use jsonwebtoken::jwk::ThumbprintHash;

    use super::*;

    fn pem(label: &str, der: &[u8]) -> String {
        let text = STANDARD.encode(der);
        let lines: Vec<&str> =
            text.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
        let lines = lines.join("\n");
        format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")
    }

    /// What jsonwebtoken calls this key.
    fn thumbprint(key: &EncodingKey, algorithm: KeyAlgorithm) -> String {
        let jwk = jsonwebtoken::jwk::Jwk::from_encoding_key(key, algorithm.jose()).unwrap();
        jwk.thumbprint(ThumbprintHash::SHA256).unwrap()
    }

    #[test]
    fn generated_keys_differ_and_are_of_their_algorithm() {
        for algorithm in KeyAlgorithm::value_variants() {
            let (one, other) = (Key::generate(*algorithm), Key::generate(*algorithm));
            let (one, other) = (one.unwrap(), other.unwrap());
            assert_eq!(one.algorithm(), *algorithm);
            assert_ne!(one.id(), other.id());
        }
    }

    #[test]
    fn an_ed25519_key_is_imported_from_pkcs8() {
        let pair = Ed25519KeyPair::generate().unwrap();
        for der in [pair.to_pkcs8v1().unwrap(), pair.to_pkcs8().unwrap()] {
            let key = Key::from_pem(pem("PRIVATE KEY", der.as_ref()).as_bytes()).unwrap();
            let v1 = pair.to_pkcs8v1().unwrap();
            let expected = thumbprint(&EncodingKey::from_ed_der(v1.as_ref()), key.algorithm());
            assert_eq!((key.algorithm(), key.id()), (KeyAlgorithm::EdDsa, &*expected));
        }
    }

    #[test]
    fn a_p256_key_is_imported_from_pkcs8_and_sec1() {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let pkcs8 = pair.to_pkcs8v1().unwrap();
        let sec1: EcPrivateKeyRfc5915Der<'_> = pair.private_key().as_der().unwrap();
        let expected = EncodingKey::from_ec_der(pkcs8.as_ref());
        let expected = thumbprint(&expected, KeyAlgorithm::Es256);
        // As openssl writes it, with the name of the curve before the key.
        let curve = pem("EC PARAMETERS", b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07");
        for pem in [
            pem("PRIVATE KEY", pkcs8.as_ref()),
            pem("EC PRIVATE KEY", sec1.as_ref()),
            curve + &pem("EC PRIVATE KEY", sec1.as_ref()),
        ] {
            let key = Key::from_pem(pem.as_bytes()).unwrap();
            assert_eq!((key.algorithm(), key.id()), (KeyAlgorithm::Es256, &*expected));
        }
    }

    #[test]
    fn an_rsa_key_is_imported_from_pkcs8_and_pkcs1() {
        let pair = RsaKeyPair::generate(KeySize::Rsa3072).unwrap();
        let pkcs8: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let outer = sequence(pkcs8.as_ref()).unwrap();
        let ASN1Block::OctetString(_, pkcs1) = &outer[2] else { panic!("no PKCS #8") };
        let expected = thumbprint(&EncodingKey::from_rsa_der(pkcs1), KeyAlgorithm::Rs256);
        for pem in [pem("PRIVATE KEY", pkcs8.as_ref()), pem("RSA PRIVATE KEY", pkcs1)] {
            let key = Key::from_pem(pem.as_bytes()).unwrap();
            assert_eq!((key.algorithm(), key.id()), (KeyAlgorithm::Rs256, &*expected));
        }
    }

    #[test]
    fn other_keys_and_no_keys_are_refused_and_not_quoted() {
        let p384 = &aws_lc_rs::signature::ECDSA_P384_SHA384_FIXED_SIGNING;
        let p384 = EcdsaKeyPair::generate(p384).unwrap();
        let sec1: EcPrivateKeyRfc5915Der<'_> = p384.private_key().as_der().unwrap();
        let public = pem("PUBLIC KEY", Ed25519KeyPair::generate().unwrap().public_key().as_ref());
        let none = "there is no private key in PEM in it, or only an encrypted one";
        let unfit = "its private key is none of Ed25519, P-256, and RSA of 2048 to 8192 bits";
        for (text, sentence) in [
            (pem("PRIVATE KEY", p384.to_pkcs8v1().unwrap().as_ref()), unfit),
            (pem("EC PRIVATE KEY", sec1.as_ref()), unfit),
            (pem("PRIVATE KEY", b"c2VjcmV0"), unfit),
            (pem("RSA PRIVATE KEY", b"c2VjcmV0"), unfit),
            (pem("ENCRYPTED PRIVATE KEY", b"c2VjcmV0"), none),
            (public, none),
            ("-----BEGIN PRIVATE KEY-----\nc2VjcmV0".to_owned(), none),
            ("-----BEGIN PRIVATE KEY-----\n?c2VjcmV0\n-----END PRIVATE KEY-----".to_owned(), none),
            ("c2VjcmV0".to_owned(), none),
        ] {
            let error = Key::from_pem(text.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), sentence, "{text}");
            assert!(!format!("{error:?}").contains("c2VjcmV0"), "{error:?}");
        }
    }
}
