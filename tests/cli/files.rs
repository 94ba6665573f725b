//! Open files, and the files that the service leaves behind.

use std::net::TcpStream;
use std::process::Command;

use super::support::{SECRET, Service, client, countersign};

/// More connections than there are descriptors for wait to be accepted. Accepting them would fail,
/// again and again.
#[tokio::test]
async fn connections_over_the_limit_of_open_files_wait() {
    let ours = countersign(&[]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -n 100; exec \"$0\" serve --header-timeout 1h"]);
    shell.arg(ours.get_program()).env("COUNTERSIGN_LISTEN", "127.0.0.1:0");
    let service = Service::start(&mut shell);
    let connect = |_| TcpStream::connect(&service.address).unwrap();
    let idle: Vec<TcpStream> = (0..120).map(connect).collect();
    // It can be responded when the others have gone.
    let last = tokio::spawn(client().get(service.url("/healthz")).send());
    drop(idle);
    assert_eq!(last.await.unwrap().unwrap().status(), 200);
    let (_, log) = service.stop();
    assert!(log.contains("exceeds the limit of open files"), "{log}");
    assert!(!log.contains("cannot accept connections"), "{log}");
}

/// So that the file alone can be copied then.
#[tokio::test]
async fn sqlite_log_is_written_back_at_shutdown() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = countersign(&["serve", "--registration", "open", "--database"]);
    command.arg("sqlite:users.db").env("COUNTERSIGN_SECRET", SECRET).current_dir(folder.path());
    let service = Service::start(&mut command);
    let status = service.post("/register", "ada@example.com", "correct horse battery").await;
    assert_eq!(status, Some(201));
    assert!(folder.path().join("users.db-wal").exists());
    assert_eq!(service.stop().0.code(), Some(0));
    let names = std::fs::read_dir(folder.path()).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["users.db"]);
}
