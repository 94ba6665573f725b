//! Floods of the hashing queue.

use std::process::Stdio;
use std::sync::mpsc;
use std::thread;

use tempfile::TempDir;

use super::support::{SECRET, Service, TIMEOUT, countersign, run};
use super::{OTHER, login, request};

const PASSWORD: &str = "correct-horse-battery";

/// A service with a user whose imported hash is of the highest accepted cost, and an ordinary one.
fn serve_dear(folder: &TempDir) -> Service {
    let tag =
        "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ";
    let user = format!(
        "{{\"email\":\"dear@example.com\",\"password_hash\":\"$pbkdf2-sha512$5000000$c29tZXNhbHQ${tag}\"}}\n"
    );
    std::fs::write(folder.path().join("users.jsonl"), user).unwrap();
    let database = ["--database", "sqlite:users.db"];
    let mut import = countersign(&["user", "import", "users.jsonl"]);
    let (code, said, error) = run(import.args(database).current_dir(folder.path()));
    assert_eq!((code, error.as_str()), (0, ""), "{said}");
    let mut add = countersign(&["user", "add", "user@example.com"]);
    let mut child = add
        .args(database)
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), PASSWORD.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    let mut serve = countersign(&["serve", "--hash-threads", "2"]);
    serve.args(database).current_dir(folder.path()).env("COUNTERSIGN_SECRET", SECRET);
    Service::start(&mut serve)
}

/// Each of them takes seconds.
#[test]
fn logins_do_not_wait_for_imported_hashes_of_the_highest_cost() {
    let folder = tempfile::tempdir().unwrap();
    let service = serve_dear(&folder);
    let (done, is_done) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..4 {
            let (done, service) = (done.clone(), &service);
            scope.spawn(move || {
                let mut stream = super::connect_from(service, [127, 0, 0, 1]);
                stream.set_read_timeout(Some(10 * TIMEOUT)).unwrap();
                let attack = login("dear@example.com", PASSWORD);
                std::io::Write::write_all(&mut stream, attack.as_bytes()).unwrap();
                let mut response = String::new();
                std::io::Read::read_to_string(&mut stream, &mut response).unwrap();
                done.send(response).unwrap();
            });
        }
        for _ in 0..4 {
            let response = request(&service, &login("user@example.com", PASSWORD));
            assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
        }
        // One at a time. If they took all threads, each login would wait for one.
        let done = is_done.try_iter().count();
        assert!(done <= 2, "the logins from {OTHER:?} waited for {done} dear hashes");
    });
}
