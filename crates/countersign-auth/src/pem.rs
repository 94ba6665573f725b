//! Public keys as PEM.

use ::pem::Pem;
use simple_asn1::{ASN1Block, OID, oid};

use super::der::{number, sequence};
use super::jwk::{Jwk, Octets};
use super::key_error::{KeyError, KeySetError};

/// The PEM blocks in `text`, of any label.
///
/// # Errors
///
/// [`KeySetError::Pem`], if one is damaged, also beside intact ones.
pub(super) fn blocks(text: &[u8]) -> Result<Vec<Pem>, KeySetError> {
    let blocks = ::pem::parse_many(text).map_err(|_| KeySetError::Pem)?;
    let begin = b"-----BEGIN ";
    let count = text.windows(begin.len()).filter(|window| window == begin).count();
    if blocks.len() == count { Ok(blocks) } else { Err(KeySetError::Pem) }
}

/// The JWK of a PEM public key.
///
/// # Errors
///
/// [`KeyError`] for any other content.
pub(super) fn jwk(block: &Pem) -> Result<Jwk, KeyError> {
    match block.tag() {
        "PUBLIC KEY" => spki(block.contents()),
        "RSA PUBLIC KEY" => rsa(block.contents()).ok_or(KeyError::Encoding),
        "CERTIFICATE" => Err(KeyError::Certificate),
        tag if tag.ends_with("PRIVATE KEY") => Err(KeyError::Private),
        _ => Err(KeyError::Label),
    }
}

/// `SubjectPublicKeyInfo` (RFC 5280 section 4.1): the algorithm, and the key in a `BIT STRING`.
fn spki(der: &[u8]) -> Result<Jwk, KeyError> {
    let blocks = sequence(der).ok_or(KeyError::Encoding)?;
    let [ASN1Block::Sequence(_, algorithm), ASN1Block::BitString(_, _, key)] = &*blocks else {
        return Err(KeyError::Encoding);
    };
    let is = |block: &ASN1Block, id: OID| matches!(block, ASN1Block::ObjectIdentifier(_, it) if *it == id);
    match &**algorithm {
        // RFC 8410 section 3.
        [name] if is(name, oid!(1, 3, 101, 112)) => Ok(Jwk {
            kty: "OKP".to_owned(),
            crv: Some("Ed25519".to_owned()),
            x: Some(Octets::new(&**key)),
            ..Jwk::default()
        }),
        // RFC 5480 section 2.1, with P-256 as the named curve.
        [name, curve]
            if is(name, oid!(1, 2, 840, 10_045, 2, 1))
                && is(curve, oid!(1, 2, 840, 10_045, 3, 1, 7)) =>
        {
            p256(key).ok_or(KeyError::Encoding)
        }
        // RFC 3279 section 2.3.1.
        [name, ..] if is(name, oid!(1, 2, 840, 113_549, 1, 1, 1)) => {
            rsa(key).ok_or(KeyError::Encoding)
        }
        _ => Err(KeyError::Type),
    }
}

/// An uncompressed point (SEC 1 section 2.3.3): 4, x and y.
fn p256(point: &[u8]) -> Option<Jwk> {
    let [4, x_and_y @ ..] = point else { return None };
    let (x, y) = x_and_y.split_at_checked(32)?;
    Some(Jwk {
        kty: "EC".to_owned(),
        crv: Some("P-256".to_owned()),
        x: Some(Octets::new(x)),
        y: Some(Octets::new(y)),
        ..Jwk::default()
    })
}

