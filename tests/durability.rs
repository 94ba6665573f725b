//! What was responded with a success is there after a `kill -9`, of the service and of its database.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use sqlx::{Connection, PgConnection, SqliteConnection};
use support::postgres::Server;
use support::{SECRET, Service, client, countersign};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

const PASSWORD: &str = "correct horse battery";
const CLIENTS: usize = 4;

/// Pseudo-random times, the same in each run.
struct RandomTimes(u64);

impl RandomTimes {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Who was told that they have an account, and who only asked.
#[derive(Default)]
struct Users {
    attempted: BTreeSet<String>,
    acknowledged: BTreeSet<String>,
}

fn serve(database: &str) -> Arc<Service> {
    // Many logins of users who were not stored.
    let flags = ["serve", "--registration", "open", "--throttle", "off"];
    let mut command = countersign(&flags);
    command.env("COUNTERSIGN_SECRET", SECRET).env("COUNTERSIGN_DATABASE_URL", database);
    Arc::new(Service::start(&mut command))
}

/// Registers from several connections until the service is gone, and tells of each answer.
struct Registering {
    clients: JoinSet<Users>,
    answers: mpsc::UnboundedReceiver<u16>,
}

impl Registering {
    fn start(service: &Arc<Service>, round: &str) -> Self {
        let (tell, answers) = mpsc::unbounded_channel();
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            let (service, round, tell) = (Arc::clone(service), round.to_owned(), tell.clone());
            clients.spawn(async move {
                let mut users = Users::default();
                for number in 0.. {
                    let email = format!("{round}-{client}-{number}@example.com");
                    users.attempted.insert(email.clone());
                    let status = service.post("/register", &email, PASSWORD).await;
                    let Some(status) = status else { break };
                    assert!(matches!(status, 201 | 503), "{status}");
                    if status == 201 {
                        users.acknowledged.insert(email);
                    }
                    let _ = tell.send(status);
                }
                users
            });
        }
        Self { clients, answers }
    }

    async fn acknowledged(&mut self, mut number: u64) {
        while number > 0 {
            number -= u64::from(self.answers.recv().await == Some(201));
        }
    }

    /// Kills the service, and adds up what the clients know.
    async fn end(self, service: &Service, users: &mut Users) {
        service.signal("KILL");
        for of_client in self.clients.join_all().await {
            users.attempted.extend(of_client.attempted);
            users.acknowledged.extend(of_client.acknowledged);
        }
    }
}

/// Each acknowledged user is stored, none in part, and no other user is.
async fn check(service: &Arc<Service>, users: &Users, kept: BTreeSet<String>) {
    assert!(users.acknowledged.is_subset(&kept), "an acknowledged user is lost");
    assert!(kept.is_subset(&users.attempted), "there is a user who never asked");
    let mut logins = JoinSet::new();
    for (client, emails) in users.attempted.iter().collect::<Vec<_>>().chunks(20).enumerate() {
        let emails: Vec<String> = emails.iter().map(|email| (*email).clone()).collect();
        let (service, kept) = (Arc::clone(service), kept.clone());
        logins.spawn(async move {
            for email in emails {
                let expected = if kept.contains(&email) { 200 } else { 400 };
                let status = service.post("/login", &email, PASSWORD).await;
                assert_eq!(status, Some(expected), "{email}, client {client}");
            }
        });
    }
    logins.join_all().await;
    assert_eq!(service.post("/login", "ghost@example.com", PASSWORD).await, Some(400));
}

async fn stored_in_sqlite(path: &Path) -> BTreeSet<String> {
    let mut connection = SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    let emails = sqlx::query_scalar("SELECT email FROM users").fetch_all(&mut connection).await;
    emails.unwrap().into_iter().collect()
}

#[tokio::test]
async fn an_acknowledged_user_survives_the_kill_of_the_service_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.db");
    let database = format!("sqlite:{}", path.display());
    let (mut times, mut users) = (RandomTimes(2026), Users::default());
    for round in 0..25 {
        let service = serve(&database);
        let mut registering = Registering::start(&service, &format!("round-{round}"));
        registering.acknowledged(times.below(6)).await;
        tokio::time::sleep(Duration::from_millis(times.below(60))).await;
        registering.end(&service, &mut users).await;
    }
    let service = serve(&database);
    assert!(users.acknowledged.len() > 25, "the rounds were too short to say anything");
    check(&service, &users, stored_in_sqlite(&path).await).await;
}

#[tokio::test]
async fn an_acknowledged_user_survives_the_kill_of_service_and_server_on_postgres() {
    let Some(server) = Server::start() else { return };
    let (mut times, mut users) = (RandomTimes(1789), Users::default());
    for round in 0..5 {
        let service = serve(&server.url());
        let mut registering = Registering::start(&service, &format!("round-{round}"));
        registering.acknowledged(times.below(6)).await;
        tokio::time::sleep(Duration::from_millis(times.below(60))).await;
        server.stop();
        server.resume();
        registering.acknowledged(CLIENTS as u64 + 1 + times.below(6)).await;
        registering.end(&service, &mut users).await;
    }
    let service = serve(&server.url());
    let mut connection = PgConnection::connect(&server.url()).await.unwrap();
    let emails = sqlx::query_scalar("SELECT email FROM users").fetch_all(&mut connection).await;
    check(&service, &users, emails.unwrap().into_iter().collect()).await;
}

