//! `GET /healthz`

use crate::support::{Answer, TestApp};

#[tokio::test]
async fn the_service_says_that_it_runs() {
    let app = TestApp::start().await;
    let answer = Answer::of(app.get("/healthz")).await;
    assert_eq!((answer.status, &*answer.body), (200, r#"{"status": "ok"}"#));
}
