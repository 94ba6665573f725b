//! `countersign user`, by the real binary, beside a service on the same database.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

mod addresses;
mod audit;
mod batch;
mod chain;
#[path = "../store/databases.rs"]
#[allow(dead_code, reason = "the stores themselves are another test's")]
mod databases;
mod files;
mod golden;
mod hashes;
mod import;
#[path = "../support/mod.rs"]
mod support;
mod terminal;
mod throttle;

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Output, Stdio};

use databases::TestDatabase;
use rstest::rstest;
use serde_json::Value;
use support::{SECRET, Service, client, countersign, soon};

const PASSWORD: &str = "correct horse battery";
const BCRYPT: &str = "$2b$06$I16FQY1KNGYXe6hiXeta3.b70vw6ID19nX9sNvcezbFI75LKIisfS";
const DJANGO: &str =
    "pbkdf2_sha256$2000$seasalt2abcDEF$IJl8N7nSu2kIQklllYiIT1gLzHcrw9HLa+sgMsq/pS0=";
const PASSLIB: &str = "$pbkdf2-sha256$1500$9F5LKWVs7d3bm3OOce4d4w\
                       $Ldv6/LMOxGkFI9Irf5AVJdF.yBnf5LUmQlsSzaAffQs";
/// What the three of them are hashes of.
const IMPORTED: &str = "pässwörd";

/// Runs `countersign user …` on a database, with `input` on its standard input.
fn user(url: &str, arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut command = countersign(&["user"]);
    command.args(arguments).env("COUNTERSIGN_DATABASE_URL", url);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Where the command does not read it, the pipe may be closed by now.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// The same, where it has to succeed; gives what was printed.
fn done(url: &str, arguments: &[&str], input: &str) -> String {
    let (code, stdout, stderr) = user(url, arguments, input);
    assert_eq!(code, 0, "{arguments:?}: {stderr}");
    stdout
}

fn rows(json_lines: &str) -> Vec<Value> {
    json_lines.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

fn serve(url: &str) -> Service {
    let mut command = countersign(&["serve"]);
    command.env("COUNTERSIGN_DATABASE_URL", url).env("COUNTERSIGN_SECRET", SECRET);
    Service::start(&mut command)
}

/// The token that a login gives, if it succeeds.
async fn login(service: &Service, email: &str, password: &str) -> Option<String> {
    let form = [("email", email), ("password", password)];
    let answer = client().post(service.url("/login")).form(&form).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    answer["token"].as_str().map(str::to_owned)
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A test for each database that has one text.
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $test() {
                    let database = crate::databases::sqlite();
                    super::$test(&database).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $test() {
                    let Some(database) = crate::databases::postgres().await else { return };
                    super::$test(&database).await;
                    database.remove().await;
                }
            )+
        }
    };
}

// After the macro, which it uses.
mod administration;

on_both![
    added_user_logs_in,
    changes_count_within_a_second_for_a_running_service,
    imported_hashes_log_in_and_are_argon2id_afterwards,
    import_reports_skipped_lines_and_is_repeatable,
    exported_users_are_imported_with_their_logins,
];

async fn added_user_logs_in(database: &TestDatabase) {
    let url = &database.url;
    let added = done(url, &["add", "Ada@Example.com", "--admin"], &format!("{PASSWORD}\n"));
    assert_eq!(added, "added user 1, ada@example.com\n");
    let service = serve(url);
    let token = login(&service, "ada@example.com", PASSWORD).await.unwrap();
    let shown = r#"{"user": "User id=1: <ada@example.com, is_admin=True>"}"#;
    assert_eq!(service.get("/get-user", &token).await, (200, shown.to_owned()));
    let row = &rows(&done(url, &["show", "1", "--json"], ""))[0];
    assert_eq!(row["email"], "ada@example.com");
    assert!(row["last_login_at"].as_str().unwrap().ends_with('Z'));
    assert!(row.get("password_hash").is_none());
}

