//! Which files `countersign user` reads and writes.

use std::fs;
use std::process::Stdio;

use super::support::countersign;
use super::{BCRYPT, PASSWORD, databases, done, user};

#[test]
fn export_to_a_dash_writes_to_standard_output() {
    let database = databases::sqlite();
    let folder = tempfile::tempdir().unwrap();
    done(&database.url, &["add", "ada@example.com"], PASSWORD);
    for (arguments, expected) in [
        (&["user", "export", "-"][..], "{\"email\":\"ada@example.com\","),
        (&["user", "export", "-", "--format", "csv"][..], "email,password_hash,"),
    ] {
        let mut command = countersign(arguments);
        command.env("COUNTERSIGN_DATABASE_URL", &database.url).current_dir(folder.path());
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success());
        let stdout = String::from_utf8(output.stdout).unwrap();
        assert!(stdout.starts_with(expected), "{stdout}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn reading_commands_create_no_database() {
    let folder = tempfile::tempdir().unwrap();
    let users = folder.path().join("users.csv");
    fs::write(&users, format!("email,password_hash\na@b.com,{BCRYPT}\n")).unwrap();
    let users = users.to_str().unwrap();
    let path = folder.path().join("nothere.db");
    let url = format!("sqlite:{}", path.display());
    for arguments in [
        &["list"][..],
        &["show", "1"],
        &["export"],
        &["set-password", "1"],
        &["set-admin", "1"],
        &["disable", "1"],
        &["enable", "1"],
        &["delete", "1", "--yes"],
    ] {
        let (code, stdout, stderr) = user(&url, arguments, PASSWORD);
        assert_eq!((code, &*stdout), (9, ""), "{arguments:?}: {stderr}");
        assert!(stderr.contains("nothere.db"), "{arguments:?}: {stderr}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "{arguments:?}");
    }
    // Neither does an import that imports nothing.
    let printed = done(&url, &["import", users, "--dry-run"], "");
    assert_eq!(printed, "would import 1, rejected 0, existing 0\n");
    assert_eq!(user(&url, &["import", "/no/such.csv"], "").0, 1);
    assert_eq!(user(&url, &["import", "-", "--format", "csv"], "name\n").0, 1);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    // Those that bring users make one, and then the others work.
    assert_eq!(done(&url, &["import", users], ""), "imported 1, rejected 0, existing 0\n");
    assert!(done(&url, &["list"], "").contains("a@b.com"));
}

#[test]
fn folder_is_rejected_as_a_database() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("there")).unwrap();
    for name in ["there", "there/", "nothere/"] {
        let url = format!("sqlite:{}/{name}", folder.path().display());
        for arguments in [&["add", "a@b.com"][..], &["list"]] {
            let (code, _, stderr) = user(&url, arguments, PASSWORD);
            assert!([2, 9].contains(&code), "{name}: {stderr}");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "{name}: {stderr}");
        }
    }
}

#[test]
fn unreadable_file_is_reported() {
    let database = databases::sqlite();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.csv");
    fs::create_dir(&path).unwrap();
    let (code, _, stderr) = user(&database.url, &["import", path.to_str().unwrap()], "");
    assert_eq!(code, 1);
    let sentence = format!("error: cannot read {}: it is a folder, not a file", path.display());
    assert!(stderr.starts_with(&sentence), "{stderr}");
}
