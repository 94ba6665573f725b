//! `countersign token`, beside a service with the same secret and the same database.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

mod support;

use std::process::{Command, Output};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};
use support::{SECRET, Service, client, countersign};
use tempfile::TempDir;

const PASSWORD: &str = "correct horse battery";

/// A SQLite file with a user, and a service on it.
struct Desk {
    folder: TempDir,
    service: Service,
}

impl Desk {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = countersign(&["serve", "--registration", "open"]);
        let service = Service::start(with_database(&mut command, &folder));
        Self { folder, service }
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Value {
        let answer = client().post(self.service.url(path)).form(form).send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// A new user, as `POST /register` answers.
    async fn register(&self) -> (String, String) {
        let form = [("email", "a@example.com"), ("password", PASSWORD)];
        let answer = self.post("/register", &form).await;
        let text = |name: &str| answer[name].as_str().unwrap().to_owned();
        (text("token"), text("refresh_token"))
    }

    fn token(&self, arguments: &[&str]) -> Output {
        let mut command = countersign(&["token"]);
        with_database(command.args(arguments), &self.folder).output().unwrap()
    }

    fn explain(&self, token: &str) -> (bool, String) {
        said(self.token(&["explain", token]))
    }
}

fn with_database<'a>(command: &'a mut Command, folder: &TempDir) -> &'a mut Command {
    let database = format!("sqlite:{}", folder.path().join("users.db").display());
    command.env("COUNTERSIGN_DATABASE_URL", database).env("COUNTERSIGN_SECRET", SECRET)
}

/// Whether it ended well, and what it printed.
fn said(output: Output) -> (bool, String) {
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

/// Without a database.
fn explain_alone(token: &str, flags: &[&str]) -> (bool, String) {
    let mut command = countersign(&["token", "explain", token]);
    said(command.args(flags).env("COUNTERSIGN_SECRET", SECRET).output().unwrap())
}

/// The line about `name`, without the name.
fn line<'a>(text: &'a str, name: &str) -> &'a str {
    let line = text.lines().find(|line| line.split("  ").next().unwrap().trim() == name);
    let line = line.unwrap_or_else(|| panic!("nothing about {name}:\n{text}"));
    line.get(11..).unwrap()
}

fn signed(algorithm: Algorithm, secret: &str, claims: &Value) -> String {
    encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

#[tokio::test]
async fn a_good_token_is_explained_with_its_user_and_its_session() {
    let desk = Desk::open();
    let (access, refresh) = desk.register().await;
    let (is_good, text) = desk.explain(&access);
    assert!(is_good, "{text}");
    assert_eq!(line(&text, "verdict"), "good");
    assert_eq!(line(&text, "user"), "User id=1: <a@example.com, is_admin=False>");
    assert!(line(&text, "key").ends_with("(HS256) tried: made the signature"), "{text}");
    let expires = line(&text, "expires");
    assert!(expires.contains("Z, in 14m") || expires.contains("Z, in 15m"), "{expires}");
    let (is_good, text) = desk.explain(&refresh);
    assert!(is_good, "{text}");
    assert_eq!((line(&text, "kind"), line(&text, "number")), ("refresh token", "0"));
}

#[tokio::test]
async fn the_database_says_what_the_token_cannot() {
    let desk = Desk::open();
    let (access, refresh) = desk.register().await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", &*refresh)];
    desk.post("/token", &form).await;
    let (is_good, text) = desk.explain(&refresh);
    assert!(!is_good);
    assert!(line(&text, "verdict").ends_with("the current one of its session is number 1"));

    let request = client().post(desk.service.url("/logout")).bearer_auth(&access);
    assert_eq!(request.send().await.unwrap().status().as_u16(), 204);
    assert_eq!(line(&desk.explain(&access).1, "verdict"), "refused: its session has ended");
    let ended = "refused: its session has ended, or its user is gone";
    assert_eq!(line(&desk.explain(&refresh).1, "verdict"), ended);
    // Which nobody knows without the database.
    let alone = "good, as far as it says itself: no database was asked";
    assert_eq!(line(&explain_alone(&access, &[]).1, "verdict"), alone);
}

#[test]
fn what_refuses_a_token_is_named() {
    let good = json!({"user_id": 1, "exp": 4_000_000_000_i64});
    let expired = json!({"user_id": 1, "exp": 1_700_000_000});
    let early = json!({"user_id": 1, "exp": 4_000_000_000_i64, "nbf": 3_999_999_999_i64});
    let hs256 = |claims: &Value| signed(Algorithm::HS256, SECRET, claims);
    for (token, flags, verdict) in [
        (hs256(&expired), &[][..], "refused: it has expired; the clock here says "),
        (hs256(&early), &[], "refused: it is not valid yet; the clock here says "),
        (signed(Algorithm::HS256, "another", &good), &[], "refused: its signature does not match"),
        (signed(Algorithm::HS384, SECRET, &good), &[], "refused: its algorithm is not that of"),
        (
            hs256(&json!({"user_id": 1, "exp": 4_000_000_000_i64, "iss": "them"})),
            &["--issuer", "us"],
            "refused: it is from another issuer: iss is \"them\", and we want \"us\"",
        ),
        (
            hs256(&json!({"user_id": 1, "exp": 4_000_000_000_i64, "aud": "them"})),
            &[],
            "refused: it is for another audience: aud is \"them\", and we want there to be none",
        ),
        (hs256(&json!({"exp": 4_000_000_000_i64})), &[], "refused: a claim is missing"),
        ("x".to_owned(), &[], "refused: it is not a signed JWT"),
    ] {
        let (is_good, text) = explain_alone(&token, flags);
        assert!(!is_good && line(&text, "verdict").starts_with(verdict), "{verdict}:\n{text}");
    }
    let (_, text) = explain_alone(&signed(Algorithm::HS256, "another", &good), &[]);
    assert!(line(&text, "key").ends_with("(HS256) tried: did not make the signature"), "{text}");
    assert_eq!(line(&text, "claims"), "anybody can have written what follows");
    assert!(line(&explain_alone(&hs256(&expired), &[]).1, "expires").ends_with(" ago"));
}

#[test]
fn nothing_in_a_token_reaches_the_terminal_as_it_is() {
    let claims = json!({"user_id": "\u{1b}[2J\u{9b}2J\u{202e}\n", "exp": 1});
    let (_, text) = explain_alone(&signed(Algorithm::HS256, SECRET, &claims), &[]);
    let plain = |c: char| c == '\n' || (' '..='~').contains(&c);
    assert!(text.chars().all(plain), "{text:?}");
}

#[test]
fn a_token_is_read_from_standard_input_also_as_a_whole_header() {
    let token = signed(Algorithm::HS256, SECRET, &json!({"user_id": 1, "exp": 4_000_000_000_i64}));
    for input in [token.clone(), format!("Bearer {token}\n"), format!("  {token}\nmore\n")] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("input"), input).unwrap();
        let mut command = countersign(&["token", "explain"]);
        command.env("COUNTERSIGN_SECRET", SECRET);
        command.stdin(std::fs::File::open(folder.path().join("input")).unwrap());
        let (is_good, text) = said(command.output().unwrap());
        assert!(is_good, "{text}");
    }
}

