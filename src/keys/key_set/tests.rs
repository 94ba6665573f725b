//! Which private JWK Sets are accepted.

use countersign_auth::{KeyAlgorithm, KeyError};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;

/// RFC 8037 appendix A.1, RFC 7515 appendices A.3 and A.1.
fn ed25519() -> Value {
    json!({"kty": "OKP", "crv": "Ed25519",
               "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
               "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
}

fn p256() -> Value {
    json!({"kty": "EC", "crv": "P-256",
               "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
               "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
               "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"})
}

fn secret() -> Value {
    json!({"kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3\
                                   Yj0iPS4hcgUuTwjAzZr1Z9CAow"})
}

fn rsa() -> Value {
    serde_json::to_value(SigningKey::generate(KeyAlgorithm::Rs256).unwrap().jwk()).unwrap()
}

fn read(keys: &[Value]) -> Result<KeySet, KeySetError> {
    KeySet::from_json(json!({ "keys": keys }).to_string().as_bytes())
}

/// The error of the key of a set of one.
fn key_error(key: Value) -> KeyError {
    match read(&[key]) {
        Err(KeySetError::Key { number: 1, source }) => source,
        other => panic!("{other:?}"),
    }
}

fn with(mut key: Value, member: &str, value: impl Into<Value>) -> Value {
    key[member] = value.into();
    key
}

fn without(mut key: Value, member: &str) -> Value {
    key.as_object_mut().unwrap().remove(member).unwrap();
    key
}

#[test]
fn kid_is_the_thumbprint() {
    let keys = read(&[ed25519(), p256(), secret()]).unwrap();
    // RFC 8037 appendix A.3.
    assert_eq!(keys.signing_key().kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    // As jsonwebtoken computes it.
    for (key, json) in keys.iter().zip([ed25519(), p256(), secret()]) {
        let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(json).unwrap();
        let thumbprint = jwk.thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256).unwrap();
        assert_eq!(key.kid(), thumbprint);
    }
}

#[test]
fn written_key_set_is_read_unchanged() {
    let keys = read(&[p256(), rsa(), secret(), ed25519()]).unwrap();
    let text = keys.to_json().unwrap();
    let again = KeySet::from_json(text.as_bytes()).unwrap();
    assert_eq!(*text, *again.to_json().unwrap());
    let kids = |keys: &KeySet| keys.iter().map(|it| it.kid().to_owned()).collect::<Vec<_>>();
    assert_eq!(kids(&keys), kids(&again));
    assert_eq!(keys.signing_key().algorithm(), KeyAlgorithm::Es256);
}

#[test]
fn public_set_has_the_public_members_of_key_pairs_alone() {
    let public = |keys: &[Value]| serde_json::to_value(read(keys).unwrap().public()).unwrap();
    assert_eq!(public(&[secret()]), json!({ "keys": [] }));
    let rsa = rsa();
    let shown = public(&[secret(), ed25519(), p256(), rsa.clone()]);
    let kid = |json: Value| read(&[json]).unwrap().signing_key().kid().to_owned();
    let labelled = |key: Value, alg: &str| {
        let key = with(with(key.clone(), "kid", kid(key)), "use", "sig");
        without(with(key, "alg", alg), "d")
    };
    let mut rsa = labelled(rsa, "RS256");
    for member in ["p", "q", "dp", "dq", "qi"] {
        rsa = without(rsa, member);
    }
    let pairs = [labelled(ed25519(), "EdDSA"), labelled(p256(), "ES256"), rsa];
    assert_eq!(shown, json!({ "keys": pairs }));
}

#[test]
fn members_of_another_key_type_are_ignored() {
    for (key, others) in [
        (ed25519(), &["k", "y", "n", "e", "p"][..]),
        (p256(), &["k", "n", "e", "p", "qi"]),
        (rsa(), &["k", "x", "y"]),
        (secret(), &["x", "y", "n", "e", "d"]),
    ] {
        let stuffed = others.iter().fold(key.clone(), |key, name| with(key, name, "c2VjcmV0"));
        let (plain, stuffed) = (read(&[key]).unwrap(), read(&[stuffed]).unwrap());
        assert_eq!(*plain.to_json().unwrap(), *stuffed.to_json().unwrap());
        let public = |set: &KeySet| serde_json::to_string(&set.public()).unwrap();
        assert_eq!(public(&plain), public(&stuffed));
        let mac = |set: &KeySet| {
            let key = set.signing_key().derive(b"label").unwrap();
            aws_lc_rs::hmac::sign(&key, b"text").as_ref().to_vec()
        };
        assert_eq!(mac(&plain), mac(&stuffed));
    }
}

#[test]
fn kid_use_alg_and_key_ops_must_match_the_key() {
    let named = with(ed25519(), "kid", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    let named = with(with(named, "use", "sig"), "alg", "EdDSA");
    for ops in [json!(["sign"]), json!(["verify", "sign"])] {
        assert!(read(&[with(named.clone(), "key_ops", ops)]).is_ok());
    }
    assert!(read(&[with(named, "anything", json!({ "else": 1 }))]).is_ok());
    let thumbprint = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k".to_owned();
    assert_eq!(key_error(with(ed25519(), "kid", "2026-11")), KeyError::Kid(thumbprint));
}

#[rstest]
#[case::encryption("use", json!("enc"))]
#[case::empty_use("use", json!(""))]
#[case::other_algorithm("alg", json!("RS256"))]
#[case::secret_of_a_pair("alg", json!("HS256"))]
#[case::none("alg", json!("none"))]
#[case::verify_alone("key_ops", json!(["verify"]))]
#[case::no_operation("key_ops", json!([]))]
#[case::another_operation("key_ops", json!(["sign", "decrypt"]))]
fn key_of_another_purpose_is_rejected(#[case] member: &'static str, #[case] value: Value) {
    for (key, algorithm) in [(ed25519(), KeyAlgorithm::EdDsa), (p256(), KeyAlgorithm::Es256)] {
        let error = key_error(with(key, member, value.clone()));
        assert_eq!(error, KeyError::Contradiction { member, algorithm });
    }
}

#[rstest]
#[case::unknown_type(with(ed25519(), "kty", "AKP"))]
#[case::no_type(without(ed25519(), "kty"))]
#[case::other_curve(with(p256(), "crv", "P-384"))]
#[case::no_curve(without(p256(), "crv"))]
#[case::curve_of_another_type(with(ed25519(), "crv", "P-256"))]
#[case::ed448(with(ed25519(), "crv", "Ed448"))]
#[case::x25519(with(ed25519(), "crv", "X25519"))]
fn key_of_unsupported_type_is_rejected(#[case] key: Value) {
    assert_eq!(key_error(key), KeyError::Type);
}

#[test]
fn key_without_private_members_is_rejected_at_any_position() {
    for key in [ed25519(), p256(), rsa()] {
        assert_eq!(key_error(without(key.clone(), "d")), KeyError::Missing("d"));
        let later = read(&[secret(), without(key, "d")]);
        let source = KeyError::Missing("d");
        assert_eq!(later.unwrap_err(), KeySetError::Key { number: 2, source });
    }
    assert_eq!(key_error(without(secret(), "k")), KeyError::Missing("k"));
    for member in ["n", "e", "p", "q", "dp", "dq", "qi"] {
        assert_eq!(key_error(without(rsa(), member)), KeyError::Missing(member));
    }
}

#[test]
fn members_of_different_keys_are_rejected() {
    let other = serde_json::to_value(SigningKey::generate(KeyAlgorithm::EdDsa).unwrap().jwk());
    let mixed = with(ed25519(), "x", other.unwrap()["x"].clone());
    assert_eq!(key_error(mixed), KeyError::Inconsistent);
    let other = serde_json::to_value(SigningKey::generate(KeyAlgorithm::Es256).unwrap().jwk());
    assert_eq!(key_error(with(p256(), "d", other.unwrap()["d"].clone())), KeyError::Inconsistent);
    let (one, other) = (rsa(), rsa());
    for member in ["n", "d", "p", "q", "dp", "dq", "qi"] {
        let mixed = with(one.clone(), member, other[member].clone());
        assert_eq!(key_error(mixed), KeyError::Inconsistent, "{member}");
    }
    // Not on the curve.
    let off_curve = with(p256(), "y", p256()["x"].clone());
    assert_eq!(key_error(off_curve), KeyError::Inconsistent);
}

#[test]
fn members_of_wrong_length_are_rejected() {
    for member in ["x", "d"] {
        for key in [ed25519(), p256()] {
            assert_eq!(key_error(with(key.clone(), member, "AAAA")), KeyError::Malformed(member));
            assert_eq!(key_error(with(key, member, "")), KeyError::Malformed(member));
        }
    }
    for member in ["n", "e", "d", "p", "q", "dp", "dq", "qi"] {
        // A zero before the number: three bytes are four characters.
        let key = rsa();
        let padded = format!("AAAA{}", key[member].as_str().unwrap());
        assert_eq!(key_error(with(key.clone(), member, padded)), KeyError::Malformed(member));
        assert_eq!(key_error(with(key, member, "")), KeyError::Malformed(member));
    }
    assert_eq!(key_error(with(secret(), "k", "AAAA")), KeyError::ShortSecret(3));
}

#[test]
fn rsa_key_of_unsupported_length_or_many_primes_is_rejected() {
    let long = |bytes: usize| "_".repeat(bytes / 3 * 4);
    assert_eq!(key_error(with(rsa(), "n", long(129))), KeyError::RsaLength(1032));
    assert_eq!(key_error(with(rsa(), "n", long(1026))), KeyError::RsaLength(8208));
    assert_eq!(key_error(with(rsa(), "oth", json!([]))), KeyError::ManyPrimes);
}

#[test]
fn empty_duplicate_and_surplus_keys_are_rejected() {
    assert_eq!(read(&[]).unwrap_err(), KeySetError::Empty);
    let kid = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k".to_owned();
    let twice = [ed25519(), p256(), with(ed25519(), "kid", kid.clone())];
    assert_eq!(read(&twice).unwrap_err(), KeySetError::Duplicate(kid));
    assert_eq!(read(&vec![secret(); 33]).unwrap_err(), KeySetError::TooMany);
    let mut full = read(&[secret()]).unwrap();
    let mut add = || full.add(SigningKey::generate(KeyAlgorithm::Hs256).unwrap());
    for _ in 1..KeySet::MAX {
        add().unwrap();
    }
    assert_eq!(add(), Err(KeySetError::TooMany));
}

#[rstest]
#[case::empty("", true)]
#[case::half("{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0", true)]
#[case::pem("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n", true)]
#[case::rest("{\"keys\":[]} c2VjcmV0", true)]
#[case::key_alone("{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}", false)]
#[case::array("[[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}]]", false)]
#[case::key_as_array("{\"keys\":[[\"oct\",\"c2VjcmV0\"]]}", false)]
#[case::text("{\"keys\":\"c2VjcmV0\"}", false)]
#[case::not_base64url("{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0=\"}]}", false)]
#[case::null("{\"keys\":[{\"kty\":\"oct\",\"k\":null}]}", false)]
#[case::number("{\"keys\":[{\"kty\":\"oct\",\"k\":[\"c2VjcmV0\"]}]}", false)]
#[case::twice("{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\",\"k\":\"c2VjcmV0\"}]}", false)]
#[case::two_sets("{\"keys\":[],\"keys\":[]}", false)]
fn malformed_set_is_rejected_and_not_quoted(#[case] text: &str, #[case] is_syntax: bool) {
    let error = KeySet::from_json(text.as_bytes()).unwrap_err();
    assert_eq!(matches!(error, KeySetError::Syntax { .. }), is_syntax, "{error:?}");
    assert_eq!(matches!(error, KeySetError::Form { .. }), !is_syntax, "{error:?}");
    for shown in [error.to_string(), format!("{error:?}")] {
        assert!(!shown.contains("c2VjcmV0"), "{shown}");
    }
}

#[test]
fn set_with_invalid_utf8_in_an_unknown_member_is_rejected() {
    let mut set = json!({ "keys": [with(secret(), "x-note", "?")] }).to_string().into_bytes();
    assert!(KeySet::from_json(&set).is_ok());
    *set.iter_mut().find(|byte| **byte == b'?').unwrap() = 0xff;
    assert_eq!(KeySet::from_json(&set).unwrap_err(), KeySetError::Encoding);
}

proptest! {
    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(KeySet::from_json(&bytes).is_err());
    }

    #[test]
    fn arbitrary_members_do_not_panic(
        shape in prop::sample::select(vec![ed25519(), p256(), secret(), json!({"kty": "RSA"})]),
        octets in prop::collection::vec("([A-Za-z0-9_-]{4}){0,12}|_{344}", 8),
    ) {
        let names = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];
        let key = names.into_iter().zip(octets).fold(shape, |key, (name, octets)| {
            with(key, name, octets)
        });
        // None of these is a member of a secret.
        prop_assert_eq!(read(std::slice::from_ref(&key)).is_ok(), key["kty"] == "oct");
    }
}

#[test]
fn debug_redacts_private_members() {
    let shown = format!("{:?}", read(&[ed25519(), secret()]).unwrap());
    assert!(!shown.contains("nWGxne"), "{shown}");
    assert!(!shown.contains("AyM1SysP"), "{shown}");
    assert!(!shown.contains("[3, 35, 53"), "{shown}");
}
