//! A SQLite database on a disk of its own, which fills up and has room again.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use reqwest::StatusCode;
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::support::{Service, client, countersign, is_here, run};
use super::{PASSWORD, assert_readiness, serve, wrapped};

/// A file system of 4 MiB in a mount namespace, which a process keeps.
struct Disk {
    holder: Child,
    folder: TempDir,
}

/// Makes the caller root in a user namespace, so that the tests need no privileges.
const UNSHARE: [&str; 2] = ["--map-root-user", "--mount"];

impl Disk {
    fn new() -> Option<Self> {
        if !is_here("unshare", Command::new("unshare").args(UNSHARE).arg("true")) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let script = "mount -t tmpfs -o size=4m none \"$0\" && echo mounted && read end";
        let mut holder = Command::new("unshare")
            .args(UNSHARE)
            .args(["sh", "-c", script])
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "mounted\n");
        Some(Self { holder, folder })
    }

    /// The path of a file on it, as seen from outside of the namespace.
    fn path(&self, name: &str) -> PathBuf {
        let inside = self.folder.path().strip_prefix("/").unwrap();
        PathBuf::from(format!("/proc/{}/root", self.holder.id())).join(inside).join(name)
    }

    /// A command in the namespace.
    fn command(&self, command: &Command) -> Command {
        let mut nsenter = Command::new("nsenter");
        nsenter.args(["--user", "--preserve-credentials", "--mount", "--target"]);
        nsenter.arg(self.holder.id().to_string()).arg(command.get_program());
        wrapped(command, nsenter)
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.folder.path().join("users.db").display())
    }

    fn start(&self) -> Service {
        Service::start(&mut self.command(&serve(&self.url())))
    }

    fn fill(&self) {
        let mut file = File::create(self.path("filler")).unwrap();
        let mut block = 4096;
        while block > 0 {
            if file.write_all(&vec![0; block]).is_err() {
                block /= 2;
            }
        }
    }

    fn free_space(&self) {
        fs::remove_file(self.path("filler")).unwrap();
    }

    /// How many of these addresses another process finds.
    fn count(&self, emails: &[String]) -> usize {
        let mut list = countersign(&["user", "list"]);
        list.env("COUNTERSIGN_DATABASE_URL", self.url());
        let (code, listed, said) = run(&mut self.command(&list));
        assert_eq!(code, 0, "{said}");
        emails.iter().filter(|email| listed.contains(*email)).count()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}

fn emails(name: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{name}-{number}@example.com")).collect()
}

async fn register_all(service: &Service, emails: &[String]) -> Vec<Option<u16>> {
    let mut statuses = Vec::new();
    for email in emails {
        statuses.push(service.post("/register", email, PASSWORD).await);
    }
    statuses
}

/// All that is acknowledged is there for another process, and after a restart.
async fn assert_stored(disk: &Disk, service: Service, emails: &[String]) {
    assert_eq!(disk.count(emails), emails.len(), "another process misses users");
    service.stop();
    let restarted = disk.start();
    for email in emails {
        assert_eq!(restarted.post("/login", email, PASSWORD).await, Some(200), "{email}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn full_disk_fails_writes_and_loses_no_later_acknowledged_one() {
    let Some(disk) = Disk::new() else { return };
    let service = disk.start();
    disk.fill();
    assert_eq!(register_all(&service, &emails("refused", 3)).await, [Some(503); 3]);
    disk.free_space();
    let kept = emails("kept", 20);
    assert_eq!(register_all(&service, &kept).await, [Some(201); 20]);
    assert_readiness(&service, 200).await;
    assert_stored(&disk, service, &kept).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rollback_after_a_failed_write_leaves_no_transaction_open() {
    let Some(disk) = Disk::new() else { return };
    let service = disk.start();
    let victim = token(&service, "victim@example.com").await;
    disk.fill();
    assert_eq!(register_all(&service, &emails("refused", 1)).await, [Some(503)]);
    disk.free_space();

    // Of four equal registrations three lose, and are rolled back.
    let mut race = JoinSet::new();
    for _ in 0..4 {
        let form = [("email", "race@example.com"), ("password", PASSWORD)];
        let request = client().post(service.url("/register")).form(&form);
        race.spawn(async move { request.send().await.unwrap().status().as_u16() });
    }
    let mut statuses = race.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409]);

    let logout = client().post(service.url("/logout")).bearer_auth(&victim).send().await;
    assert_eq!(logout.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(service.get("/get-user", &victim).await.0, 400);
    let kept = emails("kept", 5);
    assert_eq!(register_all(&service, &kept).await, [Some(201); 5]);
    assert_stored(&disk, service, &kept).await;
    let restarted = disk.start();
    assert_eq!(restarted.get("/get-user", &victim).await.0, 400, "the logout is lost");
}

async fn token(service: &Service, email: &str) -> String {
    let form = [("email", email), ("password", PASSWORD)];
    super::token_of(client().post(service.url("/register")).form(&form)).await
}
