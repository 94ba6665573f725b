//! Floods of the log.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::thread;

use super::HEALTHZ;
use super::support::{Running, TIMEOUT, address_in, client, countersign, signal};

/// More requests than the queue of the log has room for, whose lines nobody reads meanwhile.
fn flood(address: &str) {
    let mut stream = TcpStream::connect(address).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    let reader = thread::spawn(move || {
        let mut read = 0;
        while read < 15_000 {
            let mut line = String::new();
            answers.read_line(&mut line).unwrap();
            read += usize::from(line.contains("HTTP/1.1 200 OK"));
        }
    });
    stream.write_all(HEALTHZ.repeat(15_000).as_bytes()).unwrap();
    reader.join().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn audit_events_are_logged_in_a_flood_of_requests_and_lost_lines_are_counted() {
    let mut command = countersign(&["serve", "--log-format", "json"]);
    let mut child = Running(command.stderr(Stdio::piped()).spawn().unwrap());
    let mut log = BufReader::with_capacity(256, child.0.stderr.take().unwrap());
    let mut line = String::new();
    let address = loop {
        line.clear();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "it does not listen");
        if let Some(address) = address_in(&line) {
            break address;
        }
    };
    thread::scope(|scope| {
        (0..4).for_each(|_| drop(scope.spawn(|| flood(&address))));
    });
    let client = client();
    for _ in 0..20 {
        let form = [("email", "user@email.com"), ("password", "password")];
        let login = client.post(format!("http://{address}/login")).form(&form);
        assert_eq!(login.send().await.unwrap().status(), 200);
    }
    let reader = thread::spawn(move || {
        let mut rest = String::new();
        log.read_to_string(&mut rest).unwrap();
        rest
    });
    signal(&child.0, "TERM");
    assert_eq!(child.wait(TIMEOUT).code(), Some(0));
    let log = reader.join().unwrap();
    let logins = log.lines().filter(|line| line.contains(r#""kind":"login""#)).count();
    assert_eq!(logins, 20);
    let requests = log.lines().filter(|line| line.contains(r#""message":"response""#)).count();
    let lost: usize = log
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect(line))
        .filter(|line| line["message"].as_str().unwrap().contains("log lines were lost"))
        .map(|line| {
            assert_eq!(line["of_priority"], 0);
            usize::try_from(line["ordinary"].as_u64().unwrap()).unwrap()
        })
        .sum();
    assert!(lost > 0 && requests + lost >= 60_020, "{requests} lines, {lost} lost");
}
