//! The corpus of the fuzz targets: inputs that were interesting once, and those that were faults.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

#[path = "../fuzz/targets.rs"]
mod targets;

use std::fs;
use std::path::Path;

use rstest::rstest;

#[rstest]
#[case::argon2("argon2", targets::argon2)]
#[case::email("email", targets::email)]
#[case::password_hash("password_hash", targets::password_hash)]
#[case::keys("keys", targets::keys)]
#[case::token("token", targets::token)]
#[case::import("import", targets::import)]
#[case::request("request", targets::request)]
fn target_holds_for_its_corpus(#[case] name: &str, #[case] target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        target(&fs::read(entry.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count > 0, "the corpus is empty");
}
