//! Attacks of HTTP/2.

use super::support::http2::Http2;
use super::support::{Service, client};
use super::{assert_leaves_nothing, assert_serves_others, memory, serve};

/// Of (c) in the design of admission: 200 MiB.
const MOST_MEMORY: usize = 200 * 1024;
const WHOLE: u8 = Http2::END_STREAM | Http2::END_HEADERS;
const ENHANCE_YOUR_CALM: u32 = 11;

/// A token of a user with as many sessions as there can be, whose list has 70 KiB.
async fn token_of_many_sessions(service: &Service) -> String {
    let mut token = String::new();
    for _ in 0..100 {
        let form = [("email", "user@email.com"), ("password", "password")];
        let login = client().post(service.url("/login")).form(&form);
        let login = login.header("user-agent", "\\\"".repeat(128)).send().await.unwrap();
        let answer: serde_json::Value = login.json().await.unwrap();
        answer["token"].as_str().unwrap().clone_into(&mut token);
    }
    token
}

/// Requests for large responses on connections without a window.
fn unread(service: &Service, token: &str, connections: usize) -> Vec<Http2> {
    let opened = (0..connections).map(|_| {
        let mut client = Http2::connect(&service.address);
        client.send(&Http2::settings(&[(Http2::WINDOW, 0)]));
        let authorization =
            Http2::indexed_header(b"authorization", format!("Bearer {token}").as_bytes());
        let first = [Http2::head(0x82, b"/sessions"), authorization].concat();
        let next = [&*Http2::head(0x82, b"/sessions"), b"\xbe"].concat();
        for stream in 0..100 {
            let block = if stream == 0 { &first } else { &next };
            client.send(&Http2::frame(Http2::HEADERS, WHOLE, 1 + 2 * stream, block));
        }
        client
    });
    opened.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_that_are_not_read_take_bounded_memory_for_a_bounded_time() {
    let service = serve("--token-ttl 1h --write-timeout 500ms");
    let token = token_of_many_sessions(&service).await;
    let mut clients = unread(&service, &token, 100);
    for client in &mut clients {
        // One at least is served.
        client.wait_for(1, |kind| kind == Http2::HEADERS);
    }
    assert_serves_others(&service);
    for client in &mut clients {
        client.wait_for_end();
    }
    let most = memory(&service);
    assert!(most < MOST_MEMORY, "{most} KiB");
    assert_leaves_nothing(&service, || drop(unread(&service, &token, 20))).await;
}

/// A client network can use a quarter of the memory.
#[tokio::test(flavor = "multi_thread")]
async fn response_for_which_there_is_no_memory_is_a_503() {
    for (flags, expected) in [("--body-memory 65536", 503), ("", 200)] {
        let service = serve(&format!("--token-ttl 1h {flags}"));
        let token = token_of_many_sessions(&service).await;
        let list = client().get(service.url("/sessions")).bearer_auth(&token).send().await.unwrap();
        assert_eq!(list.status(), expected, "{flags}");
        assert_eq!(list.headers().contains_key("retry-after"), expected == 503);
        let length = list.bytes().await.unwrap().len();
        assert_eq!(length < 1024, expected == 503, "{length} bytes");
        assert_serves_others(&service);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_references_to_one_header_are_a_431() {
    let service = serve("--body-timeout 1h");
    let before = memory(&service);
    let mut clients = Vec::new();
    for _ in 0..8 {
        let mut client = Http2::connect(&service.address);
        client.send(&Http2::settings(&[]));
        let head = [Http2::head(0x83, b"/logout"), Http2::indexed_header(b"x", b"y")].concat();
        for stream in 0..100 {
            // Without its body, so that a served one would wait.
            let block = if stream == 0 { &*head } else { &Http2::head(0x83, b"/logout") };
            let block = [block, &b"\xbe".repeat(800)].concat();
            client.send(&Http2::frame(Http2::HEADERS, Http2::END_HEADERS, 1 + 2 * stream, &block));
        }
        let heads = client.wait_for(100, |kind| kind == Http2::HEADERS);
        // `:status: 431`, with or without Huffman's code.
        let status = &heads[0].payload[..5];
        assert!([b"\x48\x03431", b"\x48\x83\x69\x90\xff"].iter().any(|it| *it == status));
        clients.push(client);
    }
    let after = memory(&service);
    assert!(after < before + 32 * 1024, "{before} KiB, then {after} KiB");
    assert_serves_others(&service);
    let log = service.stop().1;
    assert!(!log.contains("/logout"), "a request with 800 headers was handled: {log}");
}

#[test]
fn head_of_more_than_32_kib_as_decoded_is_rejected() {
    let service = serve("");
    let mut client = Http2::connect(&service.address);
    client.send(&Http2::settings(&[]));
    let head =
        [Http2::head(0x82, b"/get-user"), Http2::indexed_header(b"x", &[b'y'; 3000])].concat();
    let block = [&*head, &b"\xbe".repeat(12)].concat();
    client.send(&Http2::frame(Http2::HEADERS, WHOLE, 1, &block));
    client.wait_for(1, |kind| kind == Http2::HEADERS || kind == Http2::RST_STREAM);
    assert_serves_others(&service);
    let log = service.stop().1;
    assert!(!log.contains("/get-user"), "{log}");
}

fn reset(stream: u32) -> Vec<u8> {
    Http2::frame(Http2::RST_STREAM, 0, stream, &[0, 0, 0, 8])
}

#[test]
fn client_that_resets_its_requests_rapidly_is_cut() {
    let service = serve("");
    let mut client = Http2::connect(&service.address);
    client.send(&Http2::settings(&[]));
    let resets = (0..5000).flat_map(|number| {
        let stream = 1 + 2 * number;
        [Http2::get(stream, b"/healthz"), reset(stream)].concat()
    });
    // It may be cut before everything is sent.
    let _ = client.try_send(&resets.collect::<Vec<_>>());
    assert_eq!(client.wait_for_end(), Some(ENHANCE_YOUR_CALM));
    assert_serves_others(&service);
}

#[test]
fn client_that_continues_a_head_without_end_is_cut() {
    let service = serve("");
    let mut client = Http2::connect(&service.address);
    client.send(&Http2::settings(&[]));
    client.send(&Http2::frame(Http2::HEADERS, 0, 1, &Http2::head(0x82, b"/healthz")));
    let more = Http2::frame(Http2::CONTINUATION, 0, 1, &Http2::header(b"x", &[b'y'; 100]));
    for _ in 0..100_000 {
        if client.try_send(&more).is_err() {
            assert_serves_others(&service);
            return;
        }
    }
    panic!("100,000 frames of one head were accepted");
}

/// Each body is longer than it says.
#[test]
fn client_that_makes_the_service_reset_streams_is_cut() {
    let service = serve("");
    let mut client = Http2::connect(&service.address);
    client.send(&Http2::settings(&[]));
    let mut attack = Vec::new();
    let length = Http2::header(b"content-length", b"1");
    for number in 0..1000 {
        let stream = 1 + 2 * number;
        attack.extend(Http2::post(stream, b"/login", &length));
        attack.extend(Http2::frame(Http2::DATA, 0, stream, b"xx"));
    }
    let _ = client.try_send(&attack);
    assert_eq!(client.wait_for_end(), Some(ENHANCE_YOUR_CALM));
    assert_serves_others(&service);
}
