//! Which headers and claims are accepted.

use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::algorithm::KeyAlgorithm;
use crate::secret::Secret;
use crate::test_key::{TestKey, verification_keys};
use crate::user_id::UserId;

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
const NOW: i64 = 1_800_000_000;
const CLAIMS: &str = r#"{"user_id":1,"exp":1800000001}"#;
const HS256: &str = r#"{"alg":"HS256"}"#;

fn verifier() -> TokenVerifier {
    let secret = Secret::new(SECRET.to_vec()).unwrap();
    TokenVerifier::new(VerificationKeys::from_secret(&secret))
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

/// A token of exactly this header and payload, signed with the secret.
fn signed(header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>, algorithm: Algorithm) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let key = EncodingKey::from_secret(SECRET);
    let signature = crypto::sign(message.as_bytes(), &key, algorithm).unwrap();
    format!("{message}.{signature}")
}

/// Verifies a token of the secret; a token of a key pair must give the same result.
fn verify(header: &str, payload: &str) -> Result<Arc<Claims>, TokenError> {
    let result = verifier().verify(&signed(header, payload, Algorithm::HS256), at(NOW));
    let pair = [TestKey::generate(KeyAlgorithm::EdDsa)];
    let of_pair = pair[0].sign(header.replace("HS256", "EdDSA"), payload);
    let verifier = TokenVerifier::new(verification_keys(&pair));
    assert_eq!(verifier.verify(&of_pair, at(NOW)), result);
    result
}

#[test]
fn token_of_user_id_and_exp_alone_is_accepted() {
    let claims = verify(HS256, CLAIMS).unwrap();
    assert_eq!((claims.user_id, claims.exp), (UserId(1), NOW + 1));
}

#[test]
fn token_is_expired_in_the_second_of_exp() {
    let token = signed(HS256, CLAIMS, Algorithm::HS256);
    let verifier = verifier();
    for _ in ["verified", "from the cache"] {
        let last = Timestamp::from_milliseconds(NOW * 1000 + 999);
        assert!(verifier.verify(&token, last).is_ok());
    }
    for _ in ["from the cache", "removed from the cache"] {
        assert_eq!(verifier.verify(&token, at(NOW + 1)), Err(TokenError::Expired));
    }
}

#[rstest]
#[case::none(r#"{"alg":"none"}"#, TokenError::Algorithm)]
#[case::lower_case(r#"{"alg":"hs256"}"#, TokenError::Algorithm)]
#[case::missing(r#"{"typ":"JWT"}"#, TokenError::Header)]
#[case::null(r#"{"alg":null}"#, TokenError::Header)]
#[case::enum_as_map(r#"{"alg":{"HS256":null}}"#, TokenError::Header)]
#[case::enum_as_array(r#"{"alg":["HS256"]}"#, TokenError::Header)]
#[case::header_as_array(r#"["HS256","JWT",null,null,null,null,null,null]"#, TokenError::Header)]
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
#[case::jwk(r#"{"alg":"HS256","jwk":{"kty":"oct","k":"AA"}}"#, TokenError::EmbeddedKey)]
#[case::jku(r#"{"alg":"HS256","jku":"http://localhost/keys"}"#, TokenError::EmbeddedKey)]
#[case::x5u(r#"{"alg":"HS256","x5u":"http://localhost/cert"}"#, TokenError::EmbeddedKey)]
#[case::x5c(r#"{"alg":"HS256","x5c":[]}"#, TokenError::EmbeddedKey)]
#[case::other_type(r#"{"alg":"HS256","typ":"logout+jwt"}"#, TokenError::Type)]
#[case::empty_type(r#"{"alg":"HS256","typ":""}"#, TokenError::Type)]
#[case::type_not_text(r#"{"alg":"HS256","typ":1}"#, TokenError::Header)]
fn malformed_or_foreign_header_is_rejected(#[case] header: &str, #[case] error: TokenError) {
    assert_eq!(verify(header, CLAIMS), Err(error));
}

#[rstest]
#[case(r#"{"alg":"HS256","typ":"JWT"}"#)]
#[case(r#"{"alg":"HS256","typ":"jwt"}"#)]
#[case(r#"{"alg":"HS256","typ":"at+jwt"}"#)]
#[case(r#"{"typ":"application/at+JWT","alg":"HS256"}"#)]
#[case(r#"{"alg":"HS256","kid":"../../dev/null"}"#)]
fn header_of_another_issuer_is_accepted(#[case] header: &str) {
    assert!(verify(header, CLAIMS).is_ok());
}

