//! What is refused, and what is not.

use std::time::Duration;

use jsonwebtoken::{EncodingKey, crypto};
use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::domain::UserId;
use crate::token::algorithm::KeyAlgorithm;
use crate::token::issuer::{Grant, TokenIssuer};
use crate::token::key::Key;
use crate::token::key_set::KeySet;

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
const NOW: i64 = 1_800_000_000;
const GOOD: &str = r#"{"user_id":1,"exp":1800000001}"#;
const HS256: &str = r#"{"alg":"HS256"}"#;

fn options() -> TokenOptions {
    TokenOptions {
        keys: KeyRing::from_secret(&Secret::new(SECRET.to_vec()).unwrap()),
        lifetime: Duration::from_secs(20),
        issuer: None,
        audience: None,
    }
}

/// For twenty seconds from `now`, in milliseconds.
fn grant(user: i64, now: i64) -> Grant {
    let expires_at = now.div_euclid(1000) + 20;
    Grant { user: UserId(user), session: None, issued_at: now, expires_at }
}

/// A token with exactly this header and payload, and a genuine signature of `algorithm`.
fn signed(header: &str, payload: impl AsRef<[u8]>, algorithm: Algorithm) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let key = EncodingKey::from_secret(SECRET);
    let signature = crypto::sign(message.as_bytes(), &key, algorithm).unwrap();
    format!("{message}.{signature}")
}

/// The verdict on what the secret signed; it is the same on what a pair signed, by its public
/// half.
fn verify(header: &str, payload: &str) -> Result<Arc<Claims>, TokenError> {
    let token = signed(header, payload, Algorithm::HS256);
    let verdict = TokenVerifier::new(&options()).verify(&token, NOW);
    let pair = KeySet::new(Key::generate(KeyAlgorithm::EdDsa).unwrap());
    let header = header.replace("HS256", "EdDSA");
    let by_pair = pair.signing().sign_text(&header, payload);
    assert_eq!(TokenVerifier::public(pair.public()).verify(&by_pair, NOW), verdict);
    verdict
}

#[test]
fn a_token_of_user_id_and_exp_alone_is_accepted() {
    let claims = verify(HS256, GOOD).unwrap();
    assert_eq!((claims.user_id, claims.exp), (UserId(1), NOW + 1));
}

#[test]
fn a_token_is_dead_in_the_second_that_exp_names() {
    let token = TokenIssuer::new(&options()).issue(&grant(1, NOW * 1000)).unwrap();
    let verifier = TokenVerifier::new(&options());
    assert!(verifier.verify(&token, NOW).is_ok());
    assert!(verifier.verify(&token, NOW + 19).is_ok());
    assert_eq!(verifier.verify(&token, NOW + 20), Err(TokenError::Expired));
}

#[rstest]
#[case::none(r#"{"alg":"none"}"#, TokenError::Header)]
#[case::lower_case(r#"{"alg":"hs256"}"#, TokenError::Header)]
#[case::missing(r#"{"typ":"JWT"}"#, TokenError::Header)]
#[case::null(r#"{"alg":null}"#, TokenError::Header)]
#[case::hs384(r#"{"alg":"HS384"}"#, TokenError::Algorithm)]
#[case::hs512(r#"{"alg":"HS512"}"#, TokenError::Algorithm)]
#[case::rs256(r#"{"alg":"RS256"}"#, TokenError::Algorithm)]
#[case::twice(r#"{"alg":"HS256","alg":"HS256"}"#, TokenError::Header)]
#[case::array(r#"["HS256"]"#, TokenError::Header)]
#[case::not_json("HS256", TokenError::Header)]
#[case::crit(r#"{"alg":"HS256","crit":["exp"]}"#, TokenError::Critical)]
#[case::crit_unknown(r#"{"alg":"HS256","crit":["x"],"x":1}"#, TokenError::Critical)]
#[case::crit_empty(r#"{"alg":"HS256","crit":[]}"#, TokenError::Critical)]
#[case::crit_null(r#"{"alg":"HS256","crit":null}"#, TokenError::Critical)]
#[case::jwk(r#"{"alg":"HS256","jwk":{"kty":"oct","k":"AA"}}"#, TokenError::ForeignKey)]
#[case::jku(r#"{"alg":"HS256","jku":"http://localhost/keys"}"#, TokenError::ForeignKey)]
#[case::x5u(r#"{"alg":"HS256","x5u":"http://localhost/cert"}"#, TokenError::ForeignKey)]
#[case::x5c(r#"{"alg":"HS256","x5c":[]}"#, TokenError::ForeignKey)]
#[case::other_type(r#"{"alg":"HS256","typ":"logout+jwt"}"#, TokenError::Type)]
#[case::empty_type(r#"{"alg":"HS256","typ":""}"#, TokenError::Type)]
#[case::type_not_text(r#"{"alg":"HS256","typ":1}"#, TokenError::Header)]
fn a_header_is_refused(#[case] header: &str, #[case] error: TokenError) {
    assert_eq!(verify(header, GOOD), Err(error));
}

