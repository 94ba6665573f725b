//! Mails by the real binary, to a real SMTP server (aiosmtpd).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

#[path = "../store/databases.rs"]
#[allow(dead_code, reason = "the stores themselves are tested elsewhere")]
mod databases;
mod delivery;
mod durability;
mod server;
#[path = "../support/mod.rs"]
mod support;

use std::process::Command;

use self::server::SmtpServer;
use self::support::{SECRET, Service, countersign, run};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// `serve` with a database, which sends mails to a server.
pub(crate) fn serve(database: &str, server: &SmtpServer, flags: &[&str]) -> Service {
    let mut command = countersign(&["serve", "--registration", "open", "--throttle", "off"]);
    command.args(["--public-url", "https://login.example"]);
    command.args(["--mail-from", "Login <auth@login.example>"]).args(flags);
    Service::start(with_database(&mut command, database).env("COUNTERSIGN_SMTP_URL", &server.url))
}

pub(crate) fn with_database<'a>(command: &'a mut Command, database: &str) -> &'a mut Command {
    command.env("COUNTERSIGN_DATABASE_URL", database).env("COUNTERSIGN_SECRET", SECRET)
}

/// What a `countersign mail` command prints.
pub(crate) fn mail(database: &str, arguments: &[&str]) -> String {
    let mut command = countersign(&["mail"]);
    command.env("COUNTERSIGN_DATABASE_URL", database).args(arguments);
    let (code, stdout, stderr) = run(&mut command);
    assert_eq!(code, 0, "{stderr}");
    stdout
}

/// The objects of `countersign mail list --json`.
pub(crate) fn listed(database: &str, arguments: &[&str]) -> Vec<serde_json::Value> {
    let printed = mail(database, &[&["list", "--json"], arguments].concat());
    printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
