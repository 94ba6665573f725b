//! Parts of DER (X.690).

use simple_asn1::ASN1Block;

use super::octets::Octets;

/// What is in a `SEQUENCE`, with nothing behind it.
pub(super) fn sequence(der: &[u8]) -> Option<Vec<ASN1Block>> {
    let mut blocks = simple_asn1::from_der(der).ok()?;
    match (blocks.pop()?, blocks.is_empty()) {
        (ASN1Block::Sequence(_, parts), true) => Some(parts),
        _ => None,
    }
}

/// An `INTEGER` that is not negative.
pub(super) fn number(block: &ASN1Block) -> Option<Octets> {
    match block {
        ASN1Block::Integer(_, number) => Some(Octets::new(number.to_biguint()?.to_bytes_be())),
        _ => None,
    }
}
