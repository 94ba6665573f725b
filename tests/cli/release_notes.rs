//! The release notes, which are the newest section of CHANGELOG.md.

use std::process::Command;

use super::support::run;

#[test]
fn release_notes_are_the_newest_section_of_the_changelog() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/release-notes");
    let (code, notes, stderr) = run(&mut Command::new(script));
    assert_eq!((code, &*stderr), (0, ""));
    let changelog = include_str!("../../CHANGELOG.md");
    let headings: Vec<&str> =
        changelog.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let is_released = headings[0].starts_with(env!("CARGO_PKG_VERSION"));
    assert!(headings[0] == "Unreleased" || is_released, "{} is not of this version", headings[0]);
    assert!(notes.lines().count() > 5 && notes.starts_with("### "), "{notes}");
    assert!(changelog.contains(notes.trim()), "{notes}");
    let older = headings.get(1).is_some_and(|heading| notes.contains(&format!("## {heading}")));
    assert!(!older && !notes.contains("\n## "), "{notes}");
}

#[test]
fn release_notes_of_another_version_are_an_error() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/release-notes");
    let (code, notes, stderr) = run(Command::new(script).arg("99.0.0"));
    assert_eq!((code, &*notes), (1, ""));
    assert_eq!(stderr, "CHANGELOG.md has no notes of 99.0.0\n");
}
