//! Which key verifies a token.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::RsaPublicKeyComponents;
use base64::engine::general_purpose::STANDARD;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::algorithm::KeyAlgorithm;
use crate::secret::Secret;
use crate::test_key::{TestKey, verification_keys};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const CLAIMS: &str = r#"{"user_id":1,"exp":1800000001}"#;
const ALL: [KeyAlgorithm; 4] = KeyAlgorithm::ALL;

/// Verifies a token. Public keys must give the same result in every form.
fn verify(keys: &[TestKey], token: &str) -> Result<i64, TokenError> {
    let verify = |keys: VerificationKeys| {
        TokenVerifier::new(keys).verify(token, NOW).map(|claims| claims.user_id.0)
    };
    let verified = verify(verification_keys(keys));
    if keys.iter().all(|key| key.algorithm != KeyAlgorithm::Hs256) {
        let jwks: Vec<&Value> = keys.iter().map(|key| &key.jwk).collect();
        let jwk_set = json!({ "keys": jwks }).to_string();
        let pem: String = jwks.into_iter().map(pem).collect();
        assert_eq!(verify(VerificationKeys::from_jwk_set(jwk_set.as_bytes()).unwrap()), verified);
        assert_eq!(verify(VerificationKeys::from_pem(pem.as_bytes()).unwrap()), verified);
    }
    verified
}

fn keys(algorithms: &[KeyAlgorithm]) -> Vec<TestKey> {
    algorithms.iter().map(|algorithm| TestKey::generate(*algorithm)).collect()
}

