//! The import rule of the house: a file imports only from floors below its own, and inside a
//! folder either `mod.rs` imports its children or they import it, never both.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

use std::fs;
use std::path::{Path, PathBuf};

/// The floors, from the ground; `lib.rs` and `main.rs` stand outside of the house.
const FLOORS: [&[&str]; 6] = [
    &["clock", "domain", "files"],
    &["password", "token", "auth", "oauth_clients", "telemetry"],
    &["store"],
    &["accounts", "audit", "credentials", "login", "sessions", "transfer", "verifier"],
    &["config", "app"],
    &["http", "server", "cli"],
];

/// Where one room of a floor is meant to know another one of the same floor.
const NEIGHBOURS: [(&str, &str); 8] = [
    // A login, a registration and a change of password open a session.
    ("login", "sessions"),
    ("login", "credentials"),
    ("accounts", "sessions"),
    ("accounts", "credentials"),
    ("credentials", "sessions"),
    // A service is made from a configuration.
    ("app", "config"),
    // `countersign serve` starts the edges.
    ("cli", "http"),
    ("cli", "server"),
];

struct SourceFile {
    path: PathBuf,
    /// Its path below `src`, such as `["http", "login"]`; a folder's `mod.rs` is the folder.
    module: Vec<String>,
    /// Its code, without comments and without its tests.
    code: String,
}

fn source_files() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let below = path.strip_prefix(&root).unwrap().with_extension("");
                let mut module: Vec<String> =
                    below.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
                module.pop_if(|last| last == "mod");
                let text = fs::read_to_string(&path).unwrap();
                let text = text.split("#[cfg(test)]").next().unwrap();
                let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
                let code = code.collect::<Vec<_>>().join("\n");
                files.push(SourceFile { path, module, code });
            }
        }
    }
    files.retain(|file| !matches!(&*file.module[0], "lib" | "main"));
    files
}

fn floor(room: &str) -> usize {
    let found = FLOORS.iter().position(|rooms| rooms.contains(&room));
    found.unwrap_or_else(|| panic!("src/{room} has no floor in tests/layers.rs"))
}

/// The identifiers that follow `path` in `code`.
fn imported<'a>(code: &'a str, path: &str) -> Vec<&'a str> {
    let identifier = |text: &'a str| {
        text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
    };
    let mut found = Vec::new();
    for (at, _) in code.match_indices(path) {
        found.push(identifier(&code[at + path.len()..]));
    }
    found
}

#[test]
fn a_file_imports_only_from_floors_below_its_own() {
    let files = source_files();
    assert!(files.len() > 30, "the house was not found");
    for file in files {
        let room = file.module[0].as_str();
        let path = file.path.display();
        assert!(!file.code.contains("crate::{"), "{path}: one `use crate::…` a room, please");
        assert!(!file.code.contains("super::super"), "{path}: name it from `crate::`, please");
        for other in imported(&file.code, "crate::").into_iter().filter(|other| *other != room) {
            let is_below = floor(other) < floor(room);
            let is_neighbour = NEIGHBOURS.contains(&(room, other));
            assert!(is_below || is_neighbour, "{path} imports crate::{other}");
        }
    }
}

#[test]
fn a_folder_imports_its_children_or_they_import_it() {
    let files = source_files();
    for folder in files.iter().filter(|file| file.path.ends_with("mod.rs")) {
        let children: Vec<&SourceFile> = files
            .iter()
            .filter(|file| file.module.len() == folder.module.len() + 1)
            .filter(|file| file.module.starts_with(&folder.module))
            .collect();
        let names: Vec<&str> =
            children.iter().filter_map(|child| Some(child.module.last()?.as_str())).collect();
        let imports_children = names.iter().any(|name| {
            let uses = folder.code.replace(&format!("mod {name};"), "");
            uses.contains(&format!("{name}::"))
        });
        for child in children {
            // In a folder's `mod.rs` as in a file, `super` is the folder above.
            for item in imported(&child.code, "super::") {
                let is_sibling = names.contains(&item);
                let path = child.path.display();
                assert!(is_sibling || !imports_children, "{path} and its folder import each other");
            }
        }
    }
}

#[test]
fn no_library_but_the_edge_knows_axum() {
    for file in source_files() {
        let is_edge = floor(&file.module[0]) == 5;
        assert!(is_edge || !file.code.contains("axum"), "{} knows axum", file.path.display());
    }
}
