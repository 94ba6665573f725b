//! Connections: limits, timeouts, graceful shutdown.

use std::convert::Infallible;
use std::io::Write;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use countersign::server;
use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, interval, timeout};
use tokio_util::sync::CancellationToken;
use tower::{Service, service_fn};

use crate::support::{EMAIL, PASSWORD, TIMEOUT, TestApp, TestResponse, config, read_to_end};

const SHORT: Duration = Duration::from_millis(100);
/// The limit of open files for all tests of this process, if the system allows it: the default is often
/// 1,024.
const FILES: u64 = 4096;
const HEALTHZ: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";

#[tokio::test]
async fn login_beside_five_hundred_slow_connections_succeeds_and_they_are_closed() {
    let _ = rlimit::increase_nofile_limit(FILES);
    let app = TestApp::start_with(|config| {
        config.server.header_timeout = Duration::from_secs(1);
        config.server.idle_timeout = Duration::from_secs(1);
    })
    .await;
    let mut dribblers = Vec::new();
    for _ in 0..500 {
        let mut stream = app.connect().await;
        dribblers.push(tokio::spawn(async move {
            let mut ticks = interval(Duration::from_millis(50));
            let head = HEALTHZ.bytes().chain(std::iter::repeat(b'x'));
            for byte in head.filter(|byte| *byte != b'\n') {
                ticks.tick().await;
                if stream.write_all(&[byte]).await.is_err() {
                    return;
                }
            }
        }));
    }
    let answer =
        timeout(SHORT * 20, app.login(EMAIL, PASSWORD)).await.expect("a response beside them");
    assert_eq!(answer.status, 200);
    for dribbler in dribblers {
        timeout(TIMEOUT, dribbler).await.expect("closed").unwrap();
    }
}

#[tokio::test]
async fn connection_without_a_request_is_closed_after_the_header_timeout() {
    let app = TestApp::start_with(|config| config.server.header_timeout = SHORT).await;
    for beginning in ["", "P", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\r\n"] {
        let start = Instant::now();
        let mut stream = app.connect().await;
        stream.write_all(beginning.as_bytes()).await.unwrap();
        read_to_end(&mut stream).await;
        assert!(start.elapsed() >= SHORT, "{beginning:?}: closed after {:?}", start.elapsed());
    }
}

