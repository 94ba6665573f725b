//! The private JWK of a key pair.

use aws_lc_rs::encoding::{AsBigEndian, AsDer, Curve25519SeedBin, EcPrivateKeyBin, Pkcs8V1Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair};
use countersign_auth::der::{number, sequence};
use countersign_auth::jwk::{Jwk, Octets};
use simple_asn1::ASN1Block;

pub(super) fn ed25519(pair: &Ed25519KeyPair) -> Result<Jwk, Unspecified> {
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

pub(super) fn p256(pair: &EcdsaKeyPair) -> Result<Jwk, Unspecified> {
    let d: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes()?;
    // An uncompressed point (SEC 1 section 2.3.3): 4, x and y.
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

/// The members of an RSA key, which the library exports as PKCS #8 alone.
pub(super) fn rsa(pair: &RsaKeyPair) -> Result<Jwk, Unspecified> {
    let der: Pkcs8V1Der<'_> = pair.as_der()?;
    // RFC 5208 section 5: version, algorithm, and the key in an `OCTET STRING`.
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
