//! The commands of README.md and of docs/*.md, run as shown.
//!
//! All `sh` blocks of a page are run from top to bottom in one bash, in an empty folder. `cargo run
//! --` and `countersign` are the binary that was built for the tests; one that serves runs beside what
//! follows, as in a terminal of its own, until the next one takes its place. Port 8080 is a free one.
//! `tests/user/docs.rs` runs docs/importing.md, for which other systems are needed. A `json` block below a command is what it prints, with `…` for what is different each time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

#[allow(dead_code, reason = "the README's SQLite file is in a folder of its own")]
#[path = "store/databases.rs"]
mod databases;
mod support;

use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use rstest::rstest;
use support::{countersign, is_here};

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

/// The programs as a reader has them.
fn prelude(port: u16) -> String {
    let binary = env!("CARGO_BIN_EXE_countersign");
    format!(
        r#"set -euo pipefail
service=
stop() {{ if [ -n "$service" ]; then kill "$service"; wait "$service" || true; service=; fi; }}
trap stop EXIT
countersign() {{
    case "${{1:-serve}}" in
    serve | -*)
        stop
        {binary} "$@" 2>>service.log & service=$!
        until curl -sf localhost:{port}/healthz >/dev/null; do
            kill -0 "$service" || {{ cat service.log >&2; exit 1; }}
            sleep 0.02
        done;;
    *) {binary} "$@";;
    esac
}}
cargo() {{
    [ "$1" = run ]; shift
    if [ "${{1:-}}" = -- ]; then shift; fi
    countersign "$@"
}}
http() {{ command http --ignore-stdin "$@"; }}
export COUNTERSIGN_LISTEN=127.0.0.1:{port}
"#
    )
}

/// bash, without the environment variables of the test run.
fn bash(script: &str, folder: &Path) -> Command {
    let mut command = Command::new("bash");
    for (name, value) in countersign(&[]).get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.args(["-c", script]).current_dir(folder);
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

#[rstest]
#[tokio::test]
async fn page_can_be_followed_from_top_to_bottom_in_one_shell(
    #[base_dir = "."]
    #[files("README.md")]
    #[files("docs/*.md")]
    #[exclude("importing.md")]
    page: std::path::PathBuf,
) {
    if !is_here("curl", Command::new("curl").arg("--version")) {
        return;
    }
    let has_httpie = is_here("HTTPie", Command::new("http").arg("--version"));
    let postgres = databases::postgres().await;
    let mut text = std::fs::read_to_string(page).unwrap();
    if let Some(database) = &postgres {
        text = text.replace(POSTGRES, &format!("'{}'", database.url));
    }
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    let blocks = blocks(&text);
    let is_run = |language: &str, block: &str| {
        let is_missing = block.starts_with("http ") && !has_httpie || block.contains(POSTGRES);
        language == "sh" && !block.starts_with("cargo test") && !is_missing
    };
    let mut script = prelude(port);
    for (number, (language, block)) in blocks.iter().enumerate() {
        if is_run(language, block) {
            let block = block.replace("localhost:8080", &format!("localhost:{port}"));
            let _ = writeln!(script, "echo 'block {number}' >&2\n{{\n{block}\n}} >{number}.out");
        }
    }
    let output = bash(&script, folder.path()).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}\n{blocks:?}");
    for (number, (language, block)) in blocks.iter().enumerate() {
        if let (true, Some(("json", shown))) = (is_run(language, block), blocks.get(number + 1)) {
            let printed = std::fs::read_to_string(folder.path().join(format!("{number}.out")));
            let printed = printed.unwrap();
            assert!(matches(shown, &printed), "{block}\nprinted {printed}\nand not {shown}");
        }
    }
    // The files that the page has its reader create are private.
    for name in ["secret", "users.db", "keys.json", "clients", "gateway.secret", "login.json"] {
        let path = folder.path().join(name);
        assert!(!countersign::files::is_accessible_by_others(&path), "other users may read {name}");
    }
    if let Some(database) = postgres {
        database.remove().await;
    }
}

#[test]
fn readme_has_every_variable() {
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

/// Files that hold a promise, and pages that are linked.
#[rstest]
fn files_that_a_document_names_exist(
    #[base_dir = "."]
    #[files("*.md")]
    #[files("docs/*.md")]
    page: std::path::PathBuf,
) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&page).unwrap();
    let named = text.split('`').filter(|name| {
        let is_path = ["src/", "tests/", "crates/", "bench/", "docs/"];
        is_path.iter().any(|start| name.starts_with(start)) && !name.contains([' ', '*', '…', '\n'])
    });
    let linked = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    let linked = linked.filter(|link| !link.is_empty() && !link.contains("://"));
    let folder = page.parent().unwrap();
    let paths = named.map(|name| root.join(name)).chain(linked.map(|link| folder.join(link)));
    for path in paths {
        assert!(path.exists(), "{}: {}", page.display(), path.display());
    }
}
