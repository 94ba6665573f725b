//! `GET /openapi.json`, and the page `GET /docs`.

use reqwest::Method;
use rstest::rstest;
use serde_json::Value;

use crate::support::{TestApp, TestResponse};

const ASSETS: [&str; 8] = [
    "/docs",
    "/docs/style.css",
    "/docs/main.js",
    "/docs/credentials.js",
    "/docs/elements.js",
    "/docs/operation.js",
    "/docs/request.js",
    "/docs/schema.js",
];

async fn document(app: &TestApp) -> Value {
    TestResponse::of(app.get("/openapi.json")).await.json()
}

#[tokio::test]
async fn document_is_openapi_3_1_of_this_version() {
    let app = TestApp::start().await;
    let response = TestResponse::of(app.get("/openapi.json")).await;
    assert_eq!((response.status, response.header("content-type")), (200, "application/json"));
    assert_eq!(response.body, countersign::http::OPENAPI);
    let document = response.json();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
}

/// Each reference leads to something, and each identifier is that of one operation.
#[tokio::test]
async fn document_is_consistent() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document = document(&TestApp::start().await).await;
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 100, "{found:?}");
    for reference in found {
        assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
    }
    let tags: Vec<&Value> =
        document["tags"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    let mut ids = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path}");
            assert!(tags.contains(&&operation["tags"][0]), "{method} {path}");
            ids.push(operation["operationId"].as_str().unwrap());
        }
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "an operationId is used twice: {ids:?}");
}

#[tokio::test]
async fn routes_have_the_methods_of_the_document() {
    let app = TestApp::start().await;
    for (path, item) in document(&app).await["paths"].as_object().unwrap() {
        // Without pages there is no such route; and a gateway may pass on any method to the other one.
        if path == "/ui/token" || path == "/verify" {
            continue;
        }
        let mut methods: Vec<String> =
            item.as_object().unwrap().keys().map(|it| it.to_uppercase()).collect();
        if methods.iter().any(|method| method == "GET") {
            methods.push("HEAD".to_owned());
        }
        methods.sort_unstable();
        let path = path.replace(['{', '}'], "");
        let response = TestResponse::of(app.client.request(Method::PUT, app.url(&path))).await;
        let mut allowed: Vec<_> = response.header("allow").split(',').map(str::to_owned).collect();
        allowed.sort_unstable();
        // The layers of the administration API are outside of its methods.
        let status = if path.starts_with("/admin/") { 401 } else { 405 };
        assert_eq!((response.status, allowed), (status, methods), "{path}");
    }
}

#[tokio::test]
async fn page_runs_scripts_of_this_origin_alone_and_is_in_no_frame() {
    let app = TestApp::start().await;
    for path in ASSETS {
        let response = TestResponse::of(app.get(path)).await;
        assert_eq!(response.status, 200, "{path}");
        let policy = response.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; "), "{path}: {policy}");
        assert!(policy.contains("connect-src 'self'") && policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(response.header("x-content-type-options"), "nosniff");
        assert_eq!(response.header("x-frame-options"), "DENY");
        assert_eq!(response.header("referrer-policy"), "no-referrer");
        // Nothing is loaded from elsewhere.
        assert!(!response.body.contains("//cdn") && !response.body.contains("https://"), "{path}");
    }
    assert_eq!(TestResponse::of(app.get("/docs/none.js")).await.status, 404);
}

/// `fetch` with the cookies of the browser, or a store that outlives the page, would let other pages act with
/// what a person has entered here.
#[tokio::test]
async fn page_stores_no_credentials() {
    let app = TestApp::start().await;
    for path in ASSETS {
        let text = TestResponse::of(app.get(path)).await.body;
        for word in ["localStorage", "sessionStorage", "document.cookie", "innerHTML", "eval("] {
            assert!(!text.contains(word), "{path} has {word}");
        }
    }
}

#[rstest]
#[case::document("/openapi.json")]
#[case::page("/docs")]
#[case::script("/docs/main.js")]
#[tokio::test]
async fn api_docs_can_be_turned_off(#[case] path: &str) {
    let app = TestApp::start_with(|config| config.http.api_docs = false).await;
    let response = TestResponse::of(app.get(path)).await;
    assert_eq!((response.status, &*response.body), (404, r#"{"message": "Not found"}"#));
    assert_eq!(TestResponse::of(app.get("/healthz")).await.status, 200);
}
