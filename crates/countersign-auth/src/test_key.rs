//! Keys that sign, for tests.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{EncodingKey, crypto};
use serde_json::Value;
use simple_asn1::ASN1Block;

use super::algorithm::KeyAlgorithm;
use super::der::sequence;
use super::jwk::Jwk;
use super::secret::Secret;
use super::verification_key::VerificationKey;
use super::verification_keys::VerificationKeys;

/// A new key, its JWK without purpose or `kid`, and its thumbprint.
pub(crate) struct TestKey {
    pub(crate) algorithm: KeyAlgorithm,
    pub(crate) jwk: Value,
    pub(crate) kid: String,
    key: EncodingKey,
}

impl TestKey {
    pub(crate) fn generate(algorithm: KeyAlgorithm) -> Self {
        let key = match algorithm {
            KeyAlgorithm::EdDsa => {
                let pkcs8 = Ed25519KeyPair::generate().unwrap().to_pkcs8v1().unwrap();
                EncodingKey::from_ed_der(pkcs8.as_ref())
            }
            KeyAlgorithm::Es256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
                EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref())
            }
            KeyAlgorithm::Rs256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
                let pkcs8: Pkcs8V1Der<'_> = pair.as_der().unwrap();
                let outer = sequence(pkcs8.as_ref()).unwrap();
                let ASN1Block::OctetString(_, pkcs1) = &outer[2] else { panic!("no PKCS #8") };
                EncodingKey::from_rsa_der(pkcs1)
            }
            KeyAlgorithm::Hs256 => return Self::from_secret(&Secret::random().unwrap()),
        };
        let jwk = jsonwebtoken::jwk::Jwk::from_encoding_key(&key, algorithm.jose()).unwrap();
        Self::new(algorithm, serde_json::to_value(jwk).unwrap(), key)
    }

    pub(crate) fn from_secret(secret: &Secret) -> Self {
        let jwk = serde_json::to_value(Jwk::from_secret(secret)).unwrap();
        Self::new(KeyAlgorithm::Hs256, jwk, EncodingKey::from_secret(secret.expose()))
    }

    fn new(algorithm: KeyAlgorithm, mut jwk: Value, key: EncodingKey) -> Self {
        let members = ["kty", "crv", "x", "y", "n", "e", "k"];
        jwk.as_object_mut().unwrap().retain(|name, _| members.contains(&&**name));
        let kid = serde_json::from_value::<Jwk>(jwk.clone()).unwrap().thumbprint(algorithm);
        Self { algorithm, jwk, kid, key }
    }

    /// A token of exactly this header and payload, with a signature of the key.
    pub(crate) fn sign(&self, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
        let message =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = crypto::sign(message.as_bytes(), &self.key, self.algorithm.jose()).unwrap();
        format!("{message}.{signature}")
    }

    pub(crate) fn verification_key(&self) -> VerificationKey {
        let jwk = serde_json::from_value(self.jwk.clone()).unwrap();
        VerificationKey::new(self.kid.clone(), &jwk, self.algorithm).unwrap()
    }
}

pub(crate) fn verification_keys(keys: &[TestKey]) -> VerificationKeys {
    keys.iter().map(TestKey::verification_key).collect()
}
