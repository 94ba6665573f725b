//! A SQLite database on a file system that becomes read-only, or fails, and is writable again.
//!
//! `strace` makes the system calls of the running service fail as the kernel would: a file system with open
//! writers cannot be remounted read-only, and becomes so by itself after an error of the disk.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use reqwest::StatusCode;
use rustix::process::{Pid, Signal, kill_process};

use super::support::{Service, client, countersign, is_here, run};
use super::{PASSWORD, assert_readiness, serve, token_of};

/// System calls of a process that fail, until it is dropped.
struct Fault {
    strace: Child,
    /// Open as long as it writes there.
    _messages: BufReader<ChildStderr>,
}

impl Fault {
    /// `calls`: names of system calls. `errno`: its name.
    fn inject(service: &Service, folder: &Path, calls: &str, errno: &str) -> Self {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-o", "/dev/null", "-e", &format!("trace={calls}")]);
        strace.args(["-e", &format!("inject={calls}:error={errno}")]);
        for file in ["users.db", "users.db-wal", "users.db-shm"] {
            strace.arg("-P").arg(folder.join(file));
        }
        strace.args(["-p", &service.child.id().to_string()]);
        let mut strace = strace.stderr(Stdio::piped()).spawn().unwrap();
        let mut messages = BufReader::new(strace.stderr.take().unwrap());
        let mut line = String::new();
        messages.read_line(&mut line).unwrap();
        assert!(line.contains("attached"), "{line}");
        Self { strace, _messages: messages }
    }
}

impl Drop for Fault {
    fn drop(&mut self) {
        // It detaches from the service then.
        let _ = kill_process(Pid::from_child(&self.strace), Signal::INT);
        let _ = self.strace.wait();
    }
}

/// Whether a process can trace another one that is not its child.
fn can_trace() -> bool {
    let script = "exec strace -o /dev/null -p $(sleep 0.2 >/dev/null & echo $!)";
    is_here("strace", Command::new("sh").args(["-c", script]))
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

#[rstest::rstest]
#[case::read_only("pwrite64,write,ftruncate", "EROFS")]
#[case::write_fails("pwrite64", "EIO")]
#[case::sync_fails("fsync,fdatasync", "EIO")]
#[case::no_memory("pwrite64", "ENOMEM")]
#[case::quota("pwrite64", "EDQUOT")]
#[tokio::test(flavor = "multi_thread")]
async fn refused_writes_are_not_acknowledged_and_later_ones_are_kept(
    #[case] calls: &str,
    #[case] errno: &str,
) {
    if !can_trace() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("users.db").display());
    let service = Service::start(&mut serve(&url));
    let form = [("email", "victim@example.com"), ("password", PASSWORD)];
    let token = token_of(client().post(service.url("/register")).form(&form)).await;
    let before = emails("before", 3);
    assert_eq!(register_all(&service, &before).await, [Some(201); 3]);

    let fault = Fault::inject(&service, folder.path(), calls, errno);
    let refused = emails("refused", 3);
    assert_eq!(register_all(&service, &refused).await, [Some(503); 3]);
    let logout = async || {
        let logout = client().post(service.url("/logout")).bearer_auth(&token).send().await;
        logout.unwrap().status()
    };
    assert_eq!(logout().await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(service.get("/get-user", &token).await.0, 200, "what is read is served");
    drop(fault);

    assert_readiness(&service, 200).await;
    assert_eq!(logout().await, StatusCode::NO_CONTENT);
    let kept = emails("kept", 10);
    assert_eq!(register_all(&service, &kept).await, [Some(201); 10]);
    let mut list = countersign(&["user", "list"]);
    let (code, listed, said) = run(list.env("COUNTERSIGN_DATABASE_URL", &url));
    assert_eq!(code, 0, "{said}");
    for email in before.iter().chain(&kept) {
        assert!(listed.contains(email), "another process misses {email}");
    }
    assert!(!listed.contains("refused"), "what was refused is there: {listed}");
    service.stop();
    let restarted = Service::start(&mut serve(&url));
    for email in before.iter().chain(&kept) {
        assert_eq!(restarted.post("/login", email, PASSWORD).await, Some(200), "{email}");
    }
    assert_eq!(restarted.get("/get-user", &token).await.0, 400, "the logout is lost");
}
