//! The routes of the router, as its code has them: axum does not list them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::document::OPENAPI;
use crate::http::account::GET_USER;
use crate::http::gateway::VERIFY;
use crate::http::oauth::{METADATA, METADATA_OF_PATH};

/// Paths of routes that are constants.
const CONSTANTS: [(&str, &str); 3] =
    [("GET_USER", GET_USER), ("METADATA", METADATA), ("METADATA_OF_PATH", METADATA_OF_PATH)];

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Pages in HTML, and the route of the admin listener, which are no part of the document.
fn is_elsewhere(path: &str) -> bool {
    path == "/docs"
        || path == "/metrics"
        || path.starts_with("/docs/")
        || (path.starts_with("/ui") && path != "/ui/token")
}

/// The methods and paths in the calls of `route` in a file.
fn routes(code: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for call in code.split(".route(").skip(1) {
        let mut depth = 1;
        let end = call.find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth == 0
        });
        let (path, handlers) = call[..end.unwrap()].trim().split_once(',').unwrap();
        let constant = CONSTANTS.iter().find(|(name, _)| *name == path);
        let path = constant.map_or(path.trim_matches('"'), |(_, path)| *path);
        assert!(path.starts_with('/'), "{path} is a constant that is not among CONSTANTS");
        for method in METHODS {
            let is_called = |(at, _): (usize, &str)| {
                let before = handlers[..at].chars().next_back();
                before.is_none_or(|c| !c.is_alphanumeric() && c != '_')
            };
            let calls = [format!("{method}("), format!("{method}_service(")];
            if calls.iter().any(|it| handlers.match_indices(it.as_str()).any(is_called)) {
                found.insert((method.to_owned(), path.replace("{*", "{")));
            }
        }
    }
    found
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn document_has_every_route_and_no_other() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http");
    let code =
        files(&folder).into_iter().filter(|path| path.extension().is_some_and(|it| it == "rs"));
    let code = code.filter(|path| !path.ends_with("docs/route_table.rs"));
    let routes: BTreeSet<_> = code
        .flat_map(|path| routes(&fs::read_to_string(path).unwrap()))
        .filter(|(_, path)| !is_elsewhere(path))
        // It is past the router, of any method.
        .chain([("get".to_owned(), VERIFY.to_owned())])
        .collect();
    assert!(routes.len() > 30, "the routes were not found: {routes:?}");
    let document: Value = serde_json::from_str(OPENAPI).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let documented: BTreeSet<_> = paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().keys().map(|it| (it.clone(), path.clone()))
        })
        .collect();
    let missing: Vec<_> = routes.difference(&documented).collect();
    let extra: Vec<_> = documented.difference(&routes).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "routes without #[utoipa::path] in the `Operations` of their folder: {missing:?}; \
         operations of the document without a route: {extra:?}"
    );
}

#[test]
fn route_with_any_layout_is_found() {
    let code = r#"
        .route("/a", get(one).post(two).route_layer(layers.clone()))
        .route(
            METADATA_OF_PATH,
            get_service(target_get(x)),
        )
        .route("/b", any(three))"#;
    let expected =
        [("get", "/a"), ("post", "/a"), ("get", "/.well-known/oauth-authorization-server/{path}")];
    let expected = expected.map(|(method, path)| (method.to_owned(), path.to_owned()));
    assert_eq!(routes(code), expected.into());
}
