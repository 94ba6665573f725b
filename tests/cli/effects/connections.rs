//! Limits and timeouts of requests and connections.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use rstest::rstest;
use serde_json::Value;
use tokio::time::Instant;

use super::{access, serve};
use crate::support::{Service, TIMEOUT, client};

#[tokio::test]
async fn body_over_the_limit_is_rejected() {
    let service = serve("--body-limit 100");
    for (length, status) in [(100, 400), (101, 413)] {
        let body = format!("email={}", "x".repeat(length - 6));
        let request = client().post(service.url("/login")).body(body);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(request.send().await.unwrap().status(), status, "{length}");
    }
}

/// The status line that arrives on a connection, and how long it took.
fn status_line(mut stream: &TcpStream) -> (String, Duration) {
    let start = Instant::now();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    let mut head = [0; 12];
    let read = stream.read(&mut head).unwrap();
    (String::from_utf8_lossy(&head[..read]).into_owned(), start.elapsed())
}

fn is_open(mut stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let read = stream.read(&mut [0]);
    stream.set_nonblocking(false).unwrap();
    matches!(read, Err(error) if error.kind() == ErrorKind::WouldBlock)
}

fn connect(service: &Service, bytes: &str) -> TcpStream {
    let mut stream = TcpStream::connect(&service.address).unwrap();
    stream.write_all(bytes.as_bytes()).unwrap();
    stream
}

const HEALTHZ: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
const HALF_A_LOGIN: &str = "POST /login HTTP/1.1\r\nhost: x\r\n\
    content-type: application/json\r\ncontent-length: 49\r\n\r\n{";

/// Reads a whole answer to [`HEALTHZ`].
fn healthy(mut stream: &TcpStream) {
    stream.write_all(HEALTHZ.as_bytes()).unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(br#"{"status": "ok"}"#) {
        let mut bytes = [0; 1024];
        let read = stream.read(&mut bytes).unwrap();
        assert!(read > 0, "the connection was closed");
        answer.extend(&bytes[..read]);
    }
}

/// Of three time-outs each ends its own kind of waiting, and none of the others.
#[rstest]
#[case("--header-timeout 300ms", [true, false, false])]
#[case("--body-timeout 300ms", [false, true, false])]
#[case("--idle-timeout 300ms --header-timeout 500ms", [true, false, true])]
fn each_timeout_ends_its_own_kind_of_connection(#[case] flags: &str, #[case] ends: [bool; 3]) {
    let service = serve(flags);
    let start = Instant::now();
    let silent = connect(&service, "");
    let half = connect(&service, HALF_A_LOGIN);
    let idle = connect(&service, "");
    healthy(&idle);
    let all = [&silent, &half, &idle];
    let ended = ends.iter().rposition(|ends| *ends).unwrap();
    let (answer, _) = status_line(all[ended]);
    assert_eq!(answer, if ended == 1 { "HTTP/1.1 408" } else { "" });
    let took = start.elapsed();
    assert!(took >= Duration::from_millis(290) && took < Duration::from_secs(8), "{took:?}");
    for (stream, ends) in all.into_iter().zip(ends) {
        assert!(ends || is_open(stream), "{flags} ended another connection");
    }
}

#[test]
fn connection_over_the_maximum_waits() {
    let service = serve("--max-connections 1");
    let first = connect(&service, "");
    healthy(&first);
    let second = connect(&service, HEALTHZ);
    for _ in 0..50 {
        healthy(&first);
    }
    assert!(is_open(&second), "the second connection was served beside the first");
    drop(first);
    assert_eq!(status_line(&second).0, "HTTP/1.1 200");
    // Without the flag it is not kept waiting.
    let service = serve("");
    let first = connect(&service, "");
    healthy(&first);
    healthy(&connect(&service, ""));
    healthy(&first);
}

#[rstest]
#[case("", "127.0.0.1")]
#[case("--trusted-proxies 10.0.0.0/8", "127.0.0.1")]
#[case("--trusted-proxies 10.0.0.0/8,127.0.0.0/8", "203.0.113.9")]
#[tokio::test]
async fn forwarded_address_of_a_trusted_proxy_only_is_used(
    #[case] flags: &str,
    #[case] address: &str,
) {
    let service = serve(flags);
    let form = [("email", "user@email.com"), ("password", "password")];
    let request = client().post(service.url("/login")).form(&form);
    let request = request.header("x-forwarded-for", "203.0.113.9");
    let tokens: Value = request.send().await.unwrap().json().await.unwrap();
    let (_, sessions) = service.get("/sessions", access(&tokens)).await;
    let sessions: Value = serde_json::from_str(&sessions).unwrap();
    assert_eq!(sessions["sessions"][0]["address"], address);
}