async fn changes_count_within_a_second_for_a_running_service(database: &TestDatabase) {
    let url = &database.url;
    for email in ["ada@example.com", "bob@example.com"] {
        done(url, &["add", email], PASSWORD);
    }
    let service = serve(url);
    let status = async |token: &str| service.get("/get-user", token).await.0;
    let ada = login(&service, "ada@example.com", PASSWORD).await.unwrap();
    assert_eq!(status(&ada).await, 200);

    done(url, &["set-password", "ada@example.com"], "another horse battery\r\n");
    soon(async || status(&ada).await == 400).await;
    assert!(login(&service, "ada@example.com", PASSWORD).await.is_none());
    let ada = login(&service, "ada@example.com", "another horse battery").await.unwrap();
    assert_eq!(status(&ada).await, 200);

    done(url, &["disable", "1"], "");
    soon(async || status(&ada).await == 400).await;
    assert!(login(&service, "ada@example.com", "another horse battery").await.is_none());
    done(url, &["enable", "1"], "");
    assert_eq!(status(&ada).await, 400);
    let ada = login(&service, "ada@example.com", "another horse battery").await.unwrap();
    assert_eq!(status(&ada).await, 200);

    let bob = login(&service, "bob@example.com", PASSWORD).await.unwrap();
    done(url, &["set-admin", "1"], "");
    done(url, &["set-admin", "2"], "");
    let shown = async |text: &str| service.get("/get-user", &bob).await.1.contains(text);
    soon(async || shown("is_admin=True").await).await;
    done(url, &["set-admin", "2", "false"], "");
    soon(async || shown("is_admin=False").await).await;
    let (code, _, stderr) = user(url, &["delete", "2"], "y\n");
    assert_eq!((code, stderr.contains("--yes")), (1, true), "{stderr}");
    assert_eq!(status(&bob).await, 200);
    done(url, &["delete", "2", "--yes"], "");
    soon(async || status(&bob).await == 400).await;
    assert_eq!(rows(&done(url, &["list", "--json"], "")).len(), 1);
}

async fn imported_hashes_log_in_and_are_argon2id_afterwards(database: &TestDatabase) {
    let url = &database.url;
    let folder = tempfile::tempdir().unwrap();
    let ours = format!("{{\"email\":\"a@ours.com\",\"password_hash\":\"{BCRYPT}\"}}\n");
    let django = format!(
        "id,password,last_login,is_superuser,username,email,is_active,date_joined\n\
         7,{DJANGO},,t,x,a@django.com,t,2024-05-01 12:00:00.5+00\n\
         8,{DJANGO},,f,y,off@django.com,f,2024-05-01 12:00:00.5+00\n"
    );
    let supabase = format!(
        "id,email,encrypted_password,created_at,banned_until,deleted_at\n\
         x,a@supabase.com,{BCRYPT},2024-05-01 12:00:00+00,,\n\
         y,off@supabase.com,{BCRYPT},2024-05-01 12:00:00+00,2999-01-01 00:00:00+00,\n"
    );
    let fastapi = format!(
        "{{\"id\":1,\"email\":\"a@fastapi.com\",\"hashed_password\":\"{PASSLIB}\",\
         \"is_active\":true,\"is_superuser\":0,\"is_verified\":true}}\n"
    );
    for (name, text, preset) in [
        ("ours.jsonl", ours, None),
        ("auth_user.csv", django, Some("django")),
        ("users.csv", supabase, Some("supabase")),
        ("user.jsonl", fastapi, Some("fastapi-users")),
    ] {
        let path = write(folder.path(), name, &text);
        let mut arguments = vec!["import", &path];
        arguments.extend(preset.iter().flat_map(|preset| ["--preset", preset]));
        let printed = done(url, &arguments, "");
        assert!(printed.contains("rejected 0, existing 0"), "{name}: {printed}");
    }
    let service = serve(url);
    for name in ["ours", "django", "supabase", "fastapi"] {
        let email = format!("a@{name}.com");
        assert!(login(&service, &email, IMPORTED).await.is_some(), "{email}");
        assert!(login(&service, &email, IMPORTED).await.is_some(), "{email}, again");
        assert!(login(&service, &format!("off@{name}.com"), IMPORTED).await.is_none());
    }
    for row in rows(&done(url, &["export"], "")) {
        let is_new = row["password_hash"].as_str().unwrap().starts_with("$argon2id$");
        assert_eq!(is_new, row["disabled"] == false, "{row}");
        assert_eq!(row["is_admin"], row["email"] == "a@django.com");
    }
    let row = &rows(&done(url, &["show", "a@django.com", "--json"], ""))[0];
    assert_eq!(row["created_at"], "2024-05-01T12:00:00.500Z");
}

