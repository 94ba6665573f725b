//! Clients that mean harm, against the binary: they are refused or cut, others are served meanwhile, and
//! nothing of them stays.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

mod bodies;
mod connections;
mod hashing;
mod http2;
mod log;
mod readiness;
mod slow;
#[path = "../support/mod.rs"]
mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use support::{Service, TIMEOUT, countersign, until};
use tokio::net::TcpSocket;

/// Of the test process: both ends of a connection need one.
const FILES: u64 = 16 * 1024;
const HEALTHZ: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
/// The address of the client that is served.
const OTHER: [u8; 4] = [127, 0, 0, 2];
/// No response to that client takes as long; without the defences it takes minutes.
const SOON: Duration = Duration::from_secs(30);

/// A service with one hashing thread, so that a later login does not take the memory of another one.
fn serve(flags: &str) -> Service {
    let _ = rlimit::increase_nofile_limit(FILES);
    let flags = flags.split_whitespace().chain(["--hash-threads", "1"]);
    Service::start(countersign(&["serve"]).args(flags))
}

/// Connects from an address of the loopback network.
fn connect_from(service: &Service, address: [u8; 4]) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind((address, 0).into()).unwrap();
    let to = service.address.parse().unwrap();
    // The standard library binds no client; and a test may run in a runtime.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let connect =
        move || runtime.block_on(async { socket.connect(to).await.unwrap().into_std().unwrap() });
    let stream = std::thread::spawn(connect).join().unwrap();
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    stream.set_write_timeout(Some(TIMEOUT)).unwrap();
    stream
}

/// The whole response to a request of the other client, on a connection of its own.
fn request(service: &Service, request: &str) -> String {
    let mut stream = connect_from(service, OTHER);
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).expect("a response in time");
    response
}

/// Asserts that the other client can log in, and that the service says that it lives.
fn assert_serves_others(service: &Service) {
    let response =
        request(service, "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
    let response = request(service, &login("user@email.com", "password"));
    assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
}

fn login(email: &str, password: &str) -> String {
    let body = format!("email={email}&password={password}");
    format!(
        "POST /login HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\
         content-type: application/x-www-form-urlencoded\r\n\r\n{body}",
        body.len()
    )
}

/// The memory of the service, in KiB.
fn memory(service: &Service) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", service.child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// The open files of the service.
fn descriptors(service: &Service) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", service.child.id())).unwrap().count()
}

/// The memory that may be left of an attack, in percent of that before: caches, and tables that have grown.
const MOST_LEFT: usize = 110;

/// Attacks three times, and asserts that nothing stays of it: all descriptors are closed, and the memory is
/// soon within a tenth of that of a service that has served ordinary load.
async fn assert_leaves_nothing(service: &Service, mut attack: impl FnMut()) {
    assert_serves_others(service);
    let open = descriptors(service);
    serve_ordinary_load(service);
    let before = memory(service);
    for _ in 0..3 {
        attack();
        until("its connections are closed", async || descriptors(service) <= open).await;
        assert_serves_others(service);
        // The allocator of glibc keeps what was freed.
        if cfg!(feature = "jemalloc") {
            let is_back = async || memory(service) * 100 <= before * MOST_LEFT;
            until("its memory is returned", is_back).await;
        }
    }
}

/// Some clients at once. Not with logins, which a loaded machine may be too busy for.
fn serve_ordinary_load(service: &Service) {
    let closed = HEALTHZ.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n");
    std::thread::scope(|scope| {
        (0..16).for_each(|_| drop(scope.spawn(|| request(service, &closed))));
    });
}
