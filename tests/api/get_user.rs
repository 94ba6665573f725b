//! `GET /get-user`: forms of the `Authorization` header.

use rstest::rstest;

use crate::support::{DEMO_USER, TOKEN_IS_INVALID, TestApp, TestResponse};

#[rstest]
#[case::basic("Basic dXNlckBlbWFpbC5jb206cGFzc3dvcmQ=")]
#[case::digest("Digest username=\"user\"")]
#[case::nonsense("nonsense")]
#[case::two_words("Bearer a b")]
#[case::long(&"x".repeat(9000))]
#[tokio::test]
async fn header_with_something_else_is_an_invalid_token(#[case] authorization: &str) {
    let app = TestApp::start().await;
    assert_eq!(app.get_user(authorization).await.contract(), TOKEN_IS_INVALID);
}

#[tokio::test]
async fn header_that_is_not_ascii_is_an_invalid_token() {
    let app = TestApp::start().await;
    for value in [&b"\xff"[..], b"Bearer \xc3\xa9", b"Bearer \xf0\x9f\x94\x91"] {
        let header = reqwest::header::HeaderValue::from_bytes(value).unwrap();
        let answer = TestResponse::of(app.get("/get-user").header("authorization", header)).await;
        assert_eq!(answer.contract(), TOKEN_IS_INVALID);
    }
}

#[tokio::test]
async fn several_headers_are_rejected_even_if_each_is_valid() {
    let app = TestApp::start().await;
    let token = app.token().await;
    let twice = app.get("/get-user").header("authorization", &token);
    let answer = TestResponse::of(twice.header("authorization", &token)).await;
    assert_eq!(answer.contract(), TOKEN_IS_INVALID);
}

#[tokio::test]
async fn head_responds_as_get_without_a_body() {
    let app = TestApp::start().await;
    let token = app.token().await;
    let head = app.client.head(app.url("/get-user")).header("authorization", token);
    let answer = TestResponse::of(head).await;
    assert_eq!((answer.status, &*answer.body), (200, ""));
    assert_eq!(answer.header("content-length"), DEMO_USER.1.len().to_string());
}
