//! Which public keys are usable.

use std::slice;

use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::algorithm::KeyAlgorithm;
use crate::key_error::KeyError;
use crate::test_key::TestKey;
use crate::timestamp::Timestamp;
use crate::verifier::{TokenError, TokenVerifier};

const CLAIMS: &str = r#"{"user_id":1,"exp":1800000001}"#;

fn jwk(algorithm: KeyAlgorithm) -> Value {
    TestKey::generate(algorithm).jwk
}

fn with(mut jwk: Value, member: &str, value: impl Into<Value>) -> Value {
    jwk[member] = value.into();
    jwk
}

fn read(keys: &[Value]) -> Result<VerificationKeys, KeySetError> {
    VerificationKeys::from_jwk_set(json!({ "keys": keys }).to_string().as_bytes())
}

fn verify(keys: VerificationKeys, token: &str) -> Result<i64, TokenError> {
    let now = Timestamp::from_seconds(1_800_000_000);
    TokenVerifier::new(keys).verify(token, now).map(|claims| claims.user_id.0)
}

/// An unusable key is ignored beside a usable one, and an error alone.
fn is_ignored(jwk: &Value, error: &KeyError) {
    assert_eq!(read(slice::from_ref(jwk)).unwrap_err(), KeySetError::NoneUsable(error.clone()));
    let usable = TestKey::generate(KeyAlgorithm::EdDsa);
    let set = read(&[jwk.clone(), usable.jwk, jwk.clone()]).unwrap();
    assert!(set.kids().eq([usable.kid]), "{jwk}");
}