/// Whichever of the two timeouts is longer.
#[rstest]
#[case::longer_than_header_timeout(SHORT / 10, SHORT)]
#[case::shorter_than_header_timeout(TIMEOUT, SHORT)]
#[tokio::test]
async fn idle_connection_is_closed_after_the_idle_timeout(
    #[case] header_timeout: Duration,
    #[case] idle_timeout: Duration,
) {
    let app = TestApp::start_with(|config| {
        config.server.header_timeout = header_timeout;
        config.server.idle_timeout = idle_timeout;
    })
    .await;
    let mut stream = app.connect().await;
    let start = Instant::now();
    stream.write_all(HEALTHZ.as_bytes()).await.unwrap();
    let mut first = [0; 15];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    let rest = read_to_end(&mut stream).await;
    assert!(rest.ends_with(r#"{"status": "ok"}"#), "{rest}");
    let took = start.elapsed();
    assert!(took >= idle_timeout && took < TIMEOUT, "closed after {took:?}");
}

#[tokio::test]
async fn connection_with_a_slow_second_head_is_closed() {
    let app = TestApp::start_with(|config| {
        config.server.header_timeout = SHORT;
        config.server.idle_timeout = SHORT;
    })
    .await;
    let mut stream = app.connect().await;
    stream.write_all(HEALTHZ.as_bytes()).await.unwrap();
    stream.read_exact(&mut [0; 15]).await.unwrap();
    let (_answers, mut requests) = stream.into_split();
    let dribbler = tokio::spawn(async move {
        let mut ticks = interval(SHORT / 10);
        for byte in HEALTHZ.bytes().chain(std::iter::repeat(b'x')).filter(|byte| *byte != b'\n') {
            ticks.tick().await;
            if requests.write_all(&[byte]).await.is_err() {
                return;
            }
        }
    });
    timeout(TIMEOUT, dribbler).await.expect("closed").unwrap();
}

#[tokio::test]
async fn connection_with_a_request_in_flight_is_not_idle() {
    let app = TestApp::start_with(|config| {
        config.server.idle_timeout = SHORT;
        config.http.body_timeout = SHORT * 5;
    })
    .await;
    let mut stream = app.connect().await;
    let head = "POST /login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                content-length: 100\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[tokio::test]
async fn idle_http2_connection_is_closed_after_the_idle_timeout() {
    let app = TestApp::start_with(|config| {
        config.server.header_timeout = SHORT;
        config.server.idle_timeout = SHORT;
    })
    .await;
    // A preface, our settings, and `GET /healthz` in a header block of literals.
    let mut hello = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    let block = b"\x82\x86\x04\x08/healthz\x01\x01x";
    hello.extend([0, 0, u8::try_from(block.len()).unwrap(), 1, 5, 0, 0, 0, 1]);
    hello.extend(block);
    let start = Instant::now();
    let mut stream = app.connect().await;
    stream.write_all(&hello).await.unwrap();
    let answer = read_to_end(&mut stream).await;
    assert!(answer.contains(r#"{"status": "ok"}"#), "{answer:?}");
    assert!(start.elapsed() >= SHORT, "closed after {:?}", start.elapsed());
}

/// Its frames are no requests, and there is always one more to read.
#[tokio::test(flavor = "multi_thread")]
async fn connection_that_never_pauses_is_closed_at_the_shutdown_timeout() {
    let app = TestApp::start_with(|config| config.server.shutdown_timeout = SHORT).await;
    let mut stream = std::net::TcpStream::connect(app.address).unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
    let (under_way, is_under_way) = oneshot::channel();
    let flood = thread::spawn(move || {
        let priorities = b"\0\0\x05\x02\0\0\0\0\x01\0\0\0\0\x10".repeat(5000);
        // More than fits between the two, so that it is being read.
        (0..100).for_each(|_| stream.write_all(&priorities).unwrap());
        under_way.send(()).unwrap();
        while stream.write_all(&priorities).is_ok() {}
    });
    is_under_way.await.unwrap();
    app.shutdown.cancel();
    timeout(TIMEOUT, app.served).await.expect("ended").unwrap();
    flood.join().unwrap();
}

#[tokio::test]
async fn connection_over_the_limit_closes_the_longest_idle_one() {
    let app = TestApp::start_with(|config| config.server.max_connections = 2).await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        let mut stream = app.connect().await;
        stream.write_all(HEALTHZ.as_bytes()).await.unwrap();
        let mut answer = [0; 15];
        timeout(TIMEOUT, stream.read_exact(&mut answer)).await.unwrap().unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200 OK");
        streams.push(stream);
    }
    let first = timeout(TIMEOUT, read_to_end(&mut streams[0])).await.unwrap();
    assert!(first.ends_with(r#"{"status": "ok"}"#), "{first}");
    for stream in &mut streams[1..] {
        stream.write_all(HEALTHZ.as_bytes()).await.unwrap();
        let mut answers = [0; 300];
        timeout(TIMEOUT, stream.read_exact(&mut answers)).await.unwrap().unwrap();
    }
}

/// Requests that are being handled are not given up for new connections.
#[tokio::test]
async fn connection_over_the_limit_is_closed_if_all_others_are_working() {
    let (begun, end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let service = waiting_service(&begun, &end);
    let listener = server::listen((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let options = countersign::config::ServerOptions { max_connections: 1, ..config().server };
    let signal = shutdown.clone().cancelled_owned();
    let served = tokio::spawn(server::serve(listener, service, options, signal));
    let mut first = TcpStream::connect(address).await.unwrap();
    first.write_all(HEALTHZ.as_bytes()).await.unwrap();
    begun.notified().await;
    let mut second = TcpStream::connect(address).await.unwrap();
    assert_eq!(timeout(TIMEOUT, read_to_end(&mut second)).await.unwrap(), "");
    end.notify_one();
    shutdown.cancel();
    let response = read_to_end(&mut first).await;
    assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
    assert!(timeout(TIMEOUT, served).await.unwrap().unwrap());
}

/// The system of a client that finds the backlog full retries after a second.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn backlog_holds_hundreds_of_clients() {
    let _ = rlimit::increase_nofile_limit(FILES);
    let allowed = std::fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap();
    let clients = allowed.trim().parse::<usize>().unwrap().min(300);
    let listener = server::listen((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    for _ in 0..clients {
        let connecting = timeout(SHORT * 5, TcpStream::connect(address));
        waiting.push(connecting.await.expect("connected").unwrap());
    }
}

#[tokio::test]
async fn head_over_32_kib_is_a_431() {
    let app = TestApp::start().await;
    let padding = "x".repeat(33 * 1024);
    let answer = app.raw(format!("GET /healthz HTTP/1.1\r\nhost: x\r\nx: {padding}\r\n\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    let answer = app.raw(format!("GET /{padding} HTTP/1.1\r\nhost: x\r\n\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 414 ") || answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn bytes_that_are_no_http_are_a_400() {
    let app = TestApp::start().await;
    let answer = app.raw("\x16\x03\x01\x02\x00 this is a TLS greeting\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[tokio::test]
async fn http2_with_prior_knowledge_is_served() {
    let app = TestApp::start().await;
    let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let response = client.get(app.url("/get-user")).send().await.unwrap();
    assert_eq!(response.version(), reqwest::Version::HTTP_2);
    assert_eq!(TestResponse::read(response).await.status, 401);
}

#[tokio::test]
async fn shutdown_completes_a_request_in_flight_and_accepts_no_connection() {
    let app = TestApp::start().await;
    let body = format!("email={EMAIL}&password={PASSWORD}");
    let mut stream = app.connect().await;
    let head = format!(
        "POST /login HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\nexpect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // The service asks for the body, so the request is in flight.
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).await.unwrap();
    assert!(interim.starts_with(b"HTTP/1.1 100 "));

    app.shutdown.cancel();
    let refused = async { while tokio::net::TcpStream::connect(app.address).await.is_ok() {} };
    timeout(TIMEOUT, refused).await.expect("no new connection is accepted");
    stream.write_all(body.as_bytes()).await.unwrap();
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(timeout(TIMEOUT, app.served).await.unwrap().unwrap());
}

#[tokio::test]
async fn shutdown_timeout_closes_incomplete_requests() {
    let app = TestApp::start_with(|config| config.server.shutdown_timeout = SHORT).await;
    let mut stream = app.connect().await;
    stream.write_all(b"GET /healthz HT").await.unwrap();
    // A response on another connection: the first one has been accepted by then.
    assert_eq!(TestResponse::of(app.get("/healthz")).await.status, 200);
    app.shutdown.cancel();
    assert!(!timeout(TIMEOUT, app.served).await.unwrap().unwrap());
    assert_eq!(read_to_end(&mut stream).await, "");
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
/// `POST /login` in a header block of literals, without the end of the stream.
const HEADERS: &[u8] = b"\0\0\x0d\x01\x04\0\0\0\x01\x83\x86\x04\x06/login\x01\x01x";

/// It is no request in flight.
#[rstest]
#[case::head(b"GET /healthz HT".to_vec())]
#[case::body(b"POST /login HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 9\r\n\r\nem".to_vec())]
#[case::chunked(b"POST /login HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\n".to_vec())]
#[case::http2([PREFACE, HEADERS].concat())]
#[tokio::test]
async fn incomplete_request_does_not_delay_the_shutdown(#[case] request: Vec<u8>) {
    let app = TestApp::start().await;
    let mut stream = app.connect().await;
    stream.write_all(&request).await.unwrap();
    // A response on another connection: the first one has been accepted by then.
    assert_eq!(TestResponse::of(app.get("/healthz")).await.status, 200);
    let start = Instant::now();
    app.shutdown.cancel();
    assert!(timeout(TIMEOUT, app.served).await.unwrap().unwrap());
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

/// A service that notifies `begun` of each request, and waits for `end` before it responds.
fn waiting_service(
    begun: &Arc<Notify>,
    end: &Arc<Notify>,
) -> impl Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + use<> {
    let (begun, end) = (Arc::clone(begun), Arc::clone(end));
    service_fn(move |_: Request| {
        let (begun, end) = (Arc::clone(&begun), Arc::clone(&end));
        async move {
            begun.notify_one();
            end.notified().await;
            Ok::<_, Infallible>(Response::default())
        }
    })
}

#[tokio::test]
async fn shutdown_waits_for_a_complete_request_longer_than_for_an_incomplete_one() {
    let (begun, end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let service = waiting_service(&begun, &end);
    let listener = server::listen((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let options = config().server;
    let signal = shutdown.clone().cancelled_owned();
    let mut served = tokio::spawn(server::serve(listener, service, options, signal));
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(HEALTHZ.as_bytes()).await.unwrap();
    begun.notified().await;
    shutdown.cancel();
    assert!(timeout(Duration::from_secs(3), &mut served).await.is_err());
    end.notify_one();
    let response = read_to_end(&mut stream).await;
    assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
    assert!(timeout(TIMEOUT, served).await.unwrap().unwrap());
}