/// `RSAPublicKey` (RFC 8017 appendix A.1.1): n and e.
fn rsa(der: &[u8]) -> Option<Jwk> {
    let [n, e] = &*sequence(der)? else { return None };
    Some(Jwk { kty: "RSA".to_owned(), n: Some(number(n)?), e: Some(number(e)?), ..Jwk::default() })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::verification_keys::VerificationKeys;

    const ED25519: &str = "MCowBQYDK2VwAyEAFqQ8gi55+qKu6i9v5nyVUwS1a5AsDqfDHRE7kgtD0UU=";
    const P256: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEg7ExeCsXyYHUltM/NmOAGs+lJjOr
8zlGFP3srSkm+PJ70n3x8oVwpDp97tGuVsHbZ0PcJHmKmZUsonAXtx+Rrg==";
    const RSA: &str = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqTYCZa15JmbA3qZFjT6l
UKzyt0DOomECQSJ0dX4yCLLzgCAnLUOxLJwssH5PNSIg4ex9nDNShDu1j9MLIru7
vrPqrIEmmR+8U0aP5Mw96E3ANbKH3V1SXhQSe7b4duDX+vDgYuVIGcNNrEAsnO9H
QD2qhyJwEStrhHtvuyNjo2Ua7adix5YjO4WU8beKzAdyHvi33ADdoBmVOopkPa/z
CCSNExUw7Yemegx7xulsK60y2DkXcVK5ZVzQUCYnIGHsICSFaOdXAu8ygoIA3Nw3
IgyVWwmhrw7/KRSjkaW7ZAzBxWmN9MWgToeV+ekOH5F8aJH/+keW5tREse8NeV6C
TQIDAQAB";
    /// The same key in PKCS #1.
    const RSA_ALONE: &str = "MIIBCgKCAQEAqTYCZa15JmbA3qZFjT6lUKzyt0DOomECQSJ0dX4yCLLzgCAnLUOx
LJwssH5PNSIg4ex9nDNShDu1j9MLIru7vrPqrIEmmR+8U0aP5Mw96E3ANbKH3V1S
XhQSe7b4duDX+vDgYuVIGcNNrEAsnO9HQD2qhyJwEStrhHtvuyNjo2Ua7adix5Yj
O4WU8beKzAdyHvi33ADdoBmVOopkPa/zCCSNExUw7Yemegx7xulsK60y2DkXcVK5
ZVzQUCYnIGHsICSFaOdXAu8ygoIA3Nw3IgyVWwmhrw7/KRSjkaW7ZAzBxWmN9MWg
ToeV+ekOH5F8aJH/+keW5tREse8NeV6CTQIDAQAB";
    const RSA_1024: &str = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC0FppqZCYpWiwPjUpvozbNPVsh
5ywYB+2sXNcQFX0A7X/eD+WVR5z+/46+fQ4JU0ob3Mndx8i6NhVMy++i+HiOhoLX
X1GHad52VYcY3jv9lwXZ0aUaXoD8GLYZcD2tX4ix+ZhFgt9Bkx1s9eqTk7EQz+97
W9Mjd9az/B2Aq4B+8QIDAQAB";
    const RSA_PSS: &str = "MIIBIDALBgkqhkiG9w0BAQoDggEPADCCAQoCggEBAMiiwEOSBu292AMCRGtP7c/m
KmEnsJT3sAENuuThvnLhG7COuU3rFnbQCQ7B95myegaam9fe0HP1SV6KBiT93Xy6
PPHfTANvPvhp1lAQlNunc5Al4Tb8XIW7N1XGANn+OZV7sVeLLtNiadoujXg4WCr7
EMEguBzK2v1IwliI4bEvpMMyz2JGW0L0RajjdCNguNzr66TsnlScXvyIPnHAupT+
ndusYQkK4Gog/K5VFMu56+xXksohvDA1sWpY4sUcQYSNo3KbDHBEzS/QXqwMlDSk
npSAA7bbeWW1gp9RgX2vNhJkej8cG4DMEnWjQyBgsg9L09gYUgvmh9RTRuPofu8C
AwEAAQ==";
    const P384: &str = "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEgV7mU0dQLNzXWljAunpVY8xZuo5R8geE
2ynn+WKh0lRXYj2OxizrLTtLG7CXTdCzA9hxoGZuyXgtOrsh/37AS+/4Uuv9y8Cz
z7f7GhrXCLqbpdJuzozZ9WmkZEnmLOzN";
    const SECP256K1: &str = "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEcKWnNkDA7RY/JtIpcP0v4w3ZOCAPXDuK
OHiLCDUNenGAAWn2+HJt8Kym4RGoiG8ETLOaYymwSEmHU2qPAbk4lw==";
    const P256_COMPRESSED: &str = "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgACg7ExeCsXyYHUltM/NmOAGs+lJjOr
8zlGFP3srSkm+PI=";
    const X25519: &str = "MCowBQYDK2VuAyEAuaRLtj9dFiTvdGRKw6/bB3H7Qv1rTZ8ZLmfJqWaWcXQ=";
    const ED448: &str = "MEMwBQYDK2VxAzoAm/CZzeYYUJhzC02NDIJVtv4TkkTZwoFzfhWXSp6TABRbFVvy
9zTMwqWn5pB63+sPxW4aqC3z5QsA";

    fn pem(label: &str, base64: &str) -> String {
        format!("-----BEGIN {label}-----\n{base64}\n-----END {label}-----\n")
    }

    fn read(text: &str) -> Result<VerificationKeys, KeySetError> {
        VerificationKeys::from_pem(text.as_bytes())
    }

    fn algorithms(text: &str) -> Vec<&'static str> {
        read(text).unwrap().iter().map(|key| key.algorithm().name()).collect()
    }

    #[rstest]
    #[case("PUBLIC KEY", ED25519, "EdDSA")]
    #[case("PUBLIC KEY", P256, "ES256")]
    #[case("PUBLIC KEY", RSA, "RS256")]
    #[case("RSA PUBLIC KEY", RSA_ALONE, "RS256")]
    fn algorithm_follows_from_the_key(
        #[case] label: &str,
        #[case] base64: &str,
        #[case] algorithm: &str,
    ) {
        let text = pem(label, base64);
        for text in [text.clone(), text.replace('\n', "\r\n"), text.trim().to_owned()] {
            assert_eq!(algorithms(&text), [algorithm]);
        }
    }

    #[test]
    fn keys_are_read_in_order_and_text_between_them_is_ignored() {
        let text = ["the new one", &pem("PUBLIC KEY", P256), "the old one"].join("\n");
        let text = text + "\n" + &pem("PUBLIC KEY", ED25519) + "\n\n" + &pem("PUBLIC KEY", RSA);
        assert_eq!(algorithms(&text), ["ES256", "EdDSA", "RS256"]);
    }

    #[test]
    fn rsa_key_has_the_same_kid_in_both_encodings() {
        let both = pem("PUBLIC KEY", RSA) + &pem("RSA PUBLIC KEY", RSA_ALONE);
        let set = read(&both).unwrap();
        let kids: Vec<&str> = set.kids().collect();
        assert_eq!(kids[0], kids[1]);
    }

    #[rstest]
    #[case::private("PRIVATE KEY", "AAAA", KeyError::Private)]
    #[case::private_rsa("RSA PRIVATE KEY", "AAAA", KeyError::Private)]
    #[case::private_ec("EC PRIVATE KEY", "AAAA", KeyError::Private)]
    #[case::encrypted("ENCRYPTED PRIVATE KEY", "AAAA", KeyError::Private)]
    #[case::certificate("CERTIFICATE", ED25519, KeyError::Certificate)]
    #[case::request("CERTIFICATE REQUEST", ED25519, KeyError::Label)]
    #[case::lower_case("public key", ED25519, KeyError::Label)]
    #[case::p384("PUBLIC KEY", P384, KeyError::Type)]
    #[case::secp256k1("PUBLIC KEY", SECP256K1, KeyError::Type)]
    #[case::rsa_pss("PUBLIC KEY", RSA_PSS, KeyError::Type)]
    #[case::x25519("PUBLIC KEY", X25519, KeyError::Type)]
    #[case::ed448("PUBLIC KEY", ED448, KeyError::Type)]
    #[case::compressed("PUBLIC KEY", P256_COMPRESSED, KeyError::Encoding)]
    #[case::short_rsa("PUBLIC KEY", RSA_1024, KeyError::RsaLength(1024))]
    #[case::rsa_under_the_other_label("PUBLIC KEY", RSA_ALONE, KeyError::Encoding)]
    #[case::ed25519_as_rsa("RSA PUBLIC KEY", ED25519, KeyError::Encoding)]
    #[case::no_der("PUBLIC KEY", "AAAA", KeyError::Encoding)]
    #[case::nothing("PUBLIC KEY", "", KeyError::Encoding)]
    fn unsupported_block_is_rejected_with_its_number(
        #[case] label: &str,
        #[case] base64: &str,
        #[case] source: KeyError,
    ) {
        let text = pem("PUBLIC KEY", P256) + &pem(label, base64);
        assert_eq!(read(&text).unwrap_err(), KeySetError::Key { number: 2, source });
    }

    #[test]
    fn point_off_the_curve_is_rejected() {
        let off_curve = P256.replace("+Rrg==", "+Rrw==");
        let source = KeyError::Inconsistent;
        let error = read(&pem("PUBLIC KEY", &off_curve)).unwrap_err();
        assert_eq!(error, KeySetError::Key { number: 1, source });
    }

    #[rstest]
    #[case::cut_off("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2Vw")]
    #[case::half_a_label("-----BEGIN PUBL")]
    #[case::labels_differ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PRIVATE KEY-----")]
    #[case::not_base64("-----BEGIN PUBLIC KEY-----\nc2VjcmV0*\n-----END PUBLIC KEY-----")]
    fn damaged_block_is_rejected_also_after_an_intact_one(#[case] damaged: &str) {
        assert_eq!(read(damaged).unwrap_err(), KeySetError::Pem);
        let after = pem("PUBLIC KEY", ED25519) + damaged;
        assert_eq!(read(&after).unwrap_err(), KeySetError::Pem);
    }

    #[test]
    fn text_without_a_key_or_with_too_many_is_rejected() {
        for text in ["", "MCowBQYDK2VwAyEA", "{\"keys\": []}"] {
            assert_eq!(read(text).unwrap_err(), KeySetError::Empty);
        }
        assert!(read(&pem("PUBLIC KEY", ED25519).repeat(32)).is_ok());
        assert_eq!(read(&pem("PUBLIC KEY", ED25519).repeat(33)).unwrap_err(), KeySetError::TooMany);
    }
}