#[rstest]
#[case(KeyAlgorithm::EdDsa)]
#[case(KeyAlgorithm::Es256)]
#[case(KeyAlgorithm::Rs256)]
fn public_key_verifies_signatures_of_its_private_key(#[case] algorithm: KeyAlgorithm) {
    let key = TestKey::generate(algorithm);
    let token = key.sign(format!(r#"{{"alg":"{algorithm}"}}"#), CLAIMS);
    let labelled = with(with(key.jwk.clone(), "use", "sig"), "alg", algorithm.name());
    let labelled = with(with(labelled, "key_ops", json!(["verify"])), "x5t", "anything");
    for jwk in [key.jwk, labelled] {
        assert_eq!(verify(read(&[jwk]).unwrap(), &token), Ok(1));
    }
    let other = read(&[jwk(algorithm)]).unwrap();
    assert_eq!(verify(other, &token), Err(TokenError::Signature));
}

#[test]
fn kid_is_that_of_the_set_or_else_the_thumbprint() {
    let (one, other) =
        (TestKey::generate(KeyAlgorithm::EdDsa), TestKey::generate(KeyAlgorithm::EdDsa));
    let set = read(&[one.jwk.clone(), with(other.jwk.clone(), "kid", "2026-11")]).unwrap();
    assert!(set.kids().eq([&*one.kid, "2026-11"]));
    let by = |key: &TestKey, kid: &str| {
        verify(set.clone(), &key.sign(format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#), CLAIMS))
    };
    assert_eq!(by(&one, &one.kid), Ok(1));
    assert_eq!(by(&other, "2026-11"), Ok(1));
    assert_eq!(by(&one, "2026-11"), Err(TokenError::Signature));
    // The thumbprint of a key with another kid is an unknown kid.
    assert_eq!(by(&other, &other.kid), Ok(1));
    assert_eq!(by(&other, &one.kid), Err(TokenError::Signature));
}

#[test]
fn secret_in_a_public_set_is_ignored() {
    let secret = TestKey::generate(KeyAlgorithm::Hs256);
    is_ignored(&secret.jwk, &KeyError::Symmetric);
    is_ignored(&with(secret.jwk.clone(), "alg", "HS256"), &KeyError::Symmetric);
    let set = read(&[secret.jwk.clone(), jwk(KeyAlgorithm::EdDsa)]).unwrap();
    let token = secret.sign(r#"{"alg":"HS256"}"#, CLAIMS);
    assert_eq!(verify(set, &token), Err(TokenError::Algorithm));
}

#[rstest]
#[case(KeyAlgorithm::EdDsa)]
#[case(KeyAlgorithm::Es256)]
#[case(KeyAlgorithm::Rs256)]
fn private_key_in_a_public_set_is_ignored(#[case] algorithm: KeyAlgorithm) {
    for member in ["d", "k"] {
        is_ignored(&with(jwk(algorithm), member, "AAAA"), &KeyError::Private);
    }
}

#[rstest]
#[case("use", json!("enc"))]
#[case("use", json!(""))]
#[case("alg", json!("RSA-OAEP"))]
#[case("alg", json!("PS256"))]
#[case("alg", json!("HS256"))]
#[case("alg", json!("none"))]
#[case("key_ops", json!([]))]
#[case("key_ops", json!(["sign"]))]
#[case("key_ops", json!(["encrypt", "wrapKey"]))]
fn key_of_another_purpose_is_ignored(#[case] member: &'static str, #[case] value: Value) {
    for algorithm in [KeyAlgorithm::EdDsa, KeyAlgorithm::Es256, KeyAlgorithm::Rs256] {
        let jwk = with(jwk(algorithm), member, value.clone());
        is_ignored(&jwk, &KeyError::Contradiction { member, algorithm });
    }
}

#[rstest]
#[case::post_quantum(json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA"}), KeyError::Type)]
#[case::p384(json!({"kty": "EC", "crv": "P-384", "x": "AAAA", "y": "AAAA"}), KeyError::Type)]
#[case::no_type(json!({"crv": "Ed25519", "x": "AAAA"}), KeyError::Type)]
#[case::no_x(json!({"kty": "OKP", "crv": "Ed25519"}), KeyError::Missing("x"))]
#[case::short(json!({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}), KeyError::Malformed("x"))]
#[case::short_rsa(json!({"kty": "RSA", "n": "_w", "e": "AQAB"}), KeyError::RsaLength(8))]
#[case::no_object(json!("c2VjcmV0"), KeyError::Form)]
#[case::array(json!(["OKP", "c2VjcmV0"]), KeyError::Form)]
#[case::null(json!({"kty": "OKP", "crv": "Ed25519", "x": null}), KeyError::Form)]
#[case::not_base64(json!({"kty": "OKP", "crv": "Ed25519", "x": "c2VjcmV0="}), KeyError::Form)]
fn unsupported_or_malformed_key_is_ignored(#[case] jwk: Value, #[case] error: KeyError) {
    is_ignored(&jwk, &error);
}

#[test]
fn inconsistent_public_members_are_ignored() {
    let p256 = jwk(KeyAlgorithm::Es256);
    let off_curve = with(p256.clone(), "y", p256["x"].clone());
    is_ignored(&off_curve, &KeyError::Inconsistent);
    // With the exponent 1 every text is its own signature.
    let rsa = with(jwk(KeyAlgorithm::Rs256), "e", "AQ");
    is_ignored(&rsa, &KeyError::Inconsistent);
}

#[test]
fn empty_set_and_one_over_the_maximum_are_rejected() {
    assert_eq!(read(&[]).unwrap_err(), KeySetError::Empty);
    let jwk = jwk(KeyAlgorithm::EdDsa);
    assert!(read(&vec![jwk.clone(); 32]).is_ok());
    assert_eq!(read(&vec![jwk; 33]).unwrap_err(), KeySetError::TooMany);
}

#[rstest]
#[case::html("<html>c2VjcmV0")]
#[case::half("{\"keys\":[{\"kty\":\"c2VjcmV0")]
#[case::rest("{\"keys\":[]} c2VjcmV0")]
#[case::array("[[{\"kty\":\"c2VjcmV0\"}]]")]
#[case::text("{\"keys\":\"c2VjcmV0\"}")]
#[case::nothing("{}")]
fn malformed_set_is_rejected_and_not_quoted(#[case] text: &str) {
    let error = VerificationKeys::from_jwk_set(text.as_bytes()).unwrap_err();
    let is_malformed = matches!(error, KeySetError::Syntax { .. } | KeySetError::Form { .. });
    assert!(is_malformed, "{error:?}");
    for shown in [error.to_string(), format!("{error:?}")] {
        assert!(!shown.contains("c2VjcmV0"), "{shown}");
    }
}

#[test]
fn set_with_invalid_utf8_in_an_unknown_member_is_rejected() {
    let set = json!({ "keys": [jwk(KeyAlgorithm::EdDsa)], "x": "?" }).to_string();
    assert!(VerificationKeys::from_jwk_set(set.as_bytes()).is_ok());
    let mut set = set.into_bytes();
    *set.iter_mut().find(|byte| **byte == b'?').unwrap() = 0xff;
    assert_eq!(VerificationKeys::from_jwk_set(&set).unwrap_err(), KeySetError::Encoding);
}