async fn import_reports_skipped_lines_and_is_repeatable(database: &TestDatabase) {
    let url = &database.url;
    let folder = tempfile::tempdir().unwrap();
    let row = |email: &str, hash: &str| format!("{email},{hash}\n");
    let costly = BCRYPT.replace("$06$", "$31$");
    let text = ["email,password_hash\n".to_owned(), row("a@b.com", BCRYPT), row("no", BCRYPT)]
        .into_iter()
        .chain([row("c@b.com", "md5$x$y"), row("d@b.com", &costly), row("A@B.com", BCRYPT)])
        .chain((0..1500).map(|number| row(&format!("u{number}@b.com"), BCRYPT)))
        .collect::<String>();
    let path = write(folder.path(), "users.csv", &text);
    let (code, dry, _) = user(url, &["import", &path, "--dry-run"], "");
    assert_eq!((code, &*dry), (1, "would import 1501, rejected 4, existing 0\n"));
    done(url, &["import", "-", "--format", "jsonl"], "");
    assert_eq!(done(url, &["list", "--json"], ""), "");

    // As if it had been interrupted: a part is there.
    done(url, &["import", "-", "--format", "csv"], &text[..text.find("no,").unwrap()]);
    let (code, stdout, stderr) = user(url, &["import", &path], "");
    assert_eq!((code, &*stdout), (1, "imported 1500, rejected 4, existing 1\n"));
    for line in [
        "line 2: a@b.com: the address already exists",
        "line 3: no: email is not an e-mail address",
        "line 4: c@b.com: password_hash has an unknown format",
        "line 5: d@b.com: password_hash has bcrypt cost parameters out of bounds",
        "line 6: A@B.com: the address is the same as on line 2",
    ] {
        assert!(stderr.contains(line), "{line} is not in {stderr}");
    }
    assert!(!stderr.contains("md5"), "{stderr}");
    let again = user(url, &["import", &path, "--json"], "").1;
    assert_eq!(rows(&again)[0]["existing"], 1501);
    assert_eq!(rows(&done(url, &["list", "--json"], "")).len(), 1501);
}

async fn exported_users_are_imported_with_their_logins(database: &TestDatabase) {
    let other = databases::sqlite();
    let folder = tempfile::tempdir().unwrap();
    done(&other.url, &["add", "ada@example.com", "--admin"], PASSWORD);
    done(&other.url, &["add", "bob@example.com"], PASSWORD);
    done(&other.url, &["disable", "bob@example.com"], "");
    for name in ["users.jsonl", "users.csv"] {
        let path = folder.path().join(name);
        let path = path.to_str().unwrap();
        done(&other.url, &["export", path], "");
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        let (code, _, stderr) = user(&other.url, &["export", path], "");
        assert_eq!((code, stderr.contains("of this name already")), (1, true), "{stderr}");
        let printed = done(&database.url, &["import", path], "");
        let expected = if name == "users.csv" { "imported 0" } else { "imported 2" };
        assert!(printed.starts_with(expected), "{printed}");
    }
    assert_eq!(done(&database.url, &["export"], ""), done(&other.url, &["export"], ""));
    let service = serve(&database.url);
    assert!(login(&service, "ada@example.com", PASSWORD).await.is_some());
    assert!(login(&service, "bob@example.com", PASSWORD).await.is_none());
}

#[rstest]
#[case::unknown_user(1, &["show", "9"], "", "user 9 not found")]
#[case::no_address(1, &["add", "ada"], PASSWORD, "EMAIL is not an e-mail address")]
#[case::short(1, &["add", "a@b.com"], "short\n", "the password has fewer than 8 characters")]
#[case::common(1, &["add", "a@b.com"], "iloveyou\n", "the password is too common, or similar to a common one")]
#[case::empty(1, &["add", "a@b.com"], "\n", "the password is empty")]
#[case::none(1, &["add", "a@b.com"], "", "expected a password as the first line of standard input")]
#[case::argument(2, &["add", "a@b.com", "--password", "x"], "", "unknown flag --password")]
#[case::no_format(2, &["import", "users.txt"], "", "set --format jsonl or --format csv")]
#[case::no_file(1, &["import", "/no/such.csv"], "", "cannot read /no/such.csv")]
#[case::column(1, &["import", "-", "--format", "csv"], "email,hash\n", "the header in line 1 has no column password_hash")]
#[case::quote(
    1,
    &["import", "-", "--format", "csv"],
    &format!("\"email,password_hash\n{}", "x".repeat(200_000)),
    "malformed header in line 1: the quotation mark on line 1 is never closed"
)]
#[case::memory(9, &["list", "--database", "memory:"], "", "set --database, --database-url-file")]
fn failed_command_reports_its_error(
    #[case] code: i32,
    #[case] arguments: &[&str],
    #[case] input: &str,
    #[case] sentence: &str,
) {
    let database = databases::sqlite();
    done(&database.url, &["import", "-", "--format", "jsonl"], "");
    let (exit, _, stderr) = user(&database.url, arguments, input);
    assert_eq!(exit, code, "{stderr}");
    assert!(stderr.contains(sentence), "{stderr}");
}

