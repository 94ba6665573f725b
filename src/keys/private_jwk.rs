//! Private JWKs.

use countersign_auth::jwk::{Jwk, Octets};
use countersign_auth::{KeyAlgorithm, KeyError};

/// Checks that the `kid` is the thumbprint, and that the key may sign and verify with `algorithm`.
///
/// # Errors
///
/// [`KeyError::Kid`] and [`KeyError::Contradiction`].
pub(super) fn check(jwk: &Jwk, algorithm: KeyAlgorithm) -> Result<(), KeyError> {
    let thumbprint = jwk.thumbprint(algorithm);
    if jwk.kid.as_ref().is_some_and(|kid| *kid != thumbprint) {
        return Err(KeyError::Kid(thumbprint));
    }
    jwk.check_use(algorithm, |ops| {
        ops.iter().any(|op| op == "sign") && ops.iter().all(|op| op == "sign" || op == "verify")
    })
}

/// The JWK in its one form: labelled, and with the members of its type alone. A member of another
/// type must neither be published nor be derived from.
pub(super) fn normalized(jwk: Jwk, algorithm: KeyAlgorithm) -> Jwk {
    let labels = Jwk {
        kid: Some(jwk.thumbprint(algorithm)),
        usage: Some("sig".to_owned()),
        alg: Some(algorithm.name().to_owned()),
        kty: jwk.kty,
        crv: jwk.crv,
        ..Jwk::default()
    };
    match algorithm {
        KeyAlgorithm::Hs256 => Jwk { k: jwk.k, ..labels },
        KeyAlgorithm::EdDsa => Jwk { x: jwk.x, d: jwk.d, ..labels },
        KeyAlgorithm::Es256 => Jwk { x: jwk.x, y: jwk.y, d: jwk.d, ..labels },
        KeyAlgorithm::Rs256 => Jwk {
            n: jwk.n,
            e: jwk.e,
            d: jwk.d,
            p: jwk.p,
            q: jwk.q,
            dp: jwk.dp,
            dq: jwk.dq,
            qi: jwk.qi,
            ..labels
        },
    }
}

/// The secret, or the member `d` of a key pair.
pub(super) fn private_bytes(jwk: &Jwk) -> &[u8] {
    jwk.k.as_ref().or(jwk.d.as_ref()).map_or(&[], Octets::as_slice)
}
