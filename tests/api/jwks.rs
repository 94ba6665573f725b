//! `GET /.well-known/jwks.json`

use countersign::auth::KeyAlgorithm;
use countersign::keys::{KeySet, SharedKeySet, SigningKey};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};

use crate::support::{TestApp, TestResponse};

const PATH: &str = "/.well-known/jwks.json";

async fn with_keys(keys: &SharedKeySet) -> TestApp {
    TestApp::start_with(|config| config.tokens.keys = keys.clone()).await
}

fn key_set(algorithm: KeyAlgorithm) -> SharedKeySet {
    SharedKeySet::new(KeySet::new(SigningKey::generate(algorithm).unwrap()))
}

#[tokio::test]
async fn secret_is_not_published() {
    let app = TestApp::start().await;
    let response = TestResponse::of(app.get(PATH)).await;
    assert_eq!((response.status, &*response.body), (200, r#"{"keys": []}"#));
}

#[tokio::test]
async fn published_set_is_a_jwk_set_with_max_age_300() {
    let app = TestApp::start_with(|config| {
        config.http.cors_origins = vec!["https://app.example.com".parse().unwrap()];
    })
    .await;
    let response =
        TestResponse::of(app.get(PATH).header("origin", "https://app.example.com")).await;
    assert_eq!(response.header("content-type"), "application/jwk-set+json");
    assert_eq!(response.header("cache-control"), "public, max-age=300");
    assert_eq!(response.header("x-content-type-options"), "nosniff");
    assert_eq!(response.header("access-control-allow-origin"), "https://app.example.com");
    let other = TestResponse::of(app.post(PATH)).await;
    assert_eq!((other.status, other.header("allow")), (405, "GET,HEAD"));
}

#[tokio::test]
async fn token_verifies_with_the_published_set() {
    for (algorithm, kty, members) in [
        (KeyAlgorithm::EdDsa, "OKP", &["crv", "x"][..]),
        (KeyAlgorithm::Es256, "EC", &["crv", "x", "y"]),
        (KeyAlgorithm::Rs256, "RSA", &["n", "e"]),
    ] {
        let keys = key_set(algorithm);
        let app = with_keys(&keys).await;
        let response = TestResponse::of(app.get(PATH)).await;
        let jwk = &response.json()["keys"][0];
        assert_eq!(jwk["kty"], kty);
        assert_eq!(jwk["use"], "sig");
        assert_eq!(jwk["alg"], algorithm.name());
        assert_eq!(jwk["kid"], keys.current().signing_key().kid());
        let mut named: Vec<&str> = ["kty", "use", "alg", "kid"].to_vec();
        named.extend(members);
        named.sort_unstable();
        let there: Vec<&String> = jwk.as_object().unwrap().keys().collect();
        assert_eq!(there, named, "{algorithm}");

        let set: JwkSet = serde_json::from_str(&response.body).unwrap();
        let token = app.token().await;
        let header = decode_header(&token).unwrap();
        let jwk = set.find(&header.kid.unwrap()).unwrap();
        let algorithm: Algorithm = algorithm.name().parse().unwrap();
        let mut validation = Validation::new(algorithm);
        validation.validate_exp = false;
        let claims = decode::<Value>(&token, &DecodingKey::from_jwk(jwk).unwrap(), &validation);
        assert_eq!(claims.unwrap().claims["user_id"], json!(1));
        assert_eq!(app.get_user(&token).await.status, 200);
    }
}

#[tokio::test]
async fn published_set_follows_the_key_set() {
    let keys = key_set(KeyAlgorithm::EdDsa);
    let app = with_keys(&keys).await;
    let old = app.token().await;
    keys.replace(KeySet::new(SigningKey::generate(KeyAlgorithm::Es256).unwrap()));
    let shown = TestResponse::of(app.get(PATH)).await.json();
    assert_eq!(shown["keys"][0]["kid"], keys.current().signing_key().kid());
    assert_eq!(app.get_user(&old).await.status, 400);
    assert_eq!(app.get_user(&app.token().await).await.status, 200);
}
