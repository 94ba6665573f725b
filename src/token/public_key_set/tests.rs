//! Which public keys are taken, and which are not.

use std::slice;

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::token::algorithm::KeyAlgorithm;
use crate::token::key::Key;
use crate::token::verifier::{TokenError, TokenVerifier};

const GOOD: &str = r#"{"user_id":1,"exp":1800000001}"#;

fn private(algorithm: KeyAlgorithm) -> (Key, Value) {
    let key = Key::generate(algorithm).unwrap();
    let mut jwk = serde_json::to_value(key.private()).unwrap();
    jwk.as_object_mut().unwrap().retain(|name, _| !matches!(&**name, "kid" | "use" | "alg"));
    (key, jwk)
}

/// A key, and the public half without what it says of itself.
fn pair(algorithm: KeyAlgorithm) -> (Key, Value) {
    let (key, mut jwk) = private(algorithm);
    let members = ["kty", "crv", "x", "y", "n", "e"];
    jwk.as_object_mut().unwrap().retain(|name, _| members.contains(&&**name));
    (key, jwk)
}

fn with(mut jwk: Value, member: &str, value: impl Into<Value>) -> Value {
    jwk[member] = value.into();
    jwk
}

fn read(keys: &[Value]) -> Result<PublicKeySet, KeySetError> {
    PublicKeySet::from_json(json!({ "keys": keys }).to_string().as_bytes())
}

fn verify(keys: PublicKeySet, token: &str) -> Result<i64, TokenError> {
    TokenVerifier::public(keys).verify(token, 1_800_000_000).map(|claims| claims.user_id.0)
}

/// A key that cannot be used is passed over beside a good one, and refused alone.
fn is_passed_over(jwk: &Value, why: &KeyError) {
    assert_eq!(read(slice::from_ref(jwk)).unwrap_err(), KeySetError::NoneUsable(why.clone()));
    let (key, good) = pair(KeyAlgorithm::EdDsa);
    let set = read(&[jwk.clone(), good, jwk.clone()]).unwrap();
    assert!(set.ids().eq([key.id()]), "{jwk}");
}

#[rstest]
#[case(KeyAlgorithm::EdDsa)]
#[case(KeyAlgorithm::Es256)]
#[case(KeyAlgorithm::Rs256)]
fn a_public_key_verifies_what_its_private_half_signs(#[case] algorithm: KeyAlgorithm) {
    let (key, jwk) = pair(algorithm);
    let token = key.sign_text(&format!(r#"{{"alg":"{algorithm}"}}"#), GOOD);
    let labelled = with(with(jwk.clone(), "use", "sig"), "alg", algorithm.name());
    let labelled = with(with(labelled, "key_ops", json!(["verify"])), "x5t", "anything");
    for jwk in [jwk, labelled] {
        assert_eq!(verify(read(&[jwk]).unwrap(), &token), Ok(1));
    }
    let stranger = read(&[pair(algorithm).1]).unwrap();
    assert_eq!(verify(stranger, &token), Err(TokenError::Signature));
}

#[test]
fn a_key_is_called_as_its_set_says_or_else_by_its_thumbprint() {
    let ((one, jwk), (other, theirs)) = (pair(KeyAlgorithm::EdDsa), pair(KeyAlgorithm::EdDsa));
    let set = read(&[jwk, with(theirs, "kid", "2026-11")]).unwrap();
    assert!(set.ids().eq([one.id(), "2026-11"]));
    let by = |key: &Key, kid: &str| {
        let header = format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#);
        verify(set.clone(), &key.sign_text(&header, GOOD))
    };
    assert_eq!(by(&one, one.id()), Ok(1));
    assert_eq!(by(&other, "2026-11"), Ok(1));
    assert_eq!(by(&one, "2026-11"), Err(TokenError::Signature));
    // Its thumbprint is not what its set calls it.
    assert_eq!(by(&other, other.id()), Ok(1));
    assert_eq!(by(&other, one.id()), Err(TokenError::Signature));
}

#[test]
fn a_secret_in_a_public_set_is_never_a_key() {
    let (secret, jwk) = private(KeyAlgorithm::Hs256);
    is_passed_over(&jwk, &KeyError::Symmetric);
    is_passed_over(&with(jwk.clone(), "alg", "HS256"), &KeyError::Symmetric);
    let set = read(&[jwk, pair(KeyAlgorithm::EdDsa).1]).unwrap();
    let token = secret.sign_text(r#"{"alg":"HS256"}"#, GOOD);
    assert_eq!(verify(set, &token), Err(TokenError::Algorithm));
}

#[rstest]
#[case(KeyAlgorithm::EdDsa)]
#[case(KeyAlgorithm::Es256)]
#[case(KeyAlgorithm::Rs256)]
fn a_private_key_in_a_public_set_is_passed_over(#[case] algorithm: KeyAlgorithm) {
    is_passed_over(&private(algorithm).1, &KeyError::Private);
    is_passed_over(&with(pair(algorithm).1, "k", "AAAA"), &KeyError::Private);
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
fn a_key_for_something_else_is_passed_over(#[case] member: &'static str, #[case] value: Value) {
    for algorithm in [KeyAlgorithm::EdDsa, KeyAlgorithm::Es256, KeyAlgorithm::Rs256] {
        let jwk = with(pair(algorithm).1, member, value.clone());
        is_passed_over(&jwk, &KeyError::Contradiction { member, algorithm });
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
fn a_key_that_is_not_understood_is_passed_over(#[case] jwk: Value, #[case] why: KeyError) {
    is_passed_over(&jwk, &why);
}

#[test]
fn public_members_that_are_no_key_are_passed_over() {
    let p256 = pair(KeyAlgorithm::Es256).1;
    let astray = with(p256.clone(), "y", p256["x"].clone());
    is_passed_over(&astray, &KeyError::Inconsistent);
    // Any text has a signature of exponent 1: itself.
    let rsa = with(pair(KeyAlgorithm::Rs256).1, "e", "AQ");
    is_passed_over(&rsa, &KeyError::Inconsistent);
}

#[test]
fn a_set_has_at_least_one_key_and_no_more_than_can_be_tried() {
    assert_eq!(read(&[]).unwrap_err(), KeySetError::Empty);
    let jwk = pair(KeyAlgorithm::EdDsa).1;
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
fn what_is_no_set_is_refused_and_not_quoted(#[case] text: &str) {
    let error = PublicKeySet::from_json(text.as_bytes()).unwrap_err();
    let is_no_set = matches!(error, KeySetError::Syntax { .. } | KeySetError::Form { .. });
    assert!(is_no_set, "{error:?}");
    for shown in [error.to_string(), format!("{error:?}")] {
        assert!(!shown.contains("c2VjcmV0"), "{shown}");
    }
}

#[test]
fn what_is_published_is_read_again() {
    let (rsa, one) = pair(KeyAlgorithm::Rs256);
    let set = read(&[one, with(pair(KeyAlgorithm::Es256).1, "kid", "2026-11")]).unwrap();
    let json = serde_json::to_string(&set).unwrap();
    let again = PublicKeySet::from_json(json.as_bytes()).unwrap();
    assert!(again.ids().eq([rsa.id(), "2026-11"]));
    assert_eq!(serde_json::to_string(&again).unwrap(), json);
}
