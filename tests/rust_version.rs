//! The declared `rust-version` is the highest that any locked dependency of the build declares.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

use std::process::Command;

use serde_json::Value;

/// `1.94` and `1.94.0` are one version.
type Version = (u32, u32, u32);

fn version(text: &str) -> Version {
    let mut numbers = text.split('.').map(|number| number.parse().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

fn cargo(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The packages of `Cargo.lock` that are built on this platform. Those of other platforms may not
/// have been downloaded.
fn packages() -> Vec<Value> {
    let verbose_version = cargo(&["-vV"]);
    let host = verbose_version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let metadata = ["metadata", "--locked", "--offline", "--format-version=1", "--filter-platform"];
    let metadata: Value = serde_json::from_str(&cargo(&[&metadata[..], &[host]].concat())).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

#[test]
fn declared_rust_version_is_the_highest_of_all_dependencies() {
    let packages = packages();
    let declared = |package: &Value| package["rust_version"].as_str().map(version);
    let (dependencies, ours): (Vec<_>, Vec<_>) =
        packages.iter().partition(|package| package["source"].is_string());
    assert!(dependencies.len() > 100, "the dependencies are missing");
    let highest = dependencies.into_iter().filter_map(declared).max();
    for package in ours {
        assert_eq!(declared(package), highest, "rust-version of {}", package["name"]);
    }
}

#[test]
fn readme_names_the_declared_rust_version() {
    let readme = include_str!("../README.md");
    let declared = env!("CARGO_PKG_RUST_VERSION");
    assert!(readme.contains(&format!("Rust toolchain ({declared} or newer)")), "{declared}");
}
