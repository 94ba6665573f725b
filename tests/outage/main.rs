//! What becomes of requests while the database is away, full, locked or broken.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

mod alterations;
mod connecting;
mod disk;
mod failover;
mod file;
mod pgbouncer;
mod postgres;
mod proxy;
mod read_only;
mod schema;
mod sqlite;
#[path = "../support/mod.rs"]
mod support;
mod temporary;
mod use_cases;

use std::process::Command;
use std::time::Duration;

use support::{SECRET, Service, client, countersign, soon, until};
use tokio::task::JoinSet;
use tokio::time::Instant;

const EMAIL: &str = "user@example.com";
const PASSWORD: &str = "correct horse battery";
/// The upper bound of the time to any response, an error response included.
const SOON: Duration = Duration::from_secs(3);

/// `countersign serve` on this database.
fn serve(database: &str) -> Command {
    let mut command = countersign(&["serve", "--registration", "open"]);
    command.env("COUNTERSIGN_SECRET", SECRET).env("COUNTERSIGN_DATABASE_URL", database);
    command
}

/// `outer`, which runs the command.
fn wrapped(command: &Command, mut outer: Command) -> Command {
    outer.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    outer
}

async fn register(service: &Service) -> String {
    token_of(client().post(service.url("/register")).form(&credentials())).await
}

async fn login(service: &Service) -> String {
    token_of(client().post(service.url("/login")).form(&credentials())).await
}

fn credentials() -> [(&'static str, &'static str); 2] {
    [("email", EMAIL), ("password", PASSWORD)]
}

async fn token_of(request: reqwest::RequestBuilder) -> String {
    let answer: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
    answer["token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// One request of each kind that needs the database.
fn needy(service: &Service, token: &str) -> Vec<reqwest::RequestBuilder> {
    let client = client();
    let stranger = [("email", "stranger@example.com"), ("password", PASSWORD)];
    let change = [("current_password", PASSWORD), ("new_password", "another horse battery")];
    vec![
        client.post(service.url("/login")).form(&credentials()),
        client.post(service.url("/register")).form(&stranger),
        client.get(service.url("/get-user")).bearer_auth(token),
        client.post(service.url("/change-password")).bearer_auth(token).form(&change),
        client.delete(service.url("/account")).bearer_auth(token).form(&[("password", PASSWORD)]),
        client.get(service.url("/readyz")),
    ]
}

/// The result of `/readyz` is cached for a second.
async fn assert_readiness(service: &Service, status: u16) {
    let what = format!("/readyz is a {status}");
    until(&what, async || service.get("/readyz", "").await.0 == status).await;
}

/// Everything that needs the database is refused soon, and the rest goes on.
async fn assert_away(service: &Service, token: &str) {
    // An existing user still exists.
    soon(async || service.get("/get-user", token).await.0 == 503).await;
    assert_readiness(service, 503).await;
    let mut requests = JoinSet::new();
    // More than there are connections.
    for request in (0..5).flat_map(|_| needy(service, token)) {
        requests.spawn(async move {
            let start = Instant::now();
            let answer = request.send().await.unwrap();
            let path = answer.url().path().to_owned();
            assert_eq!(answer.status(), 503, "{path}");
            assert!(answer.headers().contains_key("retry-after"), "{path}");
            assert!(start.elapsed() < SOON, "{path} took {:?}", start.elapsed());
        });
    }
    assert_eq!(service.get("/healthz", "").await.0, 200);
    requests.join_all().await;
}

/// Within seconds it is as if nothing had been.
async fn assert_heals(service: &Service, token: &str) {
    let start = Instant::now();
    while service.get("/readyz", "").await.0 != 200 {
        assert!(start.elapsed() < Duration::from_secs(10), "it does not heal");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut logins = JoinSet::new();
    for _ in 0..10 {
        let request = client().post(service.url("/login")).form(&credentials());
        logins.spawn(async move { use_cases::responded(request).await.0 });
    }
    assert_eq!(logins.join_all().await, [200; 10]);
    assert_eq!(service.get("/get-user", token).await.0, 200);
    assert_eq!(service.post("/login", "stranger@example.com", PASSWORD).await, Some(400));
}
