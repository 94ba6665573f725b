//! The admin listener, and what Prometheus and its promtool say about it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

mod alerts;
mod dashboard;
mod documentation;
mod listener;
mod prometheus;
#[path = "../support/mod.rs"]
mod support;
mod traces;

use std::process::Command;

use self::support::{SECRET, Service, client, countersign, until};

/// A service with a database in memory of its own, and an admin listener on a free port.
pub(crate) struct Monitored {
    pub(crate) service: Service,
    /// Such as `127.0.0.1:40123`.
    pub(crate) admin: String,
}

impl Monitored {
    pub(crate) async fn start(command: &mut Command) -> Self {
        let service = Service::start(command.env("COUNTERSIGN_ADMIN_LISTEN", "127.0.0.1:0"));
        until("the admin listener", async || admin_address(&service).is_some()).await;
        let admin = admin_address(&service).unwrap();
        Self { service, admin }
    }

    /// A service on a SQLite file in `folder`, where anyone may register.
    pub(crate) async fn on_file(folder: &tempfile::TempDir) -> Self {
        let mut command = countersign(&["serve", "--database", "sqlite:users.db"]);
        command.args(["--registration", "open"]).env("COUNTERSIGN_SECRET", SECRET);
        Self::start(command.current_dir(folder.path())).await
    }

    /// Status and body of `GET path` on the admin listener.
    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let response = client().get(format!("http://{}{path}", self.admin)).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// Requests of every kind: registrations, logins that succeed and fail, refreshes, authenticated ones.
    pub(crate) async fn work(&self, number: usize) {
        let (client, email) = (client(), format!("user{number}@example.com"));
        let form = [("email", email.as_str()), ("password", "correct horse battery")];
        let post = |path: &str| client.post(self.service.url(path));
        let registered = post("/register").form(&form).send().await.unwrap();
        let tokens: serde_json::Value = registered.json().await.unwrap();
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
        post("/login").form(&form).send().await.unwrap();
        post("/login").form(&[("email", email.as_str()), ("password", "x")]).send().await.unwrap();
        post("/token").form(&refresh).send().await.unwrap();
        for token in [tokens["token"].as_str().unwrap(), "forged"] {
            self.service.get("/get-user", token).await;
        }
    }
}

fn admin_address(service: &Service) -> Option<String> {
    let log = service.log_so_far();
    let (_, rest) = log.split_once("metrics at http://")?;
    Some(rest.split_once("/metrics")?.0.to_owned())
}

/// The names of the metrics in Prometheus' text format, with their types.
pub(crate) fn types(text: &str) -> Vec<(&str, &str)> {
    text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')).collect()
}
