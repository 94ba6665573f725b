//! `GET /healthz`

use crate::support::{TestApp, TestResponse};

#[tokio::test]
async fn healthz_responds_with_ok() {
    let app = TestApp::start().await;
    let answer = TestResponse::of(app.get("/healthz")).await;
    assert_eq!((answer.status, &*answer.body), (200, r#"{"status": "ok"}"#));
}
