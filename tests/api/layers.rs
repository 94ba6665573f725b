//! What every request passes through.

use crate::support::{TestApp, TestResponse};

#[tokio::test]
async fn every_response_forbids_sniffing_and_caching() {
    let app = TestApp::start().await;
    for path in ["/healthz", "/get-user", "/login", "/nowhere"] {
        let answer = TestResponse::of(app.get(path)).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
}

#[tokio::test]
async fn valid_request_id_is_returned() {
    let app = TestApp::start().await;
    let answer = TestResponse::of(app.get("/healthz").header("x-request-id", "Trace-01.a_b")).await;
    assert_eq!(answer.header("x-request-id"), "Trace-01.a_b");
}

#[tokio::test]
async fn invalid_request_id_is_replaced() {
    let app = TestApp::start().await;
    for odd in ["", "a b", "<script>", "a;b", "é", &"x".repeat(65)] {
        let header = reqwest::header::HeaderValue::from_bytes(odd.as_bytes()).unwrap();
        let answer = TestResponse::of(app.get("/nowhere").header("x-request-id", header)).await;
        let id = answer.header("x-request-id");
        assert!(
            id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()),
            "{odd:?} became {id:?}"
        );
    }
}

#[tokio::test]
async fn cors_is_off_without_configured_origins() {
    let app = TestApp::start().await;
    let answer =
        TestResponse::of(app.get("/healthz").header("origin", "https://app.example.com")).await;
    assert_eq!(answer.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn cors_allows_configured_origins_alone() {
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
    let ours = TestResponse::of(preflight("https://app.example.com")).await;
    assert_eq!(ours.status, 200);
    assert_eq!(ours.header("access-control-allow-origin"), "https://app.example.com");
    assert!(ours.header("access-control-allow-headers").contains("authorization"));
    let other = TestResponse::of(preflight("https://evil.example.com")).await;
    assert_eq!(other.header("access-control-allow-origin"), "");

    let refused = app.get("/get-user").header("origin", "https://app.example.com");
    let refused = TestResponse::of(refused).await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("access-control-allow-origin"), "https://app.example.com");
    assert!(refused.header("access-control-expose-headers").contains("www-authenticate"));
}
