//! Clients that read or write slowly, or not at all.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use super::support::Service;
use super::{HEALTHZ, assert_leaves_nothing, assert_serves_others, connect_from, serve};

/// Sends requests until the service no longer takes them or closes the connection. Whether it closed it.
fn is_cut(mut stream: TcpStream) -> bool {
    let requests = HEALTHZ.repeat(1000);
    loop {
        if let Err(error) = stream.write_all(requests.as_bytes()) {
            return !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
        }
    }
}

#[test]
fn client_that_reads_no_response_is_cut_after_the_write_timeout() {
    let service = serve("--write-timeout 500ms --idle-timeout 1h");
    assert!(is_cut(connect_from(&service, [127, 0, 0, 1])));
    assert_serves_others(&service);
}

/// Connections of all kinds that wait for their clients.
fn wait_in_every_way(service: &Service) -> Vec<TcpStream> {
    let half_a_body = "POST /login HTTP/1.1\r\nhost: x\r\ncontent-length: 60000\r\n\
                       content-type: application/x-www-form-urlencoded\r\n\r\n";
    let beginnings = [
        String::new(),
        HEALTHZ.to_owned(),
        HEALTHZ[..20].to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        half_a_body.to_owned(),
        half_a_body.to_owned() + &"x".repeat(50_000),
    ];
    let mut streams = Vec::new();
    for _ in 0..50 {
        for beginning in &beginnings {
            let mut stream = connect_from(service, [127, 0, 0, 1]);
            let _ = stream.write_all(beginning.as_bytes());
            streams.push(stream);
        }
    }
    streams
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_go_silent_are_cut_and_leave_nothing() {
    let service = serve("--header-timeout 1s --idle-timeout 1s --body-timeout 1s");
    assert_leaves_nothing(&service, || {
        let mut streams = wait_in_every_way(&service);
        assert_serves_others(&service);
        // Each is closed by the service.
        for stream in &mut streams {
            let closed = stream.read_to_end(&mut Vec::new());
            assert!(closed.is_ok_and(|_| true) || stream.take_error().unwrap().is_none());
        }
    })
    .await;
}

/// 64 KiB each, of which the service buffers what has arrived.
#[test]
fn bodies_that_do_not_end_take_bounded_memory() {
    let service = serve("--body-memory 4194304 --body-timeout 1h");
    assert_serves_others(&service);
    let before = super::memory(&service);
    let head = "POST /login HTTP/1.1\r\nhost: x\r\ncontent-length: 65000\r\n\
                content-type: application/x-www-form-urlencoded\r\n\r\n";
    let streams: Vec<_> = (0..800)
        .map(|number| {
            let network = u8::try_from(number % 8).unwrap();
            let mut stream = connect_from(&service, [127, 0, 1, network]);
            stream.write_all((head.to_owned() + &"x".repeat(64_000)).as_bytes()).unwrap();
            stream
        })
        .collect();
    assert_serves_others(&service);
    // 50 MiB were sent. Some are rejected, and the rest waits.
    let mut rejected = 0;
    for mut stream in &streams {
        stream.set_nonblocking(true).unwrap();
        let mut status = [0; 12];
        if stream.read(&mut status).is_ok() {
            assert_eq!(&status, b"HTTP/1.1 503");
            rejected += 1;
        }
    }
    assert!((600..=760).contains(&rejected), "{rejected} of 800 were rejected");
    let after = super::memory(&service);
    assert!(after < 200 * 1024, "{before} KiB, then {after} KiB");
}
