//! `Host` (RFC 9112 section 3.2).

use rstest::rstest;

use crate::support::TestApp;

const MESSAGE: &str = r#"{"message": "There must be exactly one valid Host header"}"#;

#[rstest]
#[case::absent("GET /healthz HTTP/1.1\r\n")]
#[case::empty("GET /healthz HTTP/1.1\r\nhost:\r\n")]
#[case::twice("GET /healthz HTTP/1.1\r\nhost: x\r\nhost: x\r\n")]
#[case::malformed("GET /healthz HTTP/1.1\r\nhost: a b\r\n")]
#[case::path("GET /healthz HTTP/1.1\r\nhost: x/y\r\n")]
#[case::user_information("GET /healthz HTTP/1.1\r\nhost: user@x\r\n")]
#[case::invalid_port("GET /healthz HTTP/1.1\r\nhost: x:y\r\n")]
#[case::absolute_form("GET http://x/healthz HTTP/1.1\r\n")]
#[case::user_information_in_absolute_form("GET http://user@x/healthz HTTP/1.1\r\nhost: x\r\n")]
#[case::twice_in_http_1_0("GET /healthz HTTP/1.0\r\nhost: x\r\nhost: x\r\n")]
#[case::malformed_in_http_1_0("GET /healthz HTTP/1.0\r\nhost: a b\r\n")]
#[case::hot_route("GET /get-user HTTP/1.1\r\n")]
#[case::unknown_route("GET /nowhere HTTP/1.1\r\n")]
#[case::oauth("POST /token HTTP/1.1\r\n")]
#[tokio::test]
async fn request_without_exactly_one_valid_host_is_a_400(#[case] head: &str) {
    let app = TestApp::start().await;
    let response = app.raw(format!("{head}connection: close\r\n\r\n")).await;
    let status = response.split(' ').nth(1);
    assert!(status == Some("400") && response.ends_with(MESSAGE), "{response}");
    assert!(response.contains("content-type: application/json\r\n"), "{response}");
    assert!(response.contains("x-request-id: "), "{response}");
}

#[rstest]
#[case::name("GET /healthz HTTP/1.1\r\nhost: example.com\r\n")]
#[case::port("GET /healthz HTTP/1.1\r\nhost: example.com:8080\r\n")]
#[case::ipv6("GET /healthz HTTP/1.1\r\nhost: [::1]:8080\r\n")]
#[case::absolute_form("GET http://y/healthz HTTP/1.1\r\nhost: x\r\n")]
#[case::absent_in_http_1_0("GET /healthz HTTP/1.0\r\n")]
#[tokio::test]
async fn request_with_a_valid_host_is_served(#[case] head: &str) {
    let app = TestApp::start().await;
    let response = app.raw(format!("{head}connection: close\r\n\r\n")).await;
    assert!(response.split(' ').nth(1) == Some("200"), "{response}");
}