#[test]
fn variable_of_serve_is_allowed_and_unknown_variable_is_rejected() {
    let database = databases::sqlite();
    done(&database.url, &["import", "-", "--format", "jsonl"], "");
    let mut command = countersign(&["user", "list", "--database", &database.url]);
    let output = command.env("COUNTERSIGN_TOKEN_TTL", "15m").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let output = command.env("COUNTERSIGN_DATABASE_ULR", "x").output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("COUNTERSIGN_DATABASE_URL?"));
}

#[test]
fn minimum_password_length_is_set_by_flag_or_variable() {
    let database = databases::sqlite();
    let url = &database.url;
    done(url, &["add", "ada@example.com"], PASSWORD);
    for command in ["add", "set-password"] {
        let name = if command == "add" { "bob@example.com" } else { "ada@example.com" };
        let flag = [command, name, "--min-password-length", "22"];
        let (code, _, stderr) = user(url, &flag, PASSWORD);
        assert_eq!(code, 1);
        assert!(stderr.contains("the password has fewer than 22 characters"), "{stderr}");
        let output = countersign(&["user", command, name, "--database", url])
            .env("COUNTERSIGN_MIN_PASSWORD_LENGTH", "65")
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains("the variable COUNTERSIGN_MIN_PASSWORD_LENGTH"), "{stderr}");
        done(url, &flag[..2], PASSWORD);
    }
}

#[test]
fn weak_or_breached_password_is_rejected() {
    let database = databases::sqlite();
    let url = &database.url;
    done(url, &["add", "ada@example.com"], PASSWORD);
    let mut list = tempfile::NamedTempFile::new().unwrap();
    // The SHA-1 of `correct horse battery`.
    writeln!(list, "98DECC62ECE399A22ED30D490EF333BE7FDE7385").unwrap();
    let list = list.path().to_str().unwrap();
    for [command, name] in [["add", "bob@example.com"], ["set-password", "ada@example.com"]] {
        let weak = [command, name, "--min-password-score", "3"];
        let breached = [command, name, "--breached-passwords", list];
        for (arguments, password, sentence) in [
            (&weak, "wxkqjvzp\n", "the password is easy to guess; add another word or two"),
            (&breached, "correct horse battery\n", "the password is on a list of breached"),
        ] {
            let (code, _, stderr) = user(url, arguments, password);
            assert_eq!((code, stderr.contains(sentence)), (1, true), "{stderr}");
            assert!(!stderr.contains(password.trim()), "{stderr}");
        }
        done(url, &breached, "another horse battery\n");
    }
}

#[test]
fn existing_address_is_rejected_in_any_spelling() {
    let database = databases::sqlite();
    done(&database.url, &["add", "ada@example.com"], PASSWORD);
    let (code, _, stderr) = user(&database.url, &["add", " ADA@example.COM"], PASSWORD);
    assert_eq!(code, 1);
    assert!(stderr.contains("the e-mail address is already registered"), "{stderr}");
}

#[tokio::test]
async fn new_hash_has_the_configured_cost_and_login_rehashes() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("users.db").display());
    let hash = || rows(&done(&url, &["export"], ""))[0]["password_hash"].to_string();
    done(&url, &["add", "a@example.com", "--hash-cost", "m=9216,t=4"], PASSWORD);
    assert!(hash().contains("m=9216,t=4,p=1"), "{}", hash());
    let service = serve(&url);
    let form = [("email", "a@example.com"), ("password", PASSWORD)];
    let answer = client().post(service.url("/login")).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(hash().contains("m=19456,t=2,p=1"), "{}", hash());
}
