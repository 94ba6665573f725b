//! A file of keys, and `countersign key` on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::{countersign, run};

/// A folder with a file of keys, which is not there yet.
pub(crate) struct Keys {
    folder: TempDir,
}

impl Keys {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder().join("keys.json")
    }

    /// `countersign key …` on the file.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = countersign(&["key"]);
        command.args(arguments).env("COUNTERSIGN_KEYS", self.path());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        run(&mut self.command(arguments))
    }

    /// The same, where it has to succeed; gives what was printed.
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let (code, stdout, stderr) = self.run(arguments);
        assert_eq!((code, &*stderr), (0, ""), "{arguments:?}");
        stdout
    }

    /// Makes a key; gives its name.
    pub(crate) fn generate(&self, algorithm: &str) -> String {
        let printed = self.done(&["generate", "--alg", algorithm]);
        printed.split(' ').next().unwrap().to_owned()
    }

    /// What `key list --json` says of each key.
    pub(crate) fn list(&self) -> Vec<Value> {
        let rows = self.done(&["list", "--json"]);
        rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.list().iter().map(|row| row["kid"].as_str().unwrap().to_owned()).collect()
    }

    /// All secrets in the file.
    pub(crate) fn private_members(&self) -> Vec<String> {
        let set: Value = serde_json::from_slice(&fs::read(self.path()).unwrap()).unwrap();
        let members = |key: &Value| {
            let of = |name: &str| key.get(name).map(|it| it.as_str().unwrap().to_owned());
            ["k", "d", "p", "q", "dp", "dq", "qi"].into_iter().filter_map(of).collect::<Vec<_>>()
        };
        set["keys"].as_array().unwrap().iter().flat_map(members).collect()
    }
}