#[rstest]
#[case(r#"{"alg":"HS256","typ":"JWT"}"#)]
#[case(r#"{"alg":"HS256","typ":"jwt"}"#)]
#[case(r#"{"alg":"HS256","typ":"at+jwt"}"#)]
#[case(r#"{"typ":"application/at+JWT","alg":"HS256"}"#)]
#[case(r#"{"alg":"HS256","kid":"../../dev/null"}"#)]
fn a_header_with_our_genuine_signature_is_accepted(#[case] header: &str) {
    assert!(verify(header, GOOD).is_ok());
}

#[rstest]
#[case(Algorithm::HS384)]
#[case(Algorithm::HS512)]
fn the_same_secret_under_another_hmac_is_refused(#[case] algorithm: Algorithm) {
    let verifier = TokenVerifier::new(&options());
    let honest = format!(r#"{{"alg":"{algorithm:?}"}}"#);
    let token = signed(&honest, GOOD, algorithm);
    assert_eq!(verifier.verify(&token, NOW), Err(TokenError::Algorithm));
    let lying = signed(HS256, GOOD, algorithm);
    assert_eq!(verifier.verify(&lying, NOW), Err(TokenError::Signature));
}

#[rstest]
#[case::no_exp(r#"{"user_id":1}"#)]
#[case::no_user_id(r#"{"exp":1800000001}"#)]
#[case::exp_null(r#"{"user_id":1,"exp":null}"#)]
#[case::exp_text(r#"{"user_id":1,"exp":"1800000001"}"#)]
#[case::exp_float(r#"{"user_id":1,"exp":1800000001.5}"#)]
#[case::exp_whole_float(r#"{"user_id":1,"exp":1.9e9}"#)]
#[case::exp_negative(r#"{"user_id":1,"exp":-1}"#)]
#[case::exp_2_63(r#"{"user_id":1,"exp":9223372036854775808}"#)]
#[case::exp_infinite(r#"{"user_id":1,"exp":1e999}"#)]
#[case::exp_twice(r#"{"user_id":1,"exp":1800000001,"exp":1900000000}"#)]
#[case::nbf_null(r#"{"user_id":1,"exp":1800000001,"nbf":null}"#)]
#[case::nbf_text(r#"{"user_id":1,"exp":1800000001,"nbf":"0"}"#)]
#[case::nbf_negative(r#"{"user_id":1,"exp":1800000001,"nbf":-1}"#)]
#[case::nbf_2_63(r#"{"user_id":1,"exp":1800000001,"nbf":9223372036854775808}"#)]
#[case::user_text(r#"{"user_id":"1","exp":1800000001}"#)]
#[case::user_float(r#"{"user_id":1.0,"exp":1800000001}"#)]
#[case::user_negative(r#"{"user_id":-1,"exp":1800000001}"#)]
#[case::user_zero(r#"{"user_id":0,"exp":1800000001}"#)]
#[case::user_2_64(r#"{"user_id":18446744073709551616,"exp":1800000001}"#)]
#[case::user_twice(r#"{"user_id":2,"user_id":1,"exp":1800000001}"#)]
#[case::array("[1,1800000001]")]
#[case::number("1")]
#[case::not_json("user_id=1")]
#[case::trailing(r#"{"user_id":1,"exp":1800000001}{}"#)]
fn malformed_claims_are_refused(#[case] payload: &str) {
    assert_eq!(verify(HS256, payload), Err(TokenError::Claims));
}

#[test]
fn claims_that_are_not_utf8_are_refused_wherever_it_is() {
    let payload = b"{\"user_id\":1,\"exp\":1900000000,\"x\":\"\xff\"}";
    let token = signed(HS256, payload, Algorithm::HS256);
    assert_eq!(TokenVerifier::new(&options()).verify(&token, NOW), Err(TokenError::Claims));
}

#[test]
fn nbf_is_exact() {
    let from = |nbf| format!(r#"{{"user_id":1,"exp":1900000000,"nbf":{nbf}}}"#);
    assert!(verify(HS256, &from(NOW)).is_ok());
    assert_eq!(verify(HS256, &from(NOW + 1)), Err(TokenError::NotYetValid));
}

#[test]
fn a_configured_issuer_and_audience_are_issued_and_demanded() {
    let mut ours = options();
    ours.issuer = Some("https://auth.example.com".to_owned());
    ours.audience = Some("shop".to_owned());
    let verifier = TokenVerifier::new(&ours);
    let token = TokenIssuer::new(&ours).issue(&grant(7, NOW * 1000)).unwrap();
    assert_eq!(verifier.verify(&token, NOW).unwrap().user_id, UserId(7));

    let with = |iss: &str, aud: &str| {
        let payload = format!(r#"{{"user_id":1,"exp":1900000000{iss}{aud}}}"#);
        verifier.verify(&signed(HS256, &payload, Algorithm::HS256), NOW)
    };
    let (iss, aud) = (r#","iss":"https://auth.example.com""#, r#","aud":"shop""#);
    assert!(with(iss, aud).is_ok());
    assert!(with(iss, r#","aud":["bank","shop"]"#).is_ok());
    assert_eq!(with("", aud), Err(TokenError::Issuer));
    assert_eq!(with(r#","iss":"https://auth.example.org""#, aud), Err(TokenError::Issuer));
    assert_eq!(with(iss, ""), Err(TokenError::Audience));
    assert_eq!(with(iss, r#","aud":["bank"]"#), Err(TokenError::Audience));
    assert_eq!(with(iss, r#","aud":1"#), Err(TokenError::Claims));
}

#[test]
fn a_token_for_an_audience_is_refused_where_none_is_configured() {
    let payload = r#"{"user_id":1,"exp":1900000000,"aud":"bank"}"#;
    assert_eq!(verify(HS256, payload), Err(TokenError::Audience));
}

#[test]
fn a_non_canonical_base64_tail_is_refused() {
    let verifier = TokenVerifier::new(&options());
    let token = signed(HS256, GOOD, Algorithm::HS256);
    // 32 bytes leave two unused bits in the last of the 43 characters of a signature.
    let last = token.chars().last().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let twin = alphabet.chars().nth(alphabet.find(last).unwrap() | 1).unwrap();
    let forged = format!("{}{twin}", &token[..token.len() - 1]);
    assert_ne!(forged, token);
    assert!(verifier.verify(&forged, NOW).is_err());
    assert!(verifier.verify(&format!("{token}="), NOW).is_err());
}

#[test]
fn a_token_that_is_too_long_is_not_looked_at() {
    let padding = "x".repeat(TokenVerifier::MAX_LENGTH);
    let payload = format!(r#"{{"user_id":1,"exp":1900000000,"x":"{padding}"}}"#);
    assert_eq!(verify(HS256, &payload), Err(TokenError::TooLong));
}

proptest! {
    #[test]
    fn what_is_issued_verifies(user in 1_i64.., now in 0..i64::MAX / 2000) {
        let token = TokenIssuer::new(&options()).issue(&grant(user, now * 1000 + 999)).unwrap();
        let claims = TokenVerifier::new(&options()).verify(&token, now).unwrap();
        prop_assert_eq!(claims.user_id, UserId(user));
        prop_assert_eq!(claims.iat, Some(now));
    }

    #[test]
    fn any_altered_byte_is_refused(at in any::<prop::sample::Index>(), byte in 0x21_u8..0x7f) {
        let mut token = signed(HS256, GOOD, Algorithm::HS256).into_bytes();
        let at = at.index(token.len());
        prop_assume!(token[at] != byte);
        token[at] = byte;
        let token = String::from_utf8(token).unwrap();
        prop_assert!(TokenVerifier::new(&options()).verify(&token, NOW).is_err());
    }

    #[test]
    fn no_text_makes_it_panic(token in "\\PC{0,80}|[A-Za-z0-9_-]{0,40}(\\.[A-Za-z0-9_-]{0,40}){0,4}") {
        prop_assert!(TokenVerifier::new(&options()).verify(&token, NOW).is_err());
    }
}
