//! The database, and registration.

use std::time::Duration;

use rstest::rstest;
use serde_json::Value;
use sqlx::{Connection, PgConnection, SqliteConnection};
use tokio::time::Instant;

use super::{PASSWORD, access, serve_file};
use crate::databases;
use crate::support::{SECRET, Service, client, countersign, until};

#[tokio::test]
async fn database_timeout_limits_a_request() {
    let folder = tempfile::tempdir().unwrap();
    let hasty = serve_file(&folder, "--database-timeout 400ms");
    let patient = serve_file(&folder, "--database-timeout 1m");
    let file = format!("sqlite:{}", folder.path().join("users.db").display());
    let mut other = SqliteConnection::connect(&file).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let waiting = async { patient.post("/register", "b@example.com", PASSWORD).await };
    let refused = async {
        let start = Instant::now();
        let status = hasty.post("/register", "a@example.com", PASSWORD).await;
        assert_eq!(status, Some(503));
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
        sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    };
    let (status, ()) = tokio::join!(waiting, refused);
    assert_eq!(status, Some(201));
}

#[tokio::test]
async fn connections_to_postgresql_are_limited() {
    let Some(database) = databases::postgres().await else { return };
    let application = format!("effects_{}", std::process::id());
    let url = format!("{}&application_name={application}", database.url);
    let start = |connections: &str| {
        let mut command = countersign(&["serve", "--database-connections", connections]);
        command.env("COUNTERSIGN_SECRET", SECRET).env("COUNTERSIGN_DATABASE_URL", &url);
        Service::start(&mut command)
    };
    let mut observer = PgConnection::connect(&url).await.unwrap();
    for allowed in [2, 5] {
        let service = start(&allowed.to_string());
        let client = client();
        let mut most = 0;
        until("all connections are open", async || {
            let stranger = [("email", "stranger@example.com"), ("password", PASSWORD)];
            let asked = (0..64).map(|_| client.post(service.url("/login")).form(&stranger).send());
            futures_util::future::join_all(asked).await;
            let open = open(&mut observer, &application).await;
            most = most.max(open);
            open >= allowed
        })
        .await;
        assert_eq!(most, allowed);
        service.stop();
        // The server notices with a delay that its clients have closed their connections.
        until("they are gone", async || {
            let open = open(&mut observer, &application).await;
            open == 0
        })
        .await;
    }
}

/// However many ask: one connection is enough.
#[tokio::test]
async fn readiness_checks_are_a_single_flight() {
    let Some(database) = databases::postgres().await else { return };
    let application = format!("readiness_{}", std::process::id());
    let url = format!("{}&application_name={application}", database.url);
    let mut command = countersign(&["serve"]);
    command.env("COUNTERSIGN_SECRET", SECRET).env("COUNTERSIGN_DATABASE_URL", &url);
    let service = Service::start(&mut command);
    let mut observer = PgConnection::connect(&url).await.unwrap();
    let before = open(&mut observer, &application).await;
    let client = client();
    for _ in 0..3 {
        let asked = (0..64).map(|_| client.get(service.url("/readyz")).send());
        let answers = futures_util::future::join_all(asked).await;
        assert!(answers.into_iter().all(|answer| answer.unwrap().status() == 200));
    }
    // Two more are what the service does beside requests: it shares failures and seals events.
    assert!(open(&mut observer, &application).await <= before.max(1) + 2);
}

/// How many connections to PostgreSQL a service with this name has open.
async fn open(observer: &mut PgConnection, application: &str) -> i64 {
    let count = "SELECT COUNT(*) FROM pg_stat_activity \
                 WHERE application_name = $1 AND pid <> pg_backend_pid()";
    sqlx::query_scalar(count).bind(application).fetch_one(observer).await.unwrap()
}

#[rstest]
#[case::demo("", false, 201)]
#[case::closed_demo("--registration closed", false, 403)]
#[case::exposed("--listen 0.0.0.0:0", false, 403)]
#[case::database("", true, 403)]
#[case::closed_database("--registration closed", true, 403)]
#[case::opened_database("--registration open", true, 201)]
#[tokio::test]
async fn registration_is_open_in_the_demo_or_by_flag(
    #[case] flags: &str,
    #[case] has_database: bool,
    #[case] status: u16,
) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = countersign(&["serve"]);
    command.args(flags.split_whitespace()).current_dir(folder.path());
    if has_database {
        command.env("COUNTERSIGN_DATABASE_URL", "sqlite:users.db");
    }
    if has_database || flags.contains("0.0.0.0") {
        command.env("COUNTERSIGN_SECRET", SECRET);
    }
    let mut service = Service::start(&mut command);
    service.address = service.address.replace("0.0.0.0", "127.0.0.1");
    assert_eq!(service.post("/register", "a@example.com", PASSWORD).await, Some(status));
}

/// A random secret with persistent users would end all sessions at each restart.
#[rstest]
#[case::sqlite("sqlite:users.db")]
#[case::postgres("postgres://u:hunter2@127.0.0.1:1/x")]
fn database_without_a_secret_is_rejected_and_not_created(#[case] url: &str) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("url"), url).unwrap();
    let commands = [
        countersign(&["serve", "--database", url]).current_dir(folder.path()),
        countersign(&["serve"]).env("COUNTERSIGN_DATABASE_URL", url).current_dir(folder.path()),
        countersign(&["serve", "--database-url-file", "url"]).current_dir(folder.path()),
        // An empty variable counts as unset.
        countersign(&["serve", "--database", url])
            .envs([("COUNTERSIGN_SECRET", ""), ("COUNTERSIGN_KEYS", "")])
            .current_dir(folder.path()),
    ]
    .map(Service::try_start);
    for started in commands {
        // A service that starts all the same is stopped, so that the test fails and does not hang.
        let (exit, stderr) = match started {
            Ok(service) => panic!("it listens: {}", service.stop().1),
            Err((status, stderr)) => (status.code(), stderr),
        };
        assert_eq!(exit, Some(7), "{stderr}");
        assert!(stderr.contains("a database requires a secret or a key file"), "{stderr}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "a file was created");
}

#[tokio::test]
async fn token_is_valid_after_a_restart_with_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let service = serve_file(&folder, "");
    let form = [("email", "a@example.com"), ("password", PASSWORD)];
    let request = client().post(service.url("/register")).form(&form);
    let tokens: Value = request.send().await.unwrap().json().await.unwrap();
    service.stop();
    assert_eq!(serve_file(&folder, "").get("/get-user", access(&tokens)).await.0, 200);
}
