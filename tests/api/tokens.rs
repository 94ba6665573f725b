//! Forged, altered and foreign tokens, at the boundary.
//!
//! What exactly is wrong with a token is told apart in `src/token/verifier.rs`; here it is that
//! none of it passes, that the client learns nothing, and that the service goes on.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use rstest::rstest;

use crate::support::{DEMO_USER, SECRET, START, TOKEN_IS_INVALID, TestApp};

fn signed_with(secret: &[u8], algorithm: Algorithm, header: &str, payload: &str) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let key = EncodingKey::from_secret(secret);
    format!("{message}.{}", crypto::sign(message.as_bytes(), &key, algorithm).unwrap())
}

fn signed(header: &str, payload: &str) -> String {
    signed_with(SECRET.as_bytes(), Algorithm::HS256, header, payload)
}

fn good() -> String {
    format!(r#"{{"user_id":1,"exp":{}}}"#, START + 60)
}

async fn is_rejected_and_the_service_continues(token: &str) {
    let app = TestApp::start().await;
    assert_eq!(app.get_user(&format!("Bearer {token}")).await.contract(), TOKEN_IS_INVALID);
    assert_eq!(app.get_user(token).await.contract(), TOKEN_IS_INVALID);
    assert_eq!(app.get_user(&app.token().await).await.contract(), DEMO_USER);
}

#[tokio::test]
async fn a_token_of_another_program_with_user_id_and_exp_alone_is_accepted() {
    let app = TestApp::start().await;
    let token = signed(r#"{"alg":"HS256"}"#, &good());
    assert_eq!(app.get_user(&token).await.contract(), DEMO_USER);
}

#[rstest]
#[case::none(r#"{"alg":"none"}"#)]
#[case::lower_case(r#"{"alg":"hs256"}"#)]
#[case::hs384(r#"{"alg":"HS384"}"#)]
#[case::hs512(r#"{"alg":"HS512"}"#)]
#[case::rs256(r#"{"alg":"RS256"}"#)]
#[case::crit(r#"{"alg":"HS256","crit":["b64"],"b64":false}"#)]
#[case::jwk(r#"{"alg":"HS256","jwk":{"kty":"oct","k":"AA"}}"#)]
#[case::jku(r#"{"alg":"HS256","jku":"http://127.0.0.1/keys"}"#)]
#[case::x5u(r#"{"alg":"HS256","x5u":"http://127.0.0.1/cert"}"#)]
#[case::array(r#"["HS256"]"#)]
#[tokio::test]
async fn malicious_header_is_rejected(#[case] header: &str) {
    is_rejected_and_the_service_continues(&signed(header, &good())).await;
}

#[rstest]
#[case::hs384(Algorithm::HS384)]
#[case::hs512(Algorithm::HS512)]
#[tokio::test]
async fn secret_with_another_algorithm_is_rejected(#[case] algorithm: Algorithm) {
    let header = format!(r#"{{"alg":"{algorithm:?}"}}"#);
    let token = signed_with(SECRET.as_bytes(), algorithm, &header, &good());
    is_rejected_and_the_service_continues(&token).await;
}

#[rstest]
#[case::another_key(r#"{"alg":"HS256"}"#, b"another secret of thirty-two bytes")]
#[case::empty_key(r#"{"alg":"HS256","kid":"/dev/null"}"#, b"")]
#[case::kid_as_sql(r#"{"alg":"HS256","kid":"x' UNION SELECT 'key"}"#, b"key")]
#[case::key_of_the_header(r#"{"alg":"HS256","jwk":{"kty":"oct","k":"a2V5"}}"#, b"key")]
#[tokio::test]
async fn a_key_of_the_attackers_is_not_ours(#[case] header: &str, #[case] key: &[u8]) {
    is_rejected_and_the_service_continues(&signed_with(key, Algorithm::HS256, header, &good()))
        .await;
}

#[tokio::test]
async fn token_without_a_signature_is_rejected() {
    let token = signed(r#"{"alg":"HS256"}"#, &good());
    let (message, _) = token.rsplit_once('.').unwrap();
    for token in
        [message.to_owned(), format!("{message}."), format!("{token}."), format!(".{token}")]
    {
        is_rejected_and_the_service_continues(&token).await;
    }
}

#[rstest]
#[case::no_exp(r#"{"user_id":1}"#)]
#[case::null(r#"{"user_id":1,"exp":null}"#)]
#[case::text(r#"{"user_id":1,"exp":"9999999999"}"#)]
#[case::float(r#"{"user_id":1,"exp":9999999999.5}"#)]
#[case::negative(r#"{"user_id":1,"exp":-1}"#)]
#[case::two_to_the_63(r#"{"user_id":1,"exp":9223372036854775808}"#)]
#[case::user_text(r#"{"user_id":"1","exp":9999999999}"#)]
#[case::user_float(r#"{"user_id":1.0,"exp":9999999999}"#)]
#[case::user_negative(r#"{"user_id":-1,"exp":9999999999}"#)]
#[case::user_two_to_the_64(r#"{"user_id":18446744073709551616,"exp":9999999999}"#)]
#[case::user_unknown(r#"{"user_id":2,"exp":9999999999}"#)]
#[case::array("[1,9999999999]")]
#[tokio::test]
async fn invalid_claims_are_rejected(#[case] payload: &str) {
    is_rejected_and_the_service_continues(&signed(r#"{"alg":"HS256"}"#, payload)).await;
}

#[tokio::test]
async fn token_with_any_changed_byte_is_rejected() {
    let app = TestApp::start().await;
    let token = app.token().await;
    for at in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(app.get_user(&changed).await.contract(), TOKEN_IS_INVALID, "byte {at}");
    }
    assert_eq!(app.get_user(&token).await.contract(), DEMO_USER);
}

#[tokio::test]
async fn issuer_and_audience_are_issued_and_demanded_where_configured() {
    let app = TestApp::start_with(|config| {
        config.tokens.issuer = Some("https://auth.example.com".to_owned());
        config.tokens.audience = Some("shop".to_owned());
    })
    .await;
    assert_eq!(app.get_user(&app.token().await).await.contract(), DEMO_USER);
    let without = signed(r#"{"alg":"HS256"}"#, &good());
    assert_eq!(app.get_user(&without).await.contract(), TOKEN_IS_INVALID);
}

#[tokio::test]
async fn issue_time_in_the_future_survives_no_global_logout() {
    let app = TestApp::start().await;
    let issued = |member: &str| {
        let payload = format!(r#"{{"user_id":1,"exp":{},{member}}}"#, START + 7200);
        signed(r#"{"alg":"HS256"}"#, &payload)
    };
    let foreign = [
        issued(&format!(r#""iat":{}"#, START + 3600)),
        issued(&format!(r#""iat":{},"iat_ms":{}"#, START, (START + 3600) * 1000)),
        issued(&format!(r#""iat":{}"#, i64::MAX)),
    ];
    // Another clock may be a little ahead.
    let ahead = issued(&format!(r#""iat":{}"#, START + 5));
    for token in foreign.iter().chain([&ahead]) {
        assert_eq!(app.get_user(token).await.contract(), DEMO_USER);
    }
    let logout = app.post("/logout").bearer_auth(app.token().await).form(&[("scope", "global")]);
    assert_eq!(logout.send().await.unwrap().status(), 204);
    for token in &foreign {
        assert_eq!(app.get_user(token).await.contract(), TOKEN_IS_INVALID);
    }
    assert_eq!(app.get_user(&ahead).await.contract(), DEMO_USER);
    assert_eq!(app.get_user(&app.token().await).await.contract(), DEMO_USER);
}
