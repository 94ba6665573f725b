//! `GET /healthz`

use crate::support::{Answer, TestApp};

#[tokio::test]
async fn healthz_responds_with_ok() {
    let app = TestApp::start().await;
    let answer = Answer::of(app.get("/healthz")).await;
    assert_eq!((answer.status, &*answer.body), (200, r#"{"status": "ok"}"#));
}
