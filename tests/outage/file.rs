//! A SQLite file that is deleted, moved or replaced while it is in use.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::sqlite::{Database, database, without_privileges};
use super::support::{Service, countersign, run};
use super::{EMAIL, PASSWORD, assert_readiness, register, serve, wrapped};

/// Nothing is acknowledged, and a load balancer sends no more requests.
async fn assert_rejected(service: &Service) {
    assert_readiness(service, 503).await;
    assert_eq!(service.post("/register", "late@example.com", PASSWORD).await, Some(503));
    assert_eq!(service.post("/login", EMAIL, PASSWORD).await, Some(503));
    assert_eq!(service.get("/healthz", "").await.0, 200);
}

async fn assert_accepted(service: &Service) {
    assert_readiness(service, 200).await;
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
    let named = format!("users other than its owner may read or write the database file {path}");
    for (mode, is_named) in [(0o600, false), (0o640, true), (0o640, true), (0o604, true)] {
        fs::set_permissions(&database.path, Permissions::from_mode(mode)).unwrap();
        let log = Service::start(&mut serve(&database.url)).stop().1;
        assert_eq!(log.contains(&named), is_named, "{mode:o}: {log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn moved_file_is_rejected_until_it_is_back() {
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
        assert_rejected(&service).await;
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
async fn deleted_file_is_rejected() {
    let database = database();
    let service = Service::start(&mut serve(&database.url));
    register(&service).await;
    for name in ["users.db", "users.db-wal", "users.db-shm"] {
        fs::remove_file(database.folder.path().join(name)).unwrap();
    }
    assert_rejected(&service).await;
    service.stop();
    assert!(!database.path.exists(), "an empty file was left behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn file_replaced_by_another_is_rejected_until_a_restart() {
    let database = database();
    let service = Service::start(&mut serve(&database.url));
    register(&service).await;
    service.stop();
    let copy = database.path.with_extension("copy");
    fs::copy(&database.path, &copy).unwrap();

    let service = Service::start(&mut serve(&database.url));
    assert_eq!(service.post("/register", "first@example.com", PASSWORD).await, Some(201));
    fs::rename(&copy, &database.path).unwrap();
    assert_rejected(&service).await;
    let log = service.stop().1;
    assert!(log.contains("the file was replaced"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_companion_is_rejected_and_all_is_written_back_at_the_end() {
    for companion in ["db-wal", "db-shm"] {
        let database = database();
        let service = Service::start(&mut serve(&database.url));
        register(&service).await;
        let companion = database.path.with_extension(companion);
        fs::remove_file(&companion).unwrap();
        assert_rejected(&service).await;
        let log = service.stop().1;
        assert!(log.contains(companion.to_str().unwrap()), "{log}");
        let restarted = Service::start(&mut serve(&database.url));
        assert_eq!(restarted.post("/login", EMAIL, PASSWORD).await, Some(200));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn emptied_file_is_rejected() {
    let database = database();
    let service = Service::start(&mut serve(&database.url));
    register(&service).await;
    File::create(&database.path).unwrap();
    assert_rejected(&service).await;
    let log = service.stop().1;
    assert!(log.contains("the file was emptied while it was in use"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_of_another_program_are_rejected_and_nothing_is_left_behind() {
    for (table, named) in [
        ("CREATE TABLE users (name TEXT)", "(users)"),
        ("CREATE TABLE _sqlx_migrations (id INTEGER)", "(_sqlx_migrations)"),
    ] {
        let database = database();
        let path = database.path.to_str().unwrap();
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
        let mut other = options.connect().await.unwrap();
        sqlx::raw_sql(table).execute(&mut other).await.unwrap();
        let (code, _, said) = run(&mut serve(&database.url));
        assert_eq!(code, 9, "{said}");
        assert!(said.contains("tables of another program") && said.contains(named), "{said}");
        let names = "SELECT name FROM sqlite_schema";
        let names: Vec<String> = sqlx::query_scalar(names).fetch_all(&mut other).await.unwrap();
        assert_eq!(names.len(), 1, "{names:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_table_is_unready() {
    let database = database();
    let service = Service::start(&mut serve(&database.url));
    assert_readiness(&service, 200).await;
    let mut other = SqliteConnection::connect(database.path.to_str().unwrap()).await.unwrap();
    sqlx::raw_sql("ALTER TABLE sessions RENAME TO gone").execute(&mut other).await.unwrap();
    assert_readiness(&service, 503).await;
    sqlx::raw_sql("ALTER TABLE gone RENAME TO sessions").execute(&mut other).await.unwrap();
    assert_readiness(&service, 200).await;
}

#[test]
fn file_out_of_reach_is_not_called_absent() {
    let database = database();
    let (folder, inside) = (database.folder.path().join("folder"), "folder/users.db");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("users.db"), []).unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o000)).unwrap();
    let beneath_a_file = "beneath/users.db";
    fs::write(database.folder.path().join("beneath"), []).unwrap();
    for (path, reason) in [
        (inside, "has no permission for it, or for a folder above it"),
        (beneath_a_file, "a part of its path is a file"),
        ("missing/users.db", "missing does not exist; create it first"),
        ("missing.db", "the file does not exist"),
    ] {
        let mut list = countersign(&["user", "list"]);
        let url = format!("sqlite:{}", database.folder.path().join(path).display());
        list.env("COUNTERSIGN_DATABASE_URL", url);
        let (code, _, said) = run(&mut without_privileges(&list));
        assert_eq!(code, 9, "{said}");
        assert!(said.contains(reason) && !said.contains("os error"), "{said}");
    }
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
}
