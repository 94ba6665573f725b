//! The dependencies of `countersign-auth`, which other services compile.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

use std::collections::BTreeSet;
use std::process::Command;

/// The maximum number of crates, `countersign-auth` included.
const MAX: usize = 90;

#[test]
fn countersign_auth_compiles_at_most_90_crates() {
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--locked", "--offline", "-p", "countersign-auth", "-e", "normal"]);
    tree.args(["--prefix", "none", "--format", "{p}"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = tree.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let crates: BTreeSet<&str> = text.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    assert!(crates.len() <= MAX, "{} crates: {crates:#?}", crates.len());
    for heavy in ["sqlx", "clap", "argon2", "hyper", "axum"] {
        let name = |line: &&str| line.split(' ').next() == Some(heavy);
        assert!(!crates.iter().any(name), "{heavy} is a dependency");
    }
}
