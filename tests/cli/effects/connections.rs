//! Limits and timeouts of requests and connections.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use rstest::rstest;
use serde_json::Value;
use tokio::net::TcpSocket;
use tokio::time::Instant;

use super::{access, serve};
use crate::support::http2::Http2;
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

/// Whether the service has closed a connection, now or soon.
fn is_closed(mut stream: &TcpStream) -> bool {
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    match stream.read(&mut [0; 1024]) {
        Ok(read) => read == 0,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

/// A connection from another address than 127.0.0.1.
fn connect_from(service: &Service, address: [u8; 4]) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((address, 0).into()).unwrap();
    let to = service.address.parse().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let stream = runtime.block_on(socket.connect(to)).unwrap().into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    stream
}

#[test]
fn connection_over_the_maximum_closes_the_longest_idle_one() {
    let service = serve("--max-connections 2 --connections-per-network 2");
    let streams = [(); 2].map(|()| connect(&service, ""));
    streams.iter().for_each(healthy);
    // The first one is no longer idle for longest.
    healthy(&streams[0]);
    let of_another = connect_from(&service, [127, 0, 0, 2]);
    healthy(&of_another);
    assert!(is_closed(&streams[1]));
    healthy(&streams[0]);
    healthy(&of_another);
    let log = service.stop().1;
    assert!(log.contains("too many connections, closing the longest idle ones"), "{log}");
    // Without the flag none is closed.
    let service = serve("");
    let streams = [(); 3].map(|()| connect(&service, ""));
    streams.iter().for_each(healthy);
    streams.iter().for_each(healthy);
}

#[rstest]
#[case::its_own("--connections-per-network 2", true)]
#[case::default_is_a_quarter("--max-connections 8", true)]
#[case::trusted_proxy("--connections-per-network 2 --trusted-proxies 127.0.0.1", false)]
#[case::default("", false)]
fn network_over_its_share_closes_its_own_longest_idle_connection(
    #[case] flags: &str,
    #[case] closes: bool,
) {
    let service = serve(flags);
    let of_another = connect_from(&service, [127, 0, 0, 2]);
    healthy(&of_another);
    let streams = [(); 3].map(|()| {
        let stream = connect(&service, "");
        healthy(&stream);
        stream
    });
    if closes {
        assert!(is_closed(&streams[0]));
    } else {
        healthy(&streams[0]);
    }
    streams[1..].iter().for_each(healthy);
    healthy(&of_another);
}

#[test]
fn bodies_over_the_memory_are_a_503() {
    let flags = "--body-memory 4096 --body-timeout 20s";
    for (flags, length, status) in [
        (flags, 4096, "HTTP/1.1 400"),
        (flags, 4096 + 1024, "HTTP/1.1 400"),
        (flags, 4096 + 1025, "HTTP/1.1 503"),
        ("", 4096 + 1025, "HTTP/1.1 400"),
    ] {
        let service = serve(flags);
        let body = format!("email={}", "x".repeat(length - 6));
        let head = format!(
            "POST /login HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\
             content-type: application/x-www-form-urlencoded\r\n\r\n"
        );
        let stream = connect(&service, &(head + &body));
        assert_eq!(status_line(&stream).0, status, "{length} bytes, {flags}");
    }
}

#[test]
fn http2_requests_beyond_the_first_are_limited() {
    // A network can use a quarter.
    for (flags, served) in [("--max-streams 8", 3), ("", 5)] {
        let service = serve(flags);
        let mut client = Http2::connect(&service.address);
        client.send(&Http2::settings(&[(Http2::WINDOW, 0)]));
        for stream in 0..5 {
            client.send(&Http2::get(1 + 2 * stream, b"/healthz"));
        }
        let answers =
            client.wait_for(5, |kind| kind == Http2::HEADERS || kind == Http2::RST_STREAM);
        let heads = answers.iter().filter(|frame| frame.kind == Http2::HEADERS).count();
        assert_eq!(heads, served, "{flags}");
        let refused = answers.iter().filter(|frame| frame.kind == Http2::RST_STREAM);
        assert!(refused.into_iter().all(|frame| frame.payload == [0, 0, 0, 7]), "REFUSED_STREAM");
    }
}

/// Its client has no window for it.
#[test]
fn response_that_is_not_read_is_given_up_after_the_write_timeout() {
    let service = serve("--write-timeout 300ms");
    let start = Instant::now();
    let mut client = Http2::connect(&service.address);
    client.send(&Http2::settings(&[(Http2::WINDOW, 0)]));
    client.send(&Http2::get(1, b"/healthz"));
    client.wait_for(1, |kind| kind == Http2::HEADERS);
    client.wait_for_end();
    let took = start.elapsed();
    assert!(took >= Duration::from_millis(290) && took < Duration::from_secs(8), "{took:?}");
    // A connection without such a response is not closed.
    let idle = connect(&service, "");
    healthy(&idle);
    std::thread::sleep(Duration::from_millis(700));
    healthy(&idle);
}

#[rstest]
#[case("", "127.0.0.1")]
#[case("--trusted-proxies 10.0.0.0/8", "127.0.0.1")]
#[case("--trusted-proxies 10.0.0.0/8,127.0.0.0/8", "203.0.113.9")]
#[case("--trusted-proxies ::ffff:127.0.0.0/104 --forwarded-header forwarded", "198.51.100.7")]
#[tokio::test]
async fn forwarded_address_of_a_trusted_proxy_only_is_used(
    #[case] flags: &str,
    #[case] address: &str,
) {
    let service = serve(flags);
    let form = [("email", "user@email.com"), ("password", "password")];
    let request = client().post(service.url("/login")).form(&form);
    let request = request.header("x-forwarded-for", "203.0.113.9");
    let request = request.header("forwarded", "for=198.51.100.7;proto=https");
    let tokens: Value = request.send().await.unwrap().json().await.unwrap();
    let (_, sessions) = service.get("/sessions", access(&tokens)).await;
    let sessions: Value = serde_json::from_str(&sessions).unwrap();
    assert_eq!(sessions["sessions"][0]["address"], address);
}