fn header(algorithm: KeyAlgorithm, kid: Option<&str>) -> String {
    let kid = kid.map(|kid| format!(r#","kid":"{kid}""#)).unwrap_or_default();
    format!(r#"{{"alg":"{algorithm}"{kid}}}"#)
}

#[test]
fn altered_byte_is_rejected_also_when_the_token_is_cached() {
    for algorithm in ALL {
        let keys = keys(&[algorithm]);
        let verifier = TokenVerifier::new(verification_keys(&keys));
        let token = keys[0].sign(header(algorithm, Some(&keys[0].kid)), CLAIMS);
        assert!(verifier.verify(&token, NOW).is_ok());
        for at in 0..token.len() {
            let mut altered = token.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert!(verifier.verify(&altered, NOW).is_err(), "{algorithm}, byte {at}");
        }
    }
}

#[test]
fn token_with_a_known_kid_is_verified_with_that_key_alone() {
    for algorithm in ALL {
        let keys = keys(&[algorithm, algorithm, KeyAlgorithm::Hs256]);
        let by = |key: &TestKey, kid: &str, algorithm| {
            verify(&keys, &key.sign(header(algorithm, Some(kid)), CLAIMS))
        };
        assert_eq!(by(&keys[1], &keys[1].kid, algorithm), Ok(1));
        assert_eq!(by(&keys[1], &keys[0].kid, algorithm), Err(TokenError::Signature));
        // The key decides the algorithm, although another key has that of the header.
        for other in ALL.into_iter().filter(|other| *other != algorithm) {
            let mislabelled = by(&keys[1], &keys[1].kid, other);
            assert_eq!(mislabelled, Err(TokenError::Algorithm), "{algorithm} as {other}");
            let mislabelled = by(&keys[2], &keys[1].kid, KeyAlgorithm::Hs256);
            let expected = match algorithm {
                KeyAlgorithm::Hs256 => TokenError::Signature,
                _ => TokenError::Algorithm,
            };
            assert_eq!(mislabelled, Err(expected));
        }
    }
}

#[test]
fn token_without_a_known_kid_is_tried_with_each_key_of_its_algorithm() {
    for algorithm in ALL {
        let keys = keys(&[KeyAlgorithm::Es256, algorithm, algorithm]);
        let unknown = TestKey::generate(algorithm);
        for kid in [None, Some(""), Some("2026-11"), Some(&*unknown.kid)] {
            let header = header(algorithm, kid);
            for key in keys.iter().filter(|key| key.algorithm == algorithm) {
                assert_eq!(verify(&keys, &key.sign(&header, CLAIMS)), Ok(1), "{header}");
            }
            let forged = unknown.sign(&header, CLAIMS);
            assert_eq!(verify(&keys, &forged), Err(TokenError::Signature), "{header}");
        }
    }
}

#[test]
fn algorithm_without_a_key_is_rejected() {
    for algorithm in ALL {
        let token = TestKey::generate(algorithm).sign(header(algorithm, None), CLAIMS);
        for other in ALL.into_iter().filter(|other| *other != algorithm) {
            let verified = verify(&keys(&[other]), &token);
            assert_eq!(verified, Err(TokenError::Algorithm), "{algorithm}, not {other}");
        }
    }
}

#[rstest]
#[case(r#"{"alg":"HS256","kid":null}"#)]
#[case(r#"{"alg":"HS256","kid":1}"#)]
#[case(r#"{"alg":"HS256","kid":["a"]}"#)]
#[case(r#"{"alg":"HS256","kid":"a","kid":"a"}"#)]
fn kid_that_is_not_one_string_is_rejected(#[case] header: &str) {
    let keys = keys(&[KeyAlgorithm::Hs256]);
    let token = keys[0].sign(header, CLAIMS);
    assert_eq!(verify(&keys, &token), Err(TokenError::Header));
}

fn octets(jwk: &Value, name: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap()
}

/// A public key as `SubjectPublicKeyInfo`.
fn der(jwk: &Value) -> Vec<u8> {
    let octets = |name| octets(jwk, name);
    match jwk["kty"].as_str().unwrap() {
        // RFC 8410 section 4.
        "OKP" => [b"0*0\x05\x06\x03+ep\x03!\0", &*octets("x")].concat(),
        // RFC 5480 section 2.
        "EC" => {
            let head = b"0Y0\x13\x06\x07*\x86H\xce=\x02\x01\x06\x08*\x86H\xce=\x03\x01\x07\x03B\0";
            [&head[..], &[4], &octets("x"), &octets("y")].concat()
        }
        _ => {
            let public = RsaPublicKeyComponents { n: octets("n"), e: octets("e") };
            let der: PublicKeyX509Der<'_> = public.as_der().unwrap();
            der.as_ref().to_vec()
        }
    }
}

fn pem(jwk: &Value) -> String {
    let base64 = STANDARD.encode(der(jwk));
    let mut pem = "-----BEGIN PUBLIC KEY-----\n".to_owned();
    for line in base64.as_bytes().chunks(64) {
        pem += str::from_utf8(line).unwrap();
        pem += "\n";
    }
    pem + "-----END PUBLIC KEY-----\n"
}

/// The public key in every form that an attacker may have.
fn public_forms(key: &TestKey) -> Vec<Vec<u8>> {
    let (jwk, pem) = (&key.jwk, pem(&key.jwk));
    let mut forms = vec![pem.trim().into(), pem.into(), der(jwk)];
    forms.extend([json!({ "keys": [jwk] }).to_string().into(), jwk.to_string().into()]);
    let members = ["x", "n"].into_iter().filter(|name| jwk.get(name).is_some());
    forms.extend(members.map(|name| octets(jwk, name)));
    forms
}

#[test]
fn hs256_with_the_public_key_as_the_secret_is_rejected() {
    for algorithm in [KeyAlgorithm::EdDsa, KeyAlgorithm::Es256, KeyAlgorithm::Rs256] {
        for (keys, expected) in [
            (keys(&[algorithm]), TokenError::Algorithm),
            (keys(&[algorithm, KeyAlgorithm::Hs256]), TokenError::Signature),
        ] {
            for form in public_forms(&keys[0]) {
                let Ok(secret) = Secret::new(form) else { continue };
                let attacker = TestKey::from_secret(&secret);
                let plain = attacker.sign(header(KeyAlgorithm::Hs256, None), CLAIMS);
                assert_eq!(verify(&keys, &plain), Err(expected), "{algorithm}");
                let kid = Some(&*keys[0].kid);
                let named = attacker.sign(header(KeyAlgorithm::Hs256, kid), CLAIMS);
                assert_eq!(verify(&keys, &named), Err(TokenError::Algorithm), "{algorithm}");
                let mislabelled = attacker.sign(header(algorithm, kid), CLAIMS);
                assert_eq!(verify(&keys, &mislabelled), Err(TokenError::Signature), "{algorithm}");
            }
        }
    }
}

#[test]
fn cached_token_is_rejected_once_its_key_is_replaced() {
    let (old, new) = (keys(&[KeyAlgorithm::Hs256]), keys(&[KeyAlgorithm::EdDsa]));
    let shared = SharedVerificationKeys::new(verification_keys(&old));
    let verifier = TokenVerifier::new(shared.clone());
    let token = old[0].sign(header(KeyAlgorithm::Hs256, None), CLAIMS);
    assert!(verifier.verify(&token, NOW).is_ok());
    shared.replace(verification_keys(&new));
    assert_eq!(verifier.verify(&token, NOW), Err(TokenError::Algorithm));
    let token = new[0].sign(header(KeyAlgorithm::EdDsa, None), CLAIMS);
    assert!(verifier.verify(&token, NOW).is_ok());
}
