//! `GET /.well-known/oauth-authorization-server` (RFC 8414)

use countersign::oauth_clients::OAuthClients;
use reqwest::Method;
use rstest::rstest;
use serde_json::json;

use super::{CLIENT, OTHER_METHOD, check, row};
use crate::support::{TestApp, TestResponse};

const PATH: &str = "/.well-known/oauth-authorization-server";

async fn app(issuer: &'static str, clients: &'static str) -> TestApp {
    TestApp::start_with(|config| {
        config.tokens.issuer = Some(issuer.to_owned());
        config.oauth_clients = OAuthClients::parse(clients).unwrap();
    })
    .await
}

#[tokio::test]
async fn metadata_has_the_endpoints_of_the_service() {
    let app = app("https://auth.example.com", CLIENT).await;
    let expected = json!({
        "issuer": "https://auth.example.com",
        "token_endpoint": "https://auth.example.com/token",
        "jwks_uri": "https://auth.example.com/.well-known/jwks.json",
        "revocation_endpoint": "https://auth.example.com/revoke",
        "introspection_endpoint": "https://auth.example.com/introspect",
        "userinfo_endpoint": "https://auth.example.com/userinfo",
        "grant_types_supported": ["refresh_token"],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic"],
        "revocation_endpoint_auth_methods_supported": ["none", "client_secret_basic"],
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic"],
    });
    let answer = TestResponse::of(app.get(PATH)).await;
    assert_eq!((answer.status, answer.json()), (200, expected));

    // Each of the endpoints exists.
    for (name, value) in answer.json().as_object().unwrap() {
        if let Some(url) = value.as_str().filter(|_| name != "issuer") {
            let path = url.strip_prefix("https://auth.example.com").unwrap();
            assert_ne!(TestResponse::of(app.get(path)).await.status, 404, "{name}");
        }
    }
}

#[tokio::test]
async fn metadata_without_oauth_clients_has_no_introspection_endpoint() {
    let app = app("https://auth.example.com", "").await;
    let document = TestResponse::of(app.get(PATH)).await.json();
    let names: Vec<_> = document.as_object().unwrap().keys().collect();
    assert!(!names.iter().any(|name| name.starts_with("introspection")), "{names:?}");
    assert_eq!(document["token_endpoint_auth_methods_supported"], json!(["none"]));
    assert_eq!(document["revocation_endpoint_auth_methods_supported"], json!(["none"]));
}

#[tokio::test]
async fn metadata_endpoint_conforms_to_rfc8414() {
    let rows = [
        row("RFC 8414 section 3.2", "the document")
            .send(Method::GET, PATH)
            .gives(200, r#"{"issuer": "https://auth.example.com", …}"#)
            .having("content-type: application/json")
            .having("cache-control: public, max-age=3600"),
        row("RFC 8414 section 3.1", "HEAD").send(Method::HEAD, PATH).gives(200, ""),
        row("RFC 8414 section 3.1", "another method than GET")
            .send(Method::POST, PATH)
            .gives(405, OTHER_METHOD)
            .having("allow: GET,HEAD"),
        row("RFC 8414 section 3.1", "another path than that of the issuer")
            .send(Method::GET, "/.well-known/oauth-authorization-server/auth")
            .gives(404, r#"{"message": "Not found"}"#),
    ];
    check(&app("https://auth.example.com", "").await, &rows).await;
}

/// RFC 8414 section 3.1 puts the well-known part between the host and the path of the issuer.
#[rstest]
#[case("https://example.com/auth", "/auth", "https://example.com/auth")]
#[case("https://example.com/auth/eu/", "/auth/eu", "https://example.com/auth/eu")]
#[case("http://localhost:8080/", "", "http://localhost:8080")]
#[tokio::test]
async fn metadata_of_an_issuer_with_a_path_is_found_by_the_path(
    #[case] issuer: &'static str,
    #[case] path: &str,
    #[case] base: &str,
) {
    let app = app(issuer, "").await;
    for path in [path, ""] {
        let document = TestResponse::of(app.get(&format!("{PATH}{path}"))).await.json();
        assert_eq!(document["issuer"], issuer);
        assert_eq!(document["token_endpoint"], format!("{base}/token"));
    }
    for path in ["/other", "/auth/", "/AUTH"] {
        assert_eq!(TestResponse::of(app.get(&format!("{PATH}{path}"))).await.status, 404, "{path}");
    }
}

#[rstest]
#[case::name("countersign")]
#[case::query("https://auth.example.com?tenant=1")]
#[case::fragment("https://auth.example.com#x")]
#[case::other_scheme("urn:example:auth")]
#[tokio::test]
async fn issuer_that_is_no_url_has_no_metadata(#[case] issuer: &'static str) {
    let app = app(issuer, "").await;
    let answer = TestResponse::of(app.get(PATH)).await;
    assert_eq!((answer.status, &*answer.body), (404, r#"{"message": "Not found"}"#));
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn service_without_an_issuer_has_no_metadata() {
    let answer = TestResponse::of(TestApp::start().await.get(PATH)).await;
    assert_eq!((answer.status, &*answer.body), (404, r#"{"message": "Not found"}"#));
}
