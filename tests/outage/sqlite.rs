//! SQLite's file, when something is the matter with it.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;
use tokio::time::Instant;

use super::support::Service;
use super::{EMAIL, PASSWORD, SOON, assert_readiness, register, serve, wrapped};

pub(crate) struct Database {
    pub(crate) folder: TempDir,
    pub(crate) path: PathBuf,
    pub(crate) url: String,
}

pub(crate) fn database() -> Database {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.db");
    let url = format!("sqlite:{}", path.display());
    Database { folder, path, url }
}

/// The file, with a user in it.
async fn with_a_user() -> Database {
    let database = database();
    let service = Service::start(&mut serve(&database.url));
    register(&service).await;
    service.stop();
    database
}

/// Refused at the start, with a sentence that names the file.
fn assert_rejected(command: &Command, path: &Path, reason: &str) {
    // One that starts all the same would never end.
    let mut limited = Command::new("timeout");
    limited.arg("30").arg(command.get_program());
    let output = wrapped(command, limited).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(9), "{said}");
    assert!(said.contains(path.to_str().unwrap()) && said.contains(reason), "{said}");
}

/// The command without root's right to write everywhere.
pub(crate) fn without_privileges(command: &Command) -> Command {
    if Path::new("/proc/self").metadata().unwrap().uid() != 0 {
        return wrapped(command, Command::new(command.get_program()));
    }
    let mut setpriv = Command::new("setpriv");
    setpriv.args(["--bounding-set=-all", "--inh-caps=-all"]).arg(command.get_program());
    wrapped(command, setpriv)
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only_file_or_folder_is_rejected_at_the_start() {
    let kept = with_a_user().await;
    fs::set_permissions(&kept.path, Permissions::from_mode(0o444)).unwrap();
    assert_rejected(&without_privileges(&serve(&kept.url)), &kept.path, "read-only");

    let empty = database();
    fs::set_permissions(empty.folder.path(), Permissions::from_mode(0o555)).unwrap();
    let reason = "it cannot be created: the user that countersign runs as has no permission";
    assert_rejected(&without_privileges(&serve(&empty.url)), &empty.path, reason);
}

#[tokio::test(flavor = "multi_thread")]
async fn corrupt_file_is_rejected_at_the_start() {
    let kept = with_a_user().await;
    let size = kept.path.metadata().unwrap().len();
    // The head is as it was; the rest is not.
    let mut bytes = fs::read(&kept.path).unwrap();
    bytes[100..].fill(0xa5);
    fs::write(&kept.path, bytes).unwrap();
    assert_rejected(&serve(&kept.url), &kept.path, "damaged");
    assert_eq!(kept.path.metadata().unwrap().len(), size);
}

#[tokio::test(flavor = "multi_thread")]
async fn file_corrupted_in_use_is_a_503_and_logged() {
    let kept = with_a_user().await;
    let service = Service::start(&mut serve(&kept.url));
    assert_eq!(service.get("/healthz", "").await.0, 200);
    fs::write(&kept.path, "no database any more".repeat(2_000)).unwrap();
    fs::write(kept.path.with_extension("db-wal"), []).unwrap();
    let start = Instant::now();
    assert_eq!(service.post("/login", EMAIL, PASSWORD).await, Some(503));
    assert!(start.elapsed() < SOON);
    let log = service.kill();
    assert!(log.contains(kept.path.to_str().unwrap()), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn file_locked_by_another_process_is_a_503_until_unlocked() {
    let database = database();
    let service = Service::start(&mut serve(&database.url));
    let token = register(&service).await;
    let mut other = SqliteConnection::connect(database.path.to_str().unwrap()).await.unwrap();
    sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut other).await.unwrap();
    let start = Instant::now();
    let (one, two) = tokio::join!(
        service.post("/register", "stranger@example.com", PASSWORD),
        service.post("/login", EMAIL, PASSWORD),
    );
    assert_eq!((one, two), (Some(503), Some(503)));
    assert!(start.elapsed() < SOON, "it took {:?}", start.elapsed());
    // Readers are not in its way.
    assert_eq!(service.get("/get-user", &token).await.0, 200);
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    assert_eq!(service.post("/login", EMAIL, PASSWORD).await, Some(200));
    assert_eq!(service.post("/register", "stranger@example.com", PASSWORD).await, Some(201));
    let log = service.stop().1;
    let named = format!("sqlite:{}: ", database.path.display());
    assert!(log.contains(&named) && log.contains("another process holds its lock"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn full_disk_is_a_503_until_space_is_available() {
    let kept = with_a_user().await;
    let command = serve(&kept.url);
    // No file may grow beyond 64 KiB; dash's blocks have 512 bytes, bash's as POSIX has it, 1024.
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -S -f 64; exec \"$0\" \"$@\""]);
    shell.arg(command.get_program());
    let service = Service::start(&mut wrapped(&command, shell));
    let (mut kept_users, mut refused) = (Vec::new(), None);
    for number in 0..60 {
        let email = format!("user-{number}@example.com");
        match service.post("/register", &email, PASSWORD).await {
            Some(201) => kept_users.push(email),
            status => {
                assert_eq!(status, Some(503));
                refused = Some(email);
                break;
            }
        }
    }
    let refused = refused.expect("the file may grow no more");
    // What is stored can still be read, and no user is stored in part.
    assert_readiness(&service, 200).await;
    assert_eq!(service.post("/login", &refused, PASSWORD).await, Some(400));

    let pid = service.child.id().to_string();
    let roomy = Command::new("prlimit").args(["--fsize=unlimited", "--pid", &pid]).status();
    assert!(roomy.unwrap().success());
    for email in &kept_users {
        assert_eq!(service.post("/login", email, PASSWORD).await, Some(200), "{email}");
    }
    assert_eq!(service.post("/register", &refused, PASSWORD).await, Some(201));
    let log = service.stop().1;
    assert!(log.contains(kept.path.to_str().unwrap()), "{log}");
}
