//! `GET /.well-known/openid-configuration` (OpenID Connect Discovery 1.0)

use countersign::oauth_clients::OAuthClients;
use reqwest::Method;
use serde_json::{Value, json};

use super::{CLIENT, OTHER_METHOD, check, row};
use crate::support::{TestApp, TestResponse};

const PATH: &str = "/.well-known/openid-configuration";

async fn app(issuer: Option<&str>) -> TestApp {
    TestApp::start_with(|config| {
        config.tokens.issuer = issuer.map(str::to_owned);
        config.oauth_clients = OAuthClients::parse(CLIENT).unwrap();
    })
    .await
}

#[tokio::test]
async fn openid_configuration_is_the_metadata_with_the_claims_of_userinfo() {
    let app = app(Some("https://auth.example.com")).await;
    let mut document = TestResponse::of(app.get(PATH)).await.json();
    let members = document.as_object_mut().unwrap();
    assert_eq!(members.remove("subject_types_supported"), Some(json!(["public"])));
    let claims = json!(["sub", "email", "email_verified", "is_admin"]);
    assert_eq!(members.remove("claims_supported"), Some(claims.clone()));
    let metadata = "/.well-known/oauth-authorization-server";
    assert_eq!(document, TestResponse::of(app.get(metadata)).await.json());

    let userinfo = app.get("/userinfo").bearer_auth(app.token().await);
    let userinfo = TestResponse::of(userinfo).await.json();
    let mut named: Vec<_> =
        userinfo.as_object().unwrap().keys().map(|it| Value::from(it.as_str())).collect();
    let mut claims = claims.as_array().unwrap().clone();
    named.sort_by_key(ToString::to_string);
    claims.sort_by_key(ToString::to_string);
    assert_eq!(named, claims);
}

/// Members that would be untrue: the service has no authorization endpoint, and issues no ID tokens.
#[tokio::test]
async fn openid_configuration_does_not_claim_to_be_that_of_an_openid_provider() {
    let app = app(Some("https://auth.example.com")).await;
    let document = TestResponse::of(app.get(PATH)).await.json();
    for name in
        ["authorization_endpoint", "id_token_signing_alg_values_supported", "scopes_supported"]
    {
        assert_eq!(document.get(name), None, "{name}");
    }
    assert_eq!(document["response_types_supported"], json!([]));
}

#[tokio::test]
async fn openid_configuration_endpoint_conforms_to_discovery() {
    let rows = [
        row("OIDC Discovery 1.0 section 4.2", "the document")
            .send(Method::GET, PATH)
            .gives(200, r#"{"issuer": "https://auth.example.com", …}"#)
            .having("content-type: application/json")
            .having("cache-control: public, max-age=3600"),
        row("OIDC Discovery 1.0 section 4.1", "another method than GET")
            .send(Method::POST, PATH)
            .gives(405, OTHER_METHOD)
            .having("allow: GET,HEAD"),
    ];
    check(&app(Some("https://auth.example.com")).await, &rows).await;
}

/// Section 4.1 appends the well-known part to the path of the issuer, which the gateway removes.
#[tokio::test]
async fn openid_configuration_names_an_issuer_with_a_path() {
    let app = app(Some("https://example.com/auth")).await;
    let document = TestResponse::of(app.get(PATH)).await.json();
    assert_eq!(document["issuer"], "https://example.com/auth");
    assert_eq!(document["jwks_uri"], "https://example.com/auth/.well-known/jwks.json");
}

#[tokio::test]
async fn service_without_an_issuer_that_is_a_url_has_no_openid_configuration() {
    for issuer in [None, Some("countersign")] {
        let answer = TestResponse::of(app(issuer).await.get(PATH)).await;
        assert_eq!((answer.status, &*answer.body), (404, r#"{"message": "Not found"}"#));
    }
}
