//! The layers of all routes.

use crate::support::{Answer, TestApp};

#[tokio::test]
async fn every_response_has_nosniff_and_no_store() {
    let app = TestApp::start().await;
    for path in ["/healthz", "/get-user", "/login", "/nowhere"] {
        let response = Answer::of(app.get(path)).await;
        assert_eq!(response.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(response.header("cache-control"), "no-store", "{path}");
    }
}

#[tokio::test]
async fn well_formed_request_id_is_returned() {
    let app = TestApp::start().await;
    let response = Answer::of(app.get("/healthz").header("x-request-id", "Trace-01.a_b")).await;
    assert_eq!(response.header("x-request-id"), "Trace-01.a_b");
}

#[tokio::test]
async fn malformed_request_id_is_replaced() {
    let app = TestApp::start().await;
    for malformed in ["", "a b", "<script>", "a;b", "é", &"x".repeat(65)] {
        let header = reqwest::header::HeaderValue::from_bytes(malformed.as_bytes()).unwrap();
        let response = Answer::of(app.get("/nowhere").header("x-request-id", header)).await;
        let id = response.header("x-request-id");
        assert!(
            id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()),
            "{malformed:?} became {id:?}"
        );
    }
}

#[tokio::test]
async fn origin_is_not_allowed_by_default() {
    let app = TestApp::start().await;
    let response =
        Answer::of(app.get("/healthz").header("origin", "https://app.example.com")).await;
    assert_eq!(response.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn configured_origin_alone_is_allowed() {
    let app = TestApp::start_with(|config| {
        config.http.cors_origins = vec!["https://app.example.com".parse().unwrap()];
    })
    .await;
    let preflight = |origin: &'static str| {
        let request = app.client.request(reqwest::Method::OPTIONS, app.url("/get-user"));
        request
            .header("origin", origin)
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "authorization")
    };
    let configured = Answer::of(preflight("https://app.example.com")).await;
    assert_eq!(configured.status, 200);
    assert_eq!(configured.header("access-control-allow-origin"), "https://app.example.com");
    assert!(configured.header("access-control-allow-headers").contains("authorization"));
    let other = Answer::of(preflight("https://evil.example.com")).await;
    assert_eq!(other.header("access-control-allow-origin"), "");

    let rejected = app.get("/get-user").header("origin", "https://app.example.com");
    let rejected = Answer::of(rejected).await;
    assert_eq!(rejected.status, 401);
    assert_eq!(rejected.header("access-control-allow-origin"), "https://app.example.com");
    assert!(rejected.header("access-control-expose-headers").contains("www-authenticate"));
}
