//! Links of all pages, without a network.

use std::path::{Path, PathBuf};

use rstest::rstest;

use crate::page::Page;

#[rstest]
fn links_lead_to_pages_and_headings_that_exist(
    #[base_dir = "."]
    #[files("*.md")]
    #[files("docs/**/*.md")]
    #[files("crates/*/README.md")]
    path: PathBuf,
) {
    let page = Page::read(&path);
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    for link in &page.links {
        if link.contains("://") || link.starts_with("mailto:") {
            continue;
        }
        let (file, anchor) = link.split_once('#').map_or((&**link, None), |(f, a)| (f, Some(a)));
        let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
        let target = target.canonicalize();
        let target = target.unwrap_or_else(|e| panic!("{}: {link}: {e}", path.display()));
        let leaves_the_book = path.starts_with(&book) && !target.starts_with(&book);
        assert!(!leaves_the_book, "{}: {link} is not in the book: name the file", path.display());
        if let Some(anchor) = anchor {
            let anchors = Page::read(&target).anchors;
            assert!(anchors.iter().any(|a| a == anchor), "{}: {link}: {anchors:?}", path.display());
        }
    }
}

/// Files that hold a promise.
#[rstest]
fn files_that_a_page_names_exist(
    #[base_dir = "."]
    #[files("*.md")]
    #[files("docs/**/*.md")]
    path: PathBuf,
) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["src/", "tests/", "crates/", "bench/", "docs/", "deploy/", "examples/", "fuzz/"];
    for name in Page::read(&path).codes {
        let is_path = folders.iter().any(|folder| name.starts_with(folder));
        if is_path && !name.contains([' ', '*', '…', '\n']) {
            assert!(root.join(&name).exists(), "{}: {name}", path.display());
        }
    }
}
