//! The commands of the README and of docs/oauth.md, run as shown.
//!
//! Each `sh` block is run, in order, by bash. A block that runs `cargo run` starts a service, which
//! takes the place of the one before, unless it runs another command than `serve`. A `json` block
//! below a command is what it prints, with `…` for what is different each time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

#[allow(dead_code, reason = "the README's SQLite file is in a folder of its own")]
#[path = "store/databases.rs"]
mod databases;
mod support;

use std::path::Path;
use std::process::Command;

use support::{Service, countersign, is_here};

/// The README's database, in whose place a test's own is put.
const POSTGRES: &str = "postgres://user:password@localhost/users";

/// Blocks of Markdown: their language, and their text.
fn blocks(markdown: &str) -> Vec<(&str, String)> {
    let mut blocks = Vec::new();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let text: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push((language, text.join("\n")));
        }
    }
    blocks
}

/// bash with the block; `cargo run` runs the binary that was built for the tests.
fn bash(block: &str, address: &str, folder: &Path) -> Command {
    let script = format!(
        "set -euo pipefail\n\
         cargo() {{ while [ $# -gt 0 ] && [ \"$1\" != -- ]; do shift; done; shift || true; \
                    case \"${{1:-}}\" in user|client) {0} \"$@\";; *) exec {0} \"$@\";; esac; }}\n\
         http() {{ command http --ignore-stdin \"$@\"; }}\n\
         {1}",
        env!("CARGO_BIN_EXE_countersign"),
        block.replace("localhost:8080", address)
    );
    let mut command = Command::new("bash");
    let clean = countersign(&[]);
    for (name, value) in clean.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.args(["-c", &script]).current_dir(folder);
    command
}

/// Whether `printed` is `shown`, where `…` stands for anything.
fn matches(shown: &str, printed: &str) -> bool {
    let mut rest = printed.trim();
    let parts: Vec<&str> = shown.trim().split('…').collect();
    for (number, part) in parts.iter().enumerate() {
        let Some(at) = rest.find(part) else { return false };
        if number == 0 && at != 0 {
            return false;
        }
        rest = &rest[at + part.len()..];
    }
    rest.is_empty() || parts.last() == Some(&"")
}

/// Whether a block starts a service.
fn serves(block: &str) -> bool {
    let other = ["user", "client"].map(|command| format!("cargo run -- {command}"));
    block.contains("cargo run") && !other.iter().any(|other| block.contains(other))
}

#[tokio::test]
async fn every_command_does_what_the_readme_shows() {
    runs(include_str!("../README.md")).await;
}

#[tokio::test]
async fn every_command_does_what_the_page_for_other_services_shows() {
    runs(include_str!("../docs/oauth.md")).await;
}

async fn runs(text: &str) {
    if !is_here("curl", Command::new("curl").arg("--version")) {
        return;
    }
    let has_httpie = is_here("HTTPie", Command::new("http").arg("--version"));
    let postgres = databases::postgres().await;
    let mut readme = text.to_owned();
    if let Some(database) = &postgres {
        readme = readme.replace(POSTGRES, &format!("'{}'", database.url));
    }
    let blocks = blocks(&readme);
    let folder = tempfile::tempdir().unwrap();
    let mut service: Option<Service> = None;
    let mut run = 0;
    for (number, (language, block)) in blocks.iter().enumerate() {
        let is_missing = block.starts_with("http ") && !has_httpie || block.contains(POSTGRES);
        if *language != "sh" || block.starts_with("cargo test") || is_missing {
            continue;
        }
        run += 1;
        if serves(block) {
            drop(service.take());
            service = Some(Service::start(&mut bash(block, "", folder.path())));
            continue;
        }
        let address = service.as_ref().map_or("", |service| &service.address);
        let output = bash(block, address, folder.path()).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{block}\n{stderr}");
        if let Some(("json", shown)) = blocks.get(number + 1) {
            let printed = String::from_utf8(output.stdout).unwrap();
            assert!(matches(shown, &printed), "{block}\nprinted {printed}\nand not {shown}");
        }
    }
    assert!(run >= 3, "only {run} blocks were run");
    drop(service);
    if let Some(database) = postgres {
        database.remove().await;
    }
}

#[test]
fn the_readme_names_every_variable_there_is() {
    let help = countersign(&["serve", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let variables: Vec<&str> = help
        .split(|c: char| !c.is_ascii_uppercase() && c != '_')
        .filter(|word| word.starts_with("COUNTERSIGN_") && word.len() > 12)
        .collect();
    assert!(variables.len() > 10);
    for variable in variables {
        assert!(include_str!("../README.md").contains(variable), "{variable} is not in the README");
    }
}
