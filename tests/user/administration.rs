//! `countersign user set-email`, `set-metadata`, `sessions` and `logout`, and the last administrator.

use serde_json::json;

use crate::databases::{self, TestDatabase};
use crate::support::soon;
use crate::{PASSWORD, done, login, rows, serve, user, write};

on_both![
    address_is_set_and_sessions_go_on,
    metadata_is_set_merged_exported_and_imported,
    sessions_are_listed_and_ended,
    last_administrator_stays,
];

async fn address_is_set_and_sessions_go_on(database: &TestDatabase) {
    let url = &database.url;
    for email in ["ada@example.com", "bob@example.com"] {
        done(url, &["add", email], PASSWORD);
    }
    let service = serve(url);
    let token = login(&service, "ada@example.com", PASSWORD).await.unwrap();
    let printed = done(url, &["set-email", "ada@example.com", "Eve@Example.com"], "");
    assert_eq!(printed, "changed the e-mail address of user 1, eve@example.com\n");
    soon(async || service.get("/get-user", &token).await.1.contains("eve@example.com")).await;
    assert!(login(&service, "eve@example.com", PASSWORD).await.is_some());
    assert!(login(&service, "ada@example.com", PASSWORD).await.is_none());
    let verified = ["set-email", "1", "ada@example.com", "--verified", "--json"];
    assert_eq!(rows(&done(url, &verified, ""))[0]["email_verified"], true);
    let (code, _, stderr) = user(url, &["set-email", "1", "bob@example.com"], "");
    assert_eq!((code, stderr.contains("e-mail address is already registered")), (1, true));
    let (code, _, stderr) = user(url, &["set-email", "1", "nonsense"], "");
    assert_eq!((code, stderr.contains("EMAIL is not an e-mail address")), (1, true), "{stderr}");
}

async fn metadata_is_set_merged_exported_and_imported(database: &TestDatabase) {
    let url = &database.url;
    done(url, &["add", "ada@example.com"], PASSWORD);
    let set = ["set-metadata", "1", r#"{"plan": "pro", "seats": 3}"#];
    assert_eq!(done(url, &set, ""), "set the metadata of user 1, ada@example.com\n");
    let merge = ["set-metadata", "1", r#"{"plan": null, "a": "x,\"y"}"#, "--merge", "--json"];
    let expected = json!({"seats": 3, "a": "x,\"y"});
    assert_eq!(rows(&done(url, &merge, ""))[0]["metadata"], expected);
    for text in ["[]", "x", ""] {
        let (code, _, stderr) = user(url, &["set-metadata", "1", text], "");
        assert_eq!((code, stderr.contains("JSON is not a JSON object")), (1, true), "{stderr}");
    }
    let folder = tempfile::tempdir().unwrap();
    for format in ["jsonl", "csv"] {
        let exported = done(url, &["export", "--format", format], "");
        let path = write(folder.path(), &format!("users.{format}"), &exported);
        let other = databases::sqlite();
        done(&other.url, &["import", &path], "");
        let imported = &rows(&done(&other.url, &["show", "1", "--json"], ""))[0];
        assert_eq!(imported["metadata"], expected, "{format}");
    }
}

async fn sessions_are_listed_and_ended(database: &TestDatabase) {
    let url = &database.url;
    done(url, &["add", "ada@example.com"], PASSWORD);
    let service = serve(url);
    let tokens = [
        login(&service, "ada@example.com", PASSWORD).await.unwrap(),
        login(&service, "ada@example.com", PASSWORD).await.unwrap(),
    ];
    let listed = rows(&done(url, &["sessions", "1", "--json"], ""));
    assert_eq!(listed.len(), 2);
    let id = listed[0]["id"].as_str().unwrap();
    assert!(done(url, &["sessions", "1"], "").contains(id));
    done(url, &["logout", "1", "--session", id], "");
    let (code, _, stderr) = user(url, &["logout", "1", "--session", id], "");
    assert_eq!((code, stderr.contains("not found")), (1, true), "{stderr}");
    assert_eq!(rows(&done(url, &["sessions", "1", "--json"], "")).len(), 1);
    assert_eq!(
        done(url, &["logout", "ada@example.com"], ""),
        "logged out user 1, ada@example.com\n"
    );
    assert_eq!(done(url, &["sessions", "1", "--json"], ""), "");
    for token in tokens {
        soon(async || service.get("/get-user", &token).await.0 == 400).await;
    }
}

async fn last_administrator_stays(database: &TestDatabase) {
    let url = &database.url;
    done(url, &["add", "ada@example.com", "--admin"], PASSWORD);
    for command in [&["set-admin", "1", "false"][..], &["disable", "1"], &["delete", "1", "--yes"]]
    {
        let (code, _, stderr) = user(url, command, "");
        let sentence =
            "the last administrator cannot be deleted, disabled or made an ordinary user";
        assert_eq!((code, stderr.contains(sentence)), (1, true), "{stderr}");
    }
    done(url, &["add", "bob@example.com", "--admin"], PASSWORD);
    done(url, &["set-admin", "1", "false"], "");
}
