//! Which key decides about a token, and which never does.

use std::time::Duration;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::RsaPublicKeyComponents;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rstest::rstest;
use serde_json::Value;

use super::*;
use crate::domain::UserId;
use crate::token::algorithm::KeyAlgorithm;
use crate::token::issuer::{Grant, TokenIssuer};
use crate::token::key::Key;
use crate::token::options::TokenOptions;
use crate::token::verifier::{TokenError, TokenVerifier};

const NOW: i64 = 1_800_000_000;
const GOOD: &str = r#"{"user_id":1,"exp":1800000001}"#;
const ALL: [KeyAlgorithm; 4] =
    [KeyAlgorithm::EdDsa, KeyAlgorithm::Es256, KeyAlgorithm::Rs256, KeyAlgorithm::Hs256];

fn options(keys: &KeyRing) -> TokenOptions {
    let lifetime = Duration::from_secs(20);
    TokenOptions { keys: keys.clone(), lifetime, issuer: None, audience: None }
}

fn grant() -> Grant {
    let (issued_at, expires_at) = (NOW * 1000, NOW + 20);
    Grant { user: UserId(1), session: None, issued_at, expires_at }
}

fn issue(keys: &KeyRing) -> String {
    TokenIssuer::new(&options(keys)).issue(&grant()).unwrap()
}

/// What the keys say of a token. The public halves of pairs say the same, in whatever form
/// others have them.
fn verify(keys: &KeyRing, token: &str) -> Result<i64, TokenError> {
    let ask = |verifier: TokenVerifier| verifier.verify(token, NOW).map(|claims| claims.user_id.0);
    let verdict = ask(TokenVerifier::new(&options(keys)));
    let set = keys.current();
    if set.iter().all(|key| key.algorithm() != KeyAlgorithm::Hs256) {
        let json = serde_json::to_value(set.public()).unwrap();
        let pem: String = json["keys"].as_array().unwrap().iter().map(pem).collect();
        let from_json = PublicKeySet::from_json(json.to_string().as_bytes()).unwrap();
        let from_pem = PublicKeySet::from_pem(pem.as_bytes()).unwrap();
        for public in [set.public(), from_json, from_pem] {
            assert_eq!(ask(TokenVerifier::public(public)), verdict);
        }
    }
    verdict
}

