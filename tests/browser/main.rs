//! The hosted pages, and the page of the API, in Chromium, driven by playwright-core.
//!
//! ```text
//! walk.mjs         from the sign-up to the deletion of the account, in two browsers
//! appearance.mjs   axe-core on every page, and screenshots: light and dark, narrow and wide
//! front_end.mjs    docs/examples/front-end.html on an origin of its own
//! api_docs.mjs     a login and requests on the page of the API; axe-core and screenshots of it
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

#[path = "../support/mod.rs"]
mod support;

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{Service, countersign, is_here, run};

/// A script for `node`, with the packages in `COUNTERSIGN_TEST_NODE_MODULES`, and for the Chromium that
/// `COUNTERSIGN_TEST_CHROMIUM` names, or that of Debian; `None` where they are not here.
fn node(script: &str) -> Option<Command> {
    let folder = std::env::var_os("COUNTERSIGN_TEST_NODE_MODULES").map(PathBuf::from);
    let chromium = std::env::var_os("COUNTERSIGN_TEST_CHROMIUM")
        .map_or_else(|| "/usr/bin/chromium".to_owned(), |path| path.to_string_lossy().into_owned());
    if !is_here("Chromium", Command::new(&chromium).arg("--version")) {
        return None;
    }
    let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).to_owned());
    let import = "await import('playwright-core'); await import('axe-core');";
    let mut probe = Command::new("node");
    probe.current_dir(&folder).args(["--input-type=module", "--eval", import]);
    if !is_here("playwright-core with axe-core", &mut probe) {
        return None;
    }
    let mut command = Command::new("node");
    // What is imported is looked for from here upwards.
    command.current_dir(folder).env("CHROMIUM", chromium);
    command.args(["--input-type=module", "--eval", script, "--"]);
    Some(command)
}

/// Runs a script, which fails where it finds a fault.
fn passes(command: &mut Command, arguments: &[&str]) {
    let (code, stdout, stderr) = run(command.args(arguments));
    assert_eq!(code, 0, "{stdout}\n{stderr}");
}

/// The URL under which a browser finds the service.
fn url(service: &Service) -> String {
    service.url("").replace("127.0.0.1", "localhost")
}

#[test]
fn person_signs_up_ends_a_session_on_another_browser_and_deletes_the_account() {
    for javascript in ["with-javascript", "without-javascript"] {
        let Some(mut node) = node(include_str!("walk.mjs")) else { return };
        let service = Service::start(&mut countersign(&["serve"]));
        passes(&mut node, &[&url(&service), javascript]);
    }
}

#[test]
fn axe_finds_nothing_on_any_page() {
    let Some(mut node) = node(include_str!("appearance.mjs")) else { return };
    // Looked at after a change, and not committed.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    std::fs::create_dir_all(&folder).unwrap();
    let service = Service::start(&mut countersign(&["serve", "--service-name", "Harbor"]));
    passes(&mut node, &[&url(&service), folder.to_str().unwrap()]);
}

#[test]
fn front_end_of_the_docs_gets_tokens_with_the_session_of_the_browser() {
    let Some(mut node) = node(include_str!("front_end.mjs")) else { return };
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/examples/front-end.html");
    // The service has to know the origin before the script listens.
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let origin = format!("http://localhost:{}", free.port());
    let flags = ["serve", "--redirect-origins", &origin, "--cors-origins", &origin];
    let service = Service::start(&mut countersign(&flags));
    passes(&mut node, &[&url(&service), &origin, page.to_str().unwrap()]);
}

#[test]
fn person_logs_in_on_the_page_of_the_api_and_sends_requests() {
    let Some(mut node) = node(include_str!("api_docs.mjs")) else { return };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("api-docs");
    std::fs::create_dir_all(&folder).unwrap();
    let service = Service::start(&mut countersign(&["serve", "--token-ttl", "15m"]));
    passes(&mut node, &[&url(&service), folder.to_str().unwrap()]);
}
