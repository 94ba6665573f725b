//! The book that mdBook makes of docs/.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::page::Page;
use crate::support::is_here;

fn pages_below(folder: &Path, pages: &mut BTreeSet<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages_below(&path, pages);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.insert(path);
        }
    }
}

#[test]
fn summary_has_every_page_once() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let summary = docs.join("SUMMARY.md");
    let mut pages = BTreeSet::new();
    pages_below(&docs, &mut pages);
    pages.remove(&summary);
    let listed: Vec<_> = Page::read(&summary).links.iter().map(|link| docs.join(link)).collect();
    assert_eq!(listed.iter().cloned().collect::<BTreeSet<_>>(), pages);
    assert_eq!(listed.len(), pages.len(), "a page is listed twice");
}

#[test]
fn book_is_built_without_a_warning() {
    if !is_here("mdBook", Command::new("mdbook").arg("--version")) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut build = Command::new("mdbook");
    build.arg("build").arg("--dest-dir").arg(folder.path()).env_remove("RUST_LOG");
    let output = build.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    assert!(!log.contains("WARN") && !log.contains("ERROR"), "{log}");
    let start = std::fs::read_to_string(folder.path().join("index.html")).unwrap();
    assert!(start.contains("<main>"), "{start}");
}

#[test]
fn picture_of_the_layers_has_every_module() {
    let picture = include_str!("../../docs/images/layers.svg");
    let is_separator = |c: char| !c.is_ascii_alphanumeric() && c != '_';
    let names: BTreeSet<&str> = picture.split(is_separator).collect();
    let lines = include_str!("../../src/lib.rs").lines();
    for module in lines.filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')) {
        assert!(names.contains(module), "{module} is not in docs/images/layers.svg");
    }
}
