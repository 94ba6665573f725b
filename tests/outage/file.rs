//! A SQLite file that is deleted, moved or replaced while it is in use.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use super::sqlite::{Database, database};
use super::support::Service;
use super::{EMAIL, PASSWORD, register, serve, wrapped};

/// Nothing is acknowledged, and a load balancer sends no more requests.
async fn assert_refused(service: &Service) {
    assert_eq!(service.get("/readyz", "").await.0, 503);
    assert_eq!(service.post("/register", "late@example.com", PASSWORD).await, Some(503));
    assert_eq!(service.post("/login", EMAIL, PASSWORD).await, Some(503));
    assert_eq!(service.get("/healthz", "").await.0, 200);
}

async fn assert_accepted(service: &Service) {
    assert_eq!(service.get("/readyz", "").await.0, 200);
    assert_eq!(service.post("/register", "late@example.com", PASSWORD).await, Some(201));
    assert_eq!(service.post("/login", EMAIL, PASSWORD).await, Some(200));
}

/// Every file in the folder of the database.
fn modes(database: &Database) -> Vec<(String, u32)> {
    let entry = |entry: fs::DirEntry| {
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        (entry.file_name().into_string().unwrap(), mode)
    };
    let entries = fs::read_dir(database.folder.path()).unwrap().map(Result::unwrap);
    let mut modes: Vec<_> = entries.map(entry).collect();
    modes.sort();
    modes
}

#[tokio::test(flavor = "multi_thread")]
async fn new_file_and_its_companions_are_for_their_owner_alone() {
    let database = database();
    let mut command = Command::new("sh");
    command.args(["-c", "umask 000; exec \"$0\" \"$@\""]);
    let served = serve(&database.url);
    command.arg(served.get_program());
    let service = Service::start(&mut wrapped(&served, command));
    register(&service).await;
    let names = ["users.db", "users.db-shm", "users.db-wal"];
    assert_eq!(modes(&database), names.map(|name| (name.to_owned(), 0o600)));
}

#[tokio::test(flavor = "multi_thread")]
async fn file_that_others_can_read_is_named_at_every_start() {
    let database = database();
    Service::start(&mut serve(&database.url)).stop();
    let path = database.path.display();
    let named = format!("others than its owner may read or write the database file {path}");
    for (mode, is_named) in [(0o600, false), (0o640, true), (0o640, true), (0o604, true)] {
        fs::set_permissions(&database.path, Permissions::from_mode(mode)).unwrap();
        let log = Service::start(&mut serve(&database.url)).stop().1;
        assert_eq!(log.contains(&named), is_named, "{mode:o}: {log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn moved_file_is_refused_until_it_is_back() {
    for companions in [false, true] {
        let database = database();
        let service = Service::start(&mut serve(&database.url));
        register(&service).await;
        let aside = database.path.with_extension("aside");
        let names = if companions { &["", "-wal", "-shm"][..] } else { &[""] };
        let move_all = |from: &Path, to: &Path| {
            for name in names {
                let with = |path: &Path| format!("{}{name}", path.display());
                fs::rename(with(from), with(to)).unwrap();
            }
        };
        move_all(&database.path, &aside);
        assert_refused(&service).await;
        assert!(!database.path.exists(), "a new file was made");
        move_all(&aside, &database.path);
        assert_accepted(&service).await;
        let log = service.stop().1;
        assert!(log.contains("deleted or moved while it was in use"), "{log}");
        let restarted = Service::start(&mut serve(&database.url));
        assert_eq!(restarted.post("/login", "late@example.com", PASSWORD).await, Some(200));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_file_is_refused() {
    let database = database();
    let service = Service::start(&mut serve(&database.url));
    register(&service).await;
    for name in ["users.db", "users.db-wal", "users.db-shm"] {
        fs::remove_file(database.folder.path().join(name)).unwrap();
    }
    assert_refused(&service).await;
    service.stop();
    assert!(!database.path.exists(), "an empty file was left behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn file_replaced_by_another_is_refused_until_a_restart() {
    let database = database();
    let service = Service::start(&mut serve(&database.url));
    register(&service).await;
    service.stop();
    let copy = database.path.with_extension("copy");
    fs::copy(&database.path, &copy).unwrap();

    let service = Service::start(&mut serve(&database.url));
    assert_eq!(service.post("/register", "first@example.com", PASSWORD).await, Some(201));
    fs::rename(&copy, &database.path).unwrap();
    assert_refused(&service).await;
    let log = service.stop().1;
    assert!(log.contains("another file has taken the place"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_write_ahead_log_is_refused_and_written_back_at_the_end() {
    let database = database();
    let service = Service::start(&mut serve(&database.url));
    register(&service).await;
    fs::remove_file(database.path.with_extension("db-wal")).unwrap();
    assert_refused(&service).await;
    service.stop();
    let restarted = Service::start(&mut serve(&database.url));
    assert_eq!(restarted.post("/login", EMAIL, PASSWORD).await, Some(200));
}
