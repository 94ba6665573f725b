//! Exports that version 0.1.0 wrote: every later version imports them.

use rstest::rstest;

use super::{databases, done, rows};

#[rstest]
#[case("users.jsonl")]
#[case("users.csv")]
fn golden_export_is_imported(#[case] name: &str) {
    let path = format!("{}/tests/golden/0.1.0/{name}", env!("CARGO_MANIFEST_DIR"));
    let database = databases::sqlite();
    let imported = done(&database.url, &["import", &path], "");
    assert!(imported.starts_with("imported 11, rejected 0, "), "{imported}");
    let expected = rows(include_str!("../golden/0.1.0/users.jsonl"));
    let found = rows(&done(&database.url, &["export"], ""));
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        for (member, value) in expected.as_object().unwrap() {
            assert_eq!(found[member], *value, "{expected}");
        }
    }
}