#[tokio::test]
async fn an_operator_issues_a_token_for_a_user() {
    let desk = Desk::open();
    desk.register().await;
    let output = desk.token(&["issue", "--user", "A@example.com", "--ttl", "2h"]);
    let (is_good, token) = said(output);
    let token = token.trim();
    assert!(is_good);
    assert_eq!(desk.service.get("/get-user", token).await.0, 200);
    let (_, text) = desk.explain(token);
    assert!(line(&text, "expires").contains("in 1h 59m"), "{text}");

    // It ends with all other tokens of its user.
    let logout = client().post(desk.service.url("/logout")).bearer_auth(token);
    let status = logout.form(&[("scope", "global")]).send().await.unwrap().status();
    assert_eq!(status.as_u16(), 204);
    assert_eq!(desk.service.get("/get-user", token).await.0, 400);
    let verdict = "refused: the tokens of its user have been revoked since";
    assert_eq!(line(&desk.explain(token).1, "verdict"), verdict);
}

#[tokio::test]
async fn revocation_by_a_clock_that_was_ahead_is_named_and_brought_back() {
    let desk = Desk::open();
    desk.register().await;
    let issue = ["issue", "--user", "1"];
    let path = desk.folder.path().join("users.db");
    let mut database = SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    let year_3000 = "UPDATE users SET tokens_valid_after = 32503680000000";
    sqlx::raw_sql(year_3000).execute(&mut database).await.unwrap();
    let refused = desk.token(&issue);
    let error = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{error}");
    assert!(error.contains("rejected until 3000-01-01T00:00:00Z"), "{error}");
    // As the message says.
    let mut enable = countersign(&["user", "enable", "1"]);
    assert!(with_database(&mut enable, &desk.folder).output().unwrap().status.success());
    let (is_issued, token) = said(desk.token(&issue));
    assert!(is_issued);
    assert_eq!(desk.service.get("/get-user", token.trim()).await.0, 200);
}

#[tokio::test]
async fn a_command_that_cannot_be_done_says_why() {
    let desk = Desk::open();
    let no_user = desk.token(&["issue", "--user", "b@example.com"]);
    let no_secret = countersign(&["token", "explain", "x"]).output().unwrap();
    let mut command = countersign(&["token", "issue", "--user", "1"]);
    let no_database = command.env("COUNTERSIGN_SECRET", SECRET).output().unwrap();
    let mut command = countersign(&["token", "explain", " "]);
    let no_token = command.env("COUNTERSIGN_SECRET", SECRET).output().unwrap();
    let too_long = desk.token(&["issue", "--user", "1", "--ttl", "400days"]);
    for (output, code, message) in [
        (no_user, 1, "there is no user b@example.com"),
        (no_secret, 7, "no signing key"),
        (no_database, 9, "set --database"),
        (no_token, 1, "there is no token"),
        (too_long, 2, "expected whole seconds"),
    ] {
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{error}");
        assert!(error.contains(message) && output.stdout.is_empty(), "{error}");
    }
}
