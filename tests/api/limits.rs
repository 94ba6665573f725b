//! Limits that a client meets only if it looks for them.

use std::io;

use countersign::server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::databases;
use crate::support::{
    EMAIL, PASSWORD, TIMEOUT, TOKEN_IS_INVALID, TestApp, TestResponse, read_to_end,
};

/// A bounded part of an unread body is discarded, so that the response arrives; not for
/// ever.
#[tokio::test]
async fn client_that_continues_sending_after_the_response_is_disconnected() {
    let app = TestApp::start().await;
    let stream = app.connect().await;
    let (mut reader, mut writer) = stream.into_split();
    let head = "POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n";
    writer.write_all(head.as_bytes()).await.unwrap();
    let sending = tokio::spawn(async move {
        let part = vec![b'x'; 64 * 1024];
        for sent in 1.. {
            if writer.write_all(&part).await.is_err() {
                return sent * part.len();
            }
        }
        unreachable!()
    });
    let mut answer = [0; 12];
    timeout(TIMEOUT, reader.read_exact(&mut answer)).await.expect("responded").unwrap();
    assert_eq!(&answer, b"HTTP/1.1 404");
    // What is on its way comes on top of the 4 MiB that are read.
    let sent = timeout(TIMEOUT, sending).await.expect("cut").unwrap();
    assert!(sent < 64 * 1024 * 1024, "{sent}");
}

/// Many clients read nothing before all is sent. A connection that is closed with unread data is
/// reset, and the response is lost with it.
#[tokio::test]
async fn client_that_reads_after_sending_everything_gets_the_response() {
    let app = TestApp::start().await;
    for (request_line, expected) in [
        ("POST /nowhere", "HTTP/1.1 404"),
        ("POST /get-user", "HTTP/1.1 405"),
        ("GET /get-user", "HTTP/1.1 401"),
        ("POST /logout", "HTTP/1.1 401"),
        ("POST /login", "HTTP/1.1 415"),
    ] {
        let body = "x".repeat(1024 * 1024);
        let head = format!(
            "{request_line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        );
        // Otherwise the system would take all of it, whether it is read or not.
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_send_buffer_size(16 * 1024).unwrap();
        let mut stream = socket.connect(app.address).await.unwrap();
        let request = format!("{head}{body}");
        let sent = stream.write_all(request.as_bytes());
        timeout(TIMEOUT, sent).await.expect("read in time").expect("read to the end");
        let answer = read_to_end(&mut stream).await;
        assert!(answer.starts_with(expected), "{request_line}: {answer:?}");
    }
}

/// The settings in the first frames of the service (RFC 9113 section 6.5.2).
#[tokio::test]
async fn http2_connection_is_bounded() {
    let app = TestApp::start().await;
    let mut stream = app.connect().await;
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let mut settings = std::collections::BTreeMap::new();
    let mut window = None;
    while settings.is_empty() || window.is_none() {
        let (kind, payload) = timeout(TIMEOUT, frame(&mut stream)).await.expect("in time").unwrap();
        match kind {
            4 => settings.extend(payload.chunks(6).map(|setting| {
                let number =
                    |bytes: &[u8]| bytes.iter().fold(0, |all, byte| all << 8 | u32::from(*byte));
                (number(&setting[..2]), number(&setting[2..]))
            })),
            8 => window = Some(u32::from_be_bytes(payload.try_into().unwrap())),
            _ => {}
        }
    }
    let (max_concurrent_streams, initial_window_size, max_header_list_size) = (3, 4, 6);
    assert_eq!(settings.get(&max_concurrent_streams), Some(&100));
    // The default is not said.
    assert_eq!(settings.get(&initial_window_size).unwrap_or(&65_535), &65_536);
    assert_eq!(settings.get(&max_header_list_size), Some(&(32 * 1024)));
    assert_eq!(window, Some(256 * 1024 - 65_535));
}

/// The kind and the payload of the next frame.
async fn frame(stream: &mut TcpStream) -> io::Result<(u8, Vec<u8>)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).await?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; usize::try_from(length).unwrap()];
    stream.read_exact(&mut payload).await?;
    Ok((head[3], payload))
}

/// The system keeps a port for connections that the service has closed.
#[tokio::test]
async fn restart_listens_on_the_same_port_at_once() {
    let listener = server::listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let mut client = TcpStream::connect(address).await.unwrap();
    let (served, _) = listener.accept().await.unwrap();
    drop(served);
    let mut rest = Vec::new();
    client.read_to_end(&mut rest).await.unwrap();
    drop((client, listener));
    server::listen(address).unwrap();
}

#[tokio::test]
async fn sessions_are_listed_up_to_a_hundred() {
    let app = TestApp::start().await;
    // By the last one: of sessions that were used at the same time, any may end.
    let listed_by_a_new_one = async || {
        let request = app.get("/sessions").bearer_auth(app.session().await.access);
        TestResponse::of(request).await.json()["sessions"].as_array().unwrap().len()
    };
    for _ in 0..98 {
        app.session().await;
    }
    for count in [99, 100, 100] {
        assert_eq!(listed_by_a_new_one().await, count);
    }
}

/// Otherwise every request with a token would ask the database; and after a second another
/// instance's change counts.
#[tokio::test]
async fn user_and_session_of_a_token_are_cached_for_a_second() {
    let database = databases::sqlite();
    let one = TestApp::on(&database).await;
    let other = one.beside().await;
    let (ended, deleted) = (one.session().await, one.session().await);
    let is_active = async |token: &str| one.get_user(token).await.status == 200;
    assert!(is_active(&ended.access).await);
    let request = other.post("/logout").bearer_auth(&ended.access);
    assert_eq!(TestResponse::of(request).await.status, 204);
    one.clock.advance(chrono::TimeDelta::milliseconds(999));
    assert!(is_active(&ended.access).await);
    one.clock.advance(chrono::TimeDelta::milliseconds(1));
    assert_eq!(one.get_user(&ended.access).await.contract(), TOKEN_IS_INVALID);

    assert!(is_active(&deleted.access).await);
    let request = other.post("/account/delete").bearer_auth(&deleted.access);
    assert_eq!(TestResponse::of(request.form(&[("password", PASSWORD)])).await.status, 204);
    one.clock.advance(chrono::TimeDelta::milliseconds(999));
    assert!(is_active(&deleted.access).await);
    one.clock.advance(chrono::TimeDelta::milliseconds(1));
    assert!(!is_active(&deleted.access).await);
    assert_eq!(one.login(EMAIL, PASSWORD).await.status, 400);
}
