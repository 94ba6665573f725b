//! The published keys.

use countersign_auth::KeyAlgorithm;
use countersign_auth::jwk::{Jwk, Octets};
use serde::Serialize;

/// The public keys of a key set as a JWK Set (RFC 7517 section 5). A symmetric key is never among
/// them.
#[derive(Clone, Debug, Serialize)]
pub struct PublicJwkSet {
    keys: Vec<PublicJwk>,
}

/// A public JWK. It has no member for a private value.
#[derive(Clone, Debug, Serialize)]
struct PublicJwk {
    kty: String,
    kid: String,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<String>,
}

impl PublicJwkSet {
    /// The public members of these private keys, without the symmetric ones.
    pub(super) fn new<'a>(keys: impl Iterator<Item = (&'a Jwk, KeyAlgorithm)>) -> Self {
        let keys = keys.filter(|(_, algorithm)| *algorithm != KeyAlgorithm::Hs256);
        Self { keys: keys.map(|(jwk, algorithm)| PublicJwk::new(jwk, algorithm)).collect() }
    }
}

impl PublicJwk {
    fn new(jwk: &Jwk, algorithm: KeyAlgorithm) -> Self {
        let encoded = |member: &Option<Octets>| member.as_ref().map(|it| it.encoded().to_string());
        Self {
            kty: jwk.kty.clone(),
            kid: jwk.thumbprint(algorithm),
            usage: "sig",
            alg: algorithm.name(),
            crv: jwk.crv.clone(),
            x: encoded(&jwk.x),
            y: encoded(&jwk.y),
            n: encoded(&jwk.n),
            e: encoded(&jwk.e),
        }
    }
}
