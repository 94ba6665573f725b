//! Floods of connections.

use std::io::Write;
use std::net::TcpStream;

use super::support::{Service, until};
use super::{
    HEALTHZ, assert_leaves_nothing, assert_serves_others, connect_from, descriptors, serve,
};

/// Opens so many connections from each of the addresses, with one request each.
fn flood(service: &Service, addresses: std::ops::Range<u8>, each: usize) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for _ in 0..each {
        for address in addresses.clone() {
            let mut stream = connect_from(service, [127, 0, 1, address]);
            // It may have been closed already.
            let _ = stream.write_all(HEALTHZ.as_bytes());
            streams.push(stream);
        }
    }
    streams
}

#[test]
fn client_that_opens_all_connections_keeps_no_one_out() {
    let service = serve("--max-connections 400");
    let before = descriptors(&service);
    let streams = flood(&service, 1..2, 1500);
    assert_serves_others(&service);
    // A quarter, and some that are being closed.
    assert!(descriptors(&service) <= before + 100 + 32);
    drop(streams);
    let log = service.stop().1;
    let line = log.lines().find(|line| line.contains("too many connections")).expect(&log);
    assert!(line.contains("127.0.1.1"), "{line}");
}

#[test]
fn clients_of_many_networks_that_open_all_connections_keep_no_one_out() {
    let service = serve("--max-connections 400");
    let before = descriptors(&service);
    let streams = flood(&service, 1..9, 150);
    assert_serves_others(&service);
    assert!(descriptors(&service) <= before + 400 + 32);
    drop(streams);
}

/// Half a request each, so that none of them is idle; the last ones are from networks without another
/// connection, for which the last places are reserved.
#[test]
fn clients_that_send_half_a_request_on_all_connections_keep_no_one_out() {
    let service = serve("--max-connections 400 --body-timeout 1h");
    let half = "POST /login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                content-length: 49\r\n\r\n{";
    let networks = (0..800_u16).map(|number| u8::try_from(number % 8).unwrap()).chain(8..40);
    let mut streams = Vec::new();
    for network in networks {
        let mut stream = connect_from(&service, [127, 0, 1, network]);
        let _ = stream.write_all(half.as_bytes());
        streams.push(stream);
    }
    assert_serves_others(&service);
}

#[tokio::test(flavor = "multi_thread")]
async fn flood_of_connections_leaves_nothing() {
    let service = serve("--max-connections 400");
    assert_leaves_nothing(&service, || drop(flood(&service, 1..9, 100))).await;
}

/// The limit of open files is lowered below that of connections.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn service_without_descriptors_closes_the_longest_idle_connections() {
    use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

    let service = serve("--max-connections 1000");
    assert_serves_others(&service);
    let before = descriptors(&service);
    let files = |number| Rlimit { current: Some(number), ..getrlimit(Resource::Nofile) };
    let pid = Pid::from_child(&service.child);
    let former = prlimit(Some(pid), Resource::Nofile, files(before as u64 + 20)).unwrap();
    let streams = flood(&service, 1..2, 100);
    assert_serves_others(&service);
    let log = service.log_so_far();
    assert!(log.contains("cannot accept connections, closing the longest idle ones"), "{log}");
    prlimit(Some(pid), Resource::Nofile, former).unwrap();
    drop(streams);
    until("they are closed", async || descriptors(&service) <= before).await;
    assert_serves_others(&service);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_open_connections_are_served_beside_others() {
    let service = serve("--connections-per-network 6000 --header-timeout 1h");
    assert_serves_others(&service);
    let before = descriptors(&service);
    let mut streams = Vec::new();
    // No more at once than the backlog of the listener holds, however slowly it accepts.
    while streams.len() < 5000 {
        streams.extend(flood(&service, 1..2, 500));
        until("all are open", async || descriptors(&service) >= streams.len()).await;
    }
    assert_serves_others(&service);
    for stream in streams.iter_mut().step_by(100) {
        stream.write_all(HEALTHZ.as_bytes()).unwrap();
        let mut response = [0; 15];
        std::io::Read::read_exact(stream, &mut response).unwrap();
        assert_eq!(&response, b"HTTP/1.1 200 OK");
    }
    drop(streams);
    until("they are closed", async || descriptors(&service) <= before).await;
}
