//! Parts of DER (X.690), shared by the parsers of public keys here and of private keys in
//! countersign.

use simple_asn1::ASN1Block;

use super::jwk::Octets;

/// The elements of a `SEQUENCE` with nothing after it.
#[must_use]
pub fn sequence(der: &[u8]) -> Option<Vec<ASN1Block>> {
    let mut blocks = simple_asn1::from_der(der).ok()?;
    match (blocks.pop()?, blocks.is_empty()) {
        (ASN1Block::Sequence(_, parts), true) => Some(parts),
        _ => None,
    }
}

/// A non-negative `INTEGER`.
#[must_use]
pub fn number(block: &ASN1Block) -> Option<Octets> {
    match block {
        ASN1Block::Integer(_, number) => Some(Octets::new(number.to_biguint()?.to_bytes_be())),
        _ => None,
    }
}
