//! The import rule: a file imports only from layers below its own; in a folder either `mod.rs` imports
//! its children or they import it; and no modules import each other in a circle.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The layers, from layer 0; `lib.rs` and `main.rs` belong to none.
const LAYERS: [&[&str]; 6] = [
    &["clock", "domain", "files", "metrics"],
    &["keys", "mail", "password", "token", "oauth_clients", "pages", "telemetry", "throttle"],
    &["store"],
    &[
        "accounts",
        "audit",
        "credentials",
        "login",
        "outbox",
        "sessions",
        "transfer",
        "verification",
    ],
    &["config", "app"],
    &["http", "server", "cli"],
];

/// Imports that are allowed within a layer.
const NEIGHBOURS: [(&str, &str); 16] = [
    // Tokens are signed with keys.
    ("token", "keys"),
    // The content of a mail is sealed with a key.
    ("mail", "keys"),
    // The hash of an e-mail address has a key of its own.
    ("throttle", "keys"),
    // A rejected password check is an audit event.
    ("credentials", "audit"),
    // A login, a registration and a change of password open a session.
    ("login", "sessions"),
    ("login", "credentials"),
    ("accounts", "sessions"),
    ("accounts", "credentials"),
    ("credentials", "sessions"),
    // A link proves what else a password proves, and opens a session.
    ("verification", "sessions"),
    ("verification", "credentials"),
    // A registration and a login send links.
    ("accounts", "verification"),
    ("login", "verification"),
    // A service is made from a configuration.
    ("app", "config"),
    // `countersign serve` starts the edges.
    ("cli", "http"),
    ("cli", "server"),
];

/// Folders whose modules are checked for import circles.
const CIRCLE_FREE: [&str; 5] = ["config", "keys", "store", "throttle", "token"];

struct SourceFile {
    path: PathBuf,
    /// The path below `src`, such as `["http", "login"]`; a folder's `mod.rs` is the folder.
    module: Vec<String>,
    /// The code, without comments and tests.
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
                let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
                let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
                let code = code.collect::<Vec<_>>().join("\n");
                files.push(SourceFile { path, module, code });
            }
        }
    }
    files.retain(|file| !matches!(&*file.module[0], "lib" | "main"));
    files
}

fn layer(module: &str) -> usize {
    let found = LAYERS.iter().position(|modules| modules.contains(&module));
    found.unwrap_or_else(|| panic!("src/{module} has no layer in tests/layers.rs"))
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
fn file_imports_only_from_layers_below_its_own() {
    let files = source_files();
    assert!(files.len() > 30, "src was not found");
    for file in files {
        let module = file.module[0].as_str();
        let path = file.path.display();
        assert!(
            !file.code.contains("crate::{"),
            "{path}: write one `use crate::…` for each module"
        );
        assert!(!file.code.contains("super::super"), "{path}: write the path from `crate::`");
        for other in imported(&file.code, "crate::").into_iter().filter(|other| *other != module) {
            let is_below = layer(other) < layer(module);
            let is_neighbour = NEIGHBOURS.contains(&(module, other));
            assert!(is_below || is_neighbour, "{path} imports crate::{other}");
        }
    }
}

#[test]
fn folder_and_its_children_do_not_import_each_other() {
    let files = source_files();
    for folder in files.iter().filter(|file| file.path.ends_with("mod.rs")) {
        let children: Vec<&SourceFile> = files
            .iter()
            .filter(|file| file.module.len() == folder.module.len() + 1)
            .filter(|file| file.module.starts_with(&folder.module))
            .filter(|file| !file.path.ends_with("tests.rs"))
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

/// The paths at the beginning of `code`: one, or those of a list in braces.
fn paths(code: &str, base: &[String]) -> Vec<Vec<String>> {
    if let Some(list) = code.strip_prefix('{') {
        let (mut depth, mut begin, mut found) = (0_usize, 0, Vec::new());
        for (at, c) in list.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                ',' | '}' if depth == 0 => {
                    found.extend(paths(list[begin..at].trim_start(), base));
                    begin = at + 1;
                    if c == '}' {
                        break;
                    }
                }
                _ => {}
            }
        }
        return found;
    }
    let end = code.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(code.len());
    let path = [base, &[code[..end].to_owned()]].concat();
    match code[end..].strip_prefix("::") {
        Some(rest) if rest.starts_with(|c: char| c.is_alphabetic() || c == '{') => {
            paths(rest, &path)
        }
        _ => vec![path],
    }
}

/// The paths in `code` that begin with `prefix`.
fn paths_after(code: &str, prefix: &str, base: &[String]) -> Vec<Vec<String>> {
    let at = code.match_indices(prefix).map(|(at, _)| at + prefix.len());
    at.flat_map(|at| paths(&code[at..], base)).collect()
}

/// The module that defines the item of `path`, which a `mod.rs` may re-export.
fn module_of<'a>(path: &[String], files: &'a [SourceFile]) -> Option<&'a SourceFile> {
    let matching = files.iter().filter(|file| path.starts_with(&file.module));
    let module = matching.max_by_key(|file| file.module.len())?;
    let name = path.get(module.module.len())?;
    let reexported = paths_after(&module.code, "use ", &module.module).into_iter();
    let mut reexported = reexported.filter(|other| other.last() == Some(name) && other != path);
    match reexported.next() {
        Some(path) => module_of(&path, files).or(Some(module)),
        None => Some(module),
    }
}

/// The modules that `file` imports.
fn imports<'a>(file: &SourceFile, files: &'a [SourceFile]) -> Vec<&'a [String]> {
    let parent = &file.module[..file.module.len() - 1];
    let mut paths = paths_after(&file.code, "crate::", &[]);
    paths.extend(paths_after(&file.code, "super::", parent));
    paths.extend(paths_after(&file.code, "\nuse ", &file.module));
    let imported = paths.iter().filter_map(|path| module_of(path, files));
    let imported = imported.map(|other| &*other.module).filter(|other| *other != file.module);
    imported.collect::<BTreeSet<_>>().into_iter().collect()
}

#[test]
fn modules_do_not_import_each_other_in_a_circle() {
    let files = source_files();
    for folder in CIRCLE_FREE {
        let mut rest: Vec<(&[String], Vec<&[String]>)> = files
            .iter()
            .filter(|file| file.module[0] == folder && !file.path.ends_with("tests.rs"))
            .map(|file| (&*file.module, imports(file, &files)))
            .collect();
        assert!(rest.len() > 3, "src/{folder} was not found");
        // A module that imports none of the rest, or that none of the rest imports, is in no circle.
        loop {
            let before = rest.len();
            let open: Vec<&[String]> = rest.iter().map(|(module, _)| *module).collect();
            for (_, imports) in &mut rest {
                imports.retain(|import| open.contains(import));
            }
            let imported: Vec<&[String]> = rest.iter().flat_map(|(_, it)| it.clone()).collect();
            rest.retain(|(module, imports)| !imports.is_empty() && imported.contains(module));
            if rest.len() == before {
                break;
            }
        }
        let shown = |(module, imports): &(&[String], Vec<&[String]>)| {
            let imports: Vec<String> = imports.iter().map(|import| import.join("::")).collect();
            format!("{} imports {}", module.join("::"), imports.join(", "))
        };
        let circle: Vec<String> = rest.iter().map(shown).collect();
        assert!(circle.is_empty(), "a circle in {circle:#?}");
    }
}

#[test]
fn only_the_edges_import_axum() {
    for file in source_files() {
        let is_edge = layer(&file.module[0]) == 5;
        assert!(is_edge || !file.code.contains("axum"), "{} imports axum", file.path.display());
    }
}