#[rstest]
#[case(Algorithm::HS384)]
#[case(Algorithm::HS512)]
fn signature_with_another_hmac_is_rejected(#[case] algorithm: Algorithm) {
    let verifier = verifier();
    let header = format!(r#"{{"alg":"{algorithm:?}"}}"#);
    let token = signed(&header, CLAIMS, algorithm);
    assert_eq!(verifier.verify(&token, at(NOW)), Err(TokenError::Algorithm));
    let mislabelled = signed(HS256, CLAIMS, algorithm);
    assert_eq!(verifier.verify(&mislabelled, at(NOW)), Err(TokenError::Signature));
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
fn malformed_claims_are_rejected(#[case] payload: &str) {
    assert_eq!(verify(HS256, payload), Err(TokenError::Claims));
}

#[test]
fn header_with_invalid_utf8_in_an_unknown_member_is_rejected() {
    let header = b"{\"alg\":\"HS256\",\"x\":\"\xff\"}";
    let token = signed(header, CLAIMS, Algorithm::HS256);
    assert_eq!(verifier().verify(&token, at(NOW)), Err(TokenError::Header));
}

#[test]
fn claims_with_invalid_utf8_in_an_unknown_member_are_rejected() {
    let payload = b"{\"user_id\":1,\"exp\":1900000000,\"x\":\"\xff\"}";
    let token = signed(HS256, payload, Algorithm::HS256);
    assert_eq!(verifier().verify(&token, at(NOW)), Err(TokenError::Claims));
}

#[test]
fn nbf_is_exact() {
    let from = |nbf| format!(r#"{{"user_id":1,"exp":1900000000,"nbf":{nbf}}}"#);
    assert!(verify(HS256, &from(NOW)).is_ok());
    assert_eq!(verify(HS256, &from(NOW + 1)), Err(TokenError::NotYetValid));
}

#[test]
fn configured_issuer_and_audience_are_required() {
    let verifier = verifier().issuer("https://auth.example.com").audience("shop");
    let with = |iss: &str, aud: &str| {
        let payload = format!(r#"{{"user_id":1,"exp":1900000000{iss}{aud}}}"#);
        verifier.verify(&signed(HS256, &payload, Algorithm::HS256), at(NOW))
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
fn token_for_an_audience_is_rejected_if_none_is_configured() {
    let payload = r#"{"user_id":1,"exp":1900000000,"aud":"bank"}"#;
    assert_eq!(verify(HS256, payload), Err(TokenError::Audience));
}

#[test]
fn non_canonical_base64_is_rejected() {
    let verifier = verifier();
    let token = signed(HS256, CLAIMS, Algorithm::HS256);
    // 32 bytes leave two unused bits in the last of the 43 characters of a signature.
    let last = token.chars().last().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let twin = alphabet.chars().nth(alphabet.find(last).unwrap() | 1).unwrap();
    let forged = format!("{}{twin}", &token[..token.len() - 1]);
    assert_ne!(forged, token);
    assert!(verifier.verify(&forged, at(NOW)).is_err());
    assert!(verifier.verify(&format!("{token}="), at(NOW)).is_err());
}

#[test]
fn token_over_the_maximum_length_is_rejected() {
    let padding = "x".repeat(TokenVerifier::MAX_LENGTH);
    let payload = format!(r#"{{"user_id":1,"exp":1900000000,"x":"{padding}"}}"#);
    assert_eq!(verify(HS256, &payload), Err(TokenError::TooLong));
}

proptest! {
    #[test]
    fn altered_byte_is_rejected(index in any::<prop::sample::Index>(), byte in 0x21_u8..0x7f) {
        let mut token = signed(HS256, CLAIMS, Algorithm::HS256).into_bytes();
        let index = index.index(token.len());
        prop_assume!(token[index] != byte);
        token[index] = byte;
        let token = String::from_utf8(token).unwrap();
        prop_assert!(verifier().verify(&token, at(NOW)).is_err());
    }

    #[test]
    fn arbitrary_text_does_not_panic(token in "\\PC{0,80}|[A-Za-z0-9_-]{0,40}(\\.[A-Za-z0-9_-]{0,40}){0,4}") {
        prop_assert!(verifier().verify(&token, at(NOW)).is_err());
    }
}