#[tokio::test]
async fn backup_of_a_database_in_use_is_consistent_and_can_be_served() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("users.db").display());
    let copy = folder.path().join("copy.db");
    let back_up = || {
        let mut command = countersign(&["backup", copy.to_str().unwrap()]);
        command.env("COUNTERSIGN_DATABASE_URL", &database).output().unwrap()
    };
    let service = serve(&database);
    let mut before = Users::default();
    for number in 0..5 {
        let email = format!("before-{number}@example.com");
        assert_eq!(service.post("/register", &email, PASSWORD).await, Some(201));
        before.acknowledged.insert(email);
    }
    let mut registering = Registering::start(&service, "meanwhile");
    registering.acknowledged(3).await;
    let made = back_up();
    assert!(made.status.success(), "{made:?}");
    let said = String::from_utf8(made.stdout).unwrap();
    assert!(said.contains("copied ") && said.contains("copy.db"), "{said}");
    registering.end(&service, &mut before).await;

    assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let mut connection = SqliteConnection::connect(copy.to_str().unwrap()).await.unwrap();
    let check = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await;
    let check: String = check.unwrap();
    assert_eq!(check, "ok");
    connection.close().await.unwrap();
    assert!(stored_in_sqlite(&copy).await.len() >= 8);
    let restored = serve(&format!("sqlite:{}", copy.display()));
    for number in 0..5 {
        let email = format!("before-{number}@example.com");
        assert_eq!(restored.post("/login", &email, PASSWORD).await, Some(200), "{email}");
    }

    let size = copy.metadata().unwrap().len();
    let again = back_up();
    assert_eq!(again.status.code(), Some(1), "{again:?}");
    assert!(String::from_utf8(again.stderr).unwrap().contains("of this name already"));
    assert_eq!(copy.metadata().unwrap().len(), size);
}

#[tokio::test]
async fn session_and_its_end_survive_a_kill_of_the_service() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("users.db").display());
    let post = async |service: &Service, path: &str, form: &[(&str, &str)]| {
        let answer = client().post(service.url(path)).form(form).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<serde_json::Value>().await.unwrap())
    };
    let refresh = async |service: &Service, token: &str| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let (status, answer) = post(service, "/token", &form).await;
        (status, answer["refresh_token"].as_str().unwrap_or_default().to_owned())
    };
    let restarted = |service: Arc<Service>| {
        Arc::into_inner(service).unwrap().kill();
        serve(&database)
    };

    let service = serve(&database);
    let form = [("email", "a@example.com"), ("password", PASSWORD)];
    let (status, answer) = post(&service, "/register", &form).await;
    let first = answer["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!(status, 201);
    let service = restarted(service);
    let (status, second) = refresh(&service, &first).await;
    assert_eq!(status, 200);
    let service = restarted(service);
    // The lost answer is repeated, also by the next process.
    assert_eq!(refresh(&service, &first).await, (200, second.clone()));
    assert_eq!(service.get("/get-user", answer["token"].as_str().unwrap()).await.0, 200);
    assert_eq!(refresh(&service, &second).await.0, 200);
    let service = restarted(service);
    // The first token is reused, after the use of its successor.
    assert_eq!(refresh(&service, &first).await.0, 400);
    assert_eq!(service.get("/get-user", answer["token"].as_str().unwrap()).await.0, 400);
    let log = Arc::into_inner(service).unwrap().kill();
    let theft = log.lines().find(|line| line.contains("refresh_token_reused"));
    let theft = theft.unwrap_or_else(|| panic!("{log}"));
    assert!(theft.contains("WARN") && theft.contains("countersign::audit"), "{theft}");
    assert!(!log.contains(&first) && !log.contains(&second), "{log}");
    let service = serve(&database);
    assert_eq!(service.get("/get-user", answer["token"].as_str().unwrap()).await.0, 400);
}

#[test]
fn failed_or_killed_copy_never_has_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("users.db").display());
    let hash = "$2b$06$I16FQY1KNGYXe6hiXeta3.b70vw6ID19nX9sNvcezbFI75LKIisfS";
    let rows = (0..3000).map(|number| format!("user-{number}@example.com,{hash}\n"));
    let list = folder.path().join("users.csv");
    fs::write(&list, format!("email,password_hash\n{}", rows.collect::<String>())).unwrap();
    let import = countersign(&["user", "import", list.to_str().unwrap(), "--database", &database])
        .output()
        .unwrap();
    assert!(import.status.success(), "{import:?}");

    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("copy");
    for command in [&["user", "export"][..], &["backup"]] {
        // No file may grow beyond 64 KiB in dash, 128 KiB in bash. The kernel ends a process that
        // tries to, unless it is deaf to that signal.
        for (trap, code) in [("trap '' XFSZ; ", true), ("", false)] {
            let ours = countersign(command);
            let output = Command::new("sh")
                .args(["-c", &format!("{trap}ulimit -f 128; exec \"$0\" \"$@\"")])
                .arg(ours.get_program())
                .args(command)
                .arg(&copy)
                .env("COUNTERSIGN_DATABASE_URL", &database)
                .output()
                .unwrap();
            assert!(!output.status.success(), "{output:?}");
            assert_eq!(output.status.code().is_some(), code, "{output:?}");
            assert!(!copy.exists());
            for left in fs::read_dir(copies.path()).unwrap() {
                let left = left.unwrap().file_name().into_string().unwrap();
                assert!(!code && left.starts_with(".copy.") && left.contains(".partial"), "{left}");
            }
        }
        for left in fs::read_dir(copies.path()).unwrap() {
            fs::remove_file(left.unwrap().path()).unwrap();
        }
    }
}
