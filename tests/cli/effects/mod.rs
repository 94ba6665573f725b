//! The effect of each flag of `serve` on the running service, on both sides of each limit.

mod connections;
mod database;
mod lifetimes;
mod settings;

use serde_json::Value;
use tempfile::TempDir;

use super::support::{SECRET, Service, client, countersign};

const PASSWORD: &str = "correct horse battery";

fn serve(flags: &str) -> Service {
    Service::start(countersign(&["serve"]).args(flags.split_whitespace()))
}

/// A service with its users in a file of the folder, open for registration.
fn serve_file(folder: &TempDir, flags: &str) -> Service {
    let mut command = countersign(&["serve", "--database", "sqlite:users.db"]);
    command.env("COUNTERSIGN_SECRET", SECRET).current_dir(folder.path());
    Service::start(command.args(["--registration", "open"]).args(flags.split_whitespace()))
}

async fn login(service: &Service) -> Value {
    let form = [("email", "user@email.com"), ("password", "password")];
    let request = client().post(service.url("/login")).form(&form);
    request.send().await.unwrap().json().await.unwrap()
}

fn access(tokens: &Value) -> &str {
    tokens.get("token").or(tokens.get("access_token")).unwrap().as_str().unwrap()
}
