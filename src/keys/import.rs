//! Import of private keys.

use aws_lc_rs::error::KeyRejected;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair,
};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use zeroize::Zeroizing;

use super::generate::NewKeyError;
use super::pair;
use super::signing_key::SigningKey;

impl SigningKey {
    /// Parses the first private key of a PEM file: PKCS #8, SEC 1 (`EC PRIVATE KEY`) or PKCS #1
    /// (`RSA PRIVATE KEY`), not encrypted.
    ///
    /// # Errors
    ///
    /// [`NewKeyError`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, NewKeyError> {
        let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| NewKeyError::NoPem)?;
        let der = Zeroizing::new(key);
        let bytes = der.secret_der();
        let p256 = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let unsupported = |_: KeyRejected| NewKeyError::Pem;
        let jwk = match &*der {
            PrivateKeyDer::Pkcs1(_) => {
                pair::rsa(&RsaKeyPair::from_der(bytes).map_err(unsupported)?)?
            }
            PrivateKeyDer::Sec1(_) => {
                let pair = EcdsaKeyPair::from_private_key_der(p256, bytes);
                pair::p256(&pair.map_err(unsupported)?)?
            }
            // The key type is inside; the library parses it.
            PrivateKeyDer::Pkcs8(_) => {
                if let Ok(pair) = Ed25519KeyPair::from_pkcs8(bytes) {
                    pair::ed25519(&pair)?
                } else if let Ok(pair) = EcdsaKeyPair::from_pkcs8(p256, bytes) {
                    pair::p256(&pair)?
                } else {
                    pair::rsa(&RsaKeyPair::from_pkcs8(bytes).map_err(unsupported)?)?
                }
            }
            _ => return Err(NewKeyError::Pem),
        };
        Ok(Self::from_jwk(jwk)?)
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer, EcPrivateKeyRfc5915Der, Pkcs8V1Der};
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::KeyPair;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use countersign_auth::KeyAlgorithm;
    use countersign_auth::der::sequence;
    use jsonwebtoken::jwk::ThumbprintHash;
    use jsonwebtoken::{Algorithm, EncodingKey};
    use simple_asn1::ASN1Block;

    use super::*;

    fn pem(label: &str, der: &[u8]) -> String {
        let text = STANDARD.encode(der);
        let lines: Vec<&str> =
            text.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
        let lines = lines.join("\n");
        format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")
    }

    /// The thumbprint that jsonwebtoken computes.
    fn thumbprint(key: &EncodingKey, algorithm: KeyAlgorithm) -> String {
        let algorithm: Algorithm = algorithm.name().parse().unwrap();
        let jwk = jsonwebtoken::jwk::Jwk::from_encoding_key(key, algorithm).unwrap();
        jwk.thumbprint(ThumbprintHash::SHA256).unwrap()
    }

    #[test]
    fn ed25519_key_is_imported_from_pkcs8() {
        let pair = Ed25519KeyPair::generate().unwrap();
        for der in [pair.to_pkcs8v1().unwrap(), pair.to_pkcs8().unwrap()] {
            let key = SigningKey::from_pem(pem("PRIVATE KEY", der.as_ref()).as_bytes()).unwrap();
            let v1 = pair.to_pkcs8v1().unwrap();
            let expected = thumbprint(&EncodingKey::from_ed_der(v1.as_ref()), key.algorithm());
            assert_eq!((key.algorithm(), key.kid()), (KeyAlgorithm::EdDsa, &*expected));
        }
    }

    #[test]
    fn p256_key_is_imported_from_pkcs8_and_sec1() {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let pkcs8 = pair.to_pkcs8v1().unwrap();
        let sec1: EcPrivateKeyRfc5915Der<'_> = pair.private_key().as_der().unwrap();
        let expected = EncodingKey::from_ec_der(pkcs8.as_ref());
        let expected = thumbprint(&expected, KeyAlgorithm::Es256);
        // As openssl writes it, with the curve parameters before the key.
        let curve = pem("EC PARAMETERS", b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07");
        for pem in [
            pem("PRIVATE KEY", pkcs8.as_ref()),
            pem("EC PRIVATE KEY", sec1.as_ref()),
            curve + &pem("EC PRIVATE KEY", sec1.as_ref()),
        ] {
            let key = SigningKey::from_pem(pem.as_bytes()).unwrap();
            assert_eq!((key.algorithm(), key.kid()), (KeyAlgorithm::Es256, &*expected));
        }
    }

    #[test]
    fn rsa_key_is_imported_from_pkcs8_and_pkcs1() {
        let pair = RsaKeyPair::generate(KeySize::Rsa3072).unwrap();
        let pkcs8: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let outer = sequence(pkcs8.as_ref()).unwrap();
        let ASN1Block::OctetString(_, pkcs1) = &outer[2] else { panic!("no PKCS #8") };
        let expected = thumbprint(&EncodingKey::from_rsa_der(pkcs1), KeyAlgorithm::Rs256);
        for pem in [pem("PRIVATE KEY", pkcs8.as_ref()), pem("RSA PRIVATE KEY", pkcs1)] {
            let key = SigningKey::from_pem(pem.as_bytes()).unwrap();
            assert_eq!((key.algorithm(), key.kid()), (KeyAlgorithm::Rs256, &*expected));
        }
    }

    #[test]
    fn unsupported_pem_is_rejected_and_not_quoted() {
        let p384 = &aws_lc_rs::signature::ECDSA_P384_SHA384_FIXED_SIGNING;
        let p384 = EcdsaKeyPair::generate(p384).unwrap();
        let sec1: EcPrivateKeyRfc5915Der<'_> = p384.private_key().as_der().unwrap();
        let public = pem("PUBLIC KEY", Ed25519KeyPair::generate().unwrap().public_key().as_ref());
        let none = "it contains no PEM private key, or only an encrypted one";
        let unsupported = "unsupported private key; supported are Ed25519, P-256, and RSA of 2048 to \
                           8192 bits";
        for (text, sentence) in [
            (pem("PRIVATE KEY", p384.to_pkcs8v1().unwrap().as_ref()), unsupported),
            (pem("EC PRIVATE KEY", sec1.as_ref()), unsupported),
            (pem("PRIVATE KEY", b"c2VjcmV0"), unsupported),
            (pem("RSA PRIVATE KEY", b"c2VjcmV0"), unsupported),
            (pem("ENCRYPTED PRIVATE KEY", b"c2VjcmV0"), none),
            (public, none),
            ("-----BEGIN PRIVATE KEY-----\nc2VjcmV0".to_owned(), none),
            ("-----BEGIN PRIVATE KEY-----\n?c2VjcmV0\n-----END PRIVATE KEY-----".to_owned(), none),
            ("c2VjcmV0".to_owned(), none),
        ] {
            let error = SigningKey::from_pem(text.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), sentence, "{text}");
            assert!(!format!("{error:?}").contains("c2VjcmV0"), "{error:?}");
        }
    }
}