/// New keys in one set.
fn set(algorithms: &[KeyAlgorithm]) -> KeySet {
    let key = |algorithm: &KeyAlgorithm| {
        serde_json::to_value(Key::generate(*algorithm).unwrap().private()).unwrap()
    };
    let keys: Vec<_> = algorithms.iter().map(key).collect();
    KeySet::from_json(serde_json::json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn header(algorithm: KeyAlgorithm, kid: Option<&str>) -> String {
    let kid = kid.map(|kid| format!(r#","kid":"{kid}""#)).unwrap_or_default();
    format!(r#"{{"alg":"{algorithm}"{kid}}}"#)
}

#[rstest]
fn what_the_first_key_signs_verifies_and_names_it(
    #[values(0, 1, 2, 3)] which: usize,
    #[values(true, false)] is_alone: bool,
) {
    let mut algorithms = vec![ALL[which]];
    if !is_alone {
        algorithms.extend(ALL);
    }
    let keys = KeyRing::new(set(&algorithms));
    let token = issue(&keys);
    assert_eq!(verify(&keys, &token), Ok(1));
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    let kid = keys.current().signing().id().to_owned();
    let expected = format!(r#"{{"typ":"JWT","alg":"{}","kid":"{kid}"}}"#, ALL[which]);
    assert_eq!(String::from_utf8(header).unwrap(), expected);
}

#[test]
fn any_altered_character_is_refused() {
    for algorithm in ALL {
        let keys = KeyRing::new(set(&[algorithm]));
        let token = issue(&keys);
        // From here on it is remembered.
        assert_eq!(verify(&keys, &token), Ok(1));
        // A step that is no divisor of anything, for the sake of time.
        for at in (0..token.len()).step_by(7).chain([token.len() - 1]) {
            let mut altered = token.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(altered).unwrap();
            assert!(verify(&keys, &altered).is_err(), "{algorithm}, byte {at}");
        }
    }
}

#[test]
fn a_token_that_names_a_key_is_tried_against_that_key_alone() {
    for algorithm in ALL {
        let set = set(&[algorithm, algorithm, KeyAlgorithm::Hs256]);
        let keys: Vec<&Key> = set.iter().collect();
        let ring = KeyRing::new(set.clone());
        let by = |key: &Key, kid: &str, algorithm| {
            verify(&ring, &key.sign_text(&header(algorithm, Some(kid)), GOOD))
        };
        assert_eq!(by(keys[1], keys[1].id(), algorithm), Ok(1));
        assert_eq!(by(keys[1], keys[0].id(), algorithm), Err(TokenError::Signature));
        // The key decides the algorithm, although another key of the ring has the header's.
        for other in ALL.into_iter().filter(|other| *other != algorithm) {
            let lying = by(keys[1], keys[1].id(), other);
            assert_eq!(lying, Err(TokenError::Algorithm), "{algorithm} as {other}");
            let lying = by(keys[2], keys[1].id(), KeyAlgorithm::Hs256);
            let expected = match algorithm {
                KeyAlgorithm::Hs256 => TokenError::Signature,
                _ => TokenError::Algorithm,
            };
            assert_eq!(lying, Err(expected));
        }
    }
}

#[test]
fn a_token_that_names_no_key_of_the_ring_is_tried_against_each_of_its_algorithm() {
    for algorithm in ALL {
        let ours = set(&[KeyAlgorithm::Es256, algorithm, algorithm]);
        let strange = set(&[algorithm]);
        let ring = KeyRing::new(ours.clone());
        for kid in [None, Some(""), Some("2026-11"), Some(strange.signing().id())] {
            let header = header(algorithm, kid);
            for key in ours.iter().filter(|key| key.algorithm() == algorithm) {
                assert_eq!(verify(&ring, &key.sign_text(&header, GOOD)), Ok(1), "{header}");
            }
            let forged = strange.signing().sign_text(&header, GOOD);
            assert_eq!(verify(&ring, &forged), Err(TokenError::Signature), "{header}");
        }
    }
}

#[test]
fn an_algorithm_of_which_there_is_no_key_is_refused() {
    for algorithm in ALL {
        let strange = set(&[algorithm]);
        for other in ALL.into_iter().filter(|other| *other != algorithm) {
            let token = strange.signing().sign_text(&header(algorithm, None), GOOD);
            let verified = verify(&KeyRing::new(set(&[other])), &token);
            assert_eq!(verified, Err(TokenError::Algorithm), "{algorithm}, not {other}");
        }
    }
}

#[rstest]
#[case(r#"{"alg":"HS256","kid":null}"#)]
#[case(r#"{"alg":"HS256","kid":1}"#)]
#[case(r#"{"alg":"HS256","kid":["a"]}"#)]
#[case(r#"{"alg":"HS256","kid":"a","kid":"a"}"#)]
fn a_kid_that_is_not_one_text_is_refused(#[case] header: &str) {
    let set = set(&[KeyAlgorithm::Hs256]);
    let token = set.signing().sign_text(header, GOOD);
    assert_eq!(verify(&KeyRing::new(set), &token), Err(TokenError::Header));
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

/// The public key in every form in which somebody may have it.
fn public_forms(set: &KeySet) -> Vec<Vec<u8>> {
    let jwks = serde_json::to_value(set.public()).unwrap();
    let jwk = &jwks["keys"][0];
    let pem = pem(jwk);
    let mut forms = vec![pem.trim().into(), pem.into(), der(jwk)];
    forms.extend([jwks.to_string().into(), jwk.to_string().into()]);
    let members = ["x", "n"].into_iter().filter(|name| jwk.get(name).is_some());
    forms.extend(members.map(|name| octets(jwk, name)));
    forms
}

#[test]
fn hs256_with_the_public_key_as_the_secret_is_refused() {
    for algorithm in [KeyAlgorithm::EdDsa, KeyAlgorithm::Es256, KeyAlgorithm::Rs256] {
        let pair = set(&[algorithm]);
        let beside_a_secret = set(&[algorithm, KeyAlgorithm::Hs256]);
        for (set, expected) in
            [(pair, TokenError::Algorithm), (beside_a_secret, TokenError::Signature)]
        {
            let ring = KeyRing::new(set.clone());
            for form in public_forms(&set) {
                let Ok(secret) = Secret::new(form) else { continue };
                let forger = Key::from_secret(&secret);
                let plain = forger.sign_text(&header(KeyAlgorithm::Hs256, None), GOOD);
                assert_eq!(verify(&ring, &plain), Err(expected), "{algorithm}");
                let kid = Some(set.signing().id());
                let named = forger.sign_text(&header(KeyAlgorithm::Hs256, kid), GOOD);
                assert_eq!(verify(&ring, &named), Err(TokenError::Algorithm), "{algorithm}");
                let lying = forger.sign_text(&header(algorithm, kid), GOOD);
                assert_eq!(verify(&ring, &lying), Err(TokenError::Signature), "{algorithm}");
            }
        }
    }
}

#[test]
fn keys_are_changed_for_all_who_have_the_ring() {
    let (old, new) = (set(&[KeyAlgorithm::Hs256]), set(&[KeyAlgorithm::EdDsa]));
    let ring = KeyRing::new(old);
    let (issuer, verifier) =
        (TokenIssuer::new(&options(&ring)), TokenVerifier::new(&options(&ring)));
    let before = issuer.issue(&grant()).unwrap();
    assert!(verifier.verify(&before, NOW).is_ok());
    ring.clone().replace(new.clone());
    assert_eq!(verifier.verify(&before, NOW), Err(TokenError::Algorithm));
    let after = issuer.issue(&grant()).unwrap();
    assert!(verifier.verify(&after, NOW).is_ok());
    assert_eq!(verify(&KeyRing::new(new), &after), Ok(1));
}
