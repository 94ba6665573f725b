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

/// A SQLite file, and a service on it.
struct Database {
    folder: TempDir,
    service: Service,
}

impl Database {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = countersign(&["serve", "--registration", "open"]);
        let service = Service::start(with_database(&mut command, &folder));
        Self { folder, service }
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Value {
        let response = client().post(self.service.url(path)).form(form).send().await.unwrap();
        response.json().await.unwrap()
    }

    /// The tokens of a new user.
    async fn register(&self) -> (String, String) {
        let form = [("email", "a@example.com"), ("password", PASSWORD)];
        let response = self.post("/register", &form).await;
        let text = |name: &str| response[name].as_str().unwrap().to_owned();
        (text("token"), text("refresh_token"))
    }

    fn token(&self, arguments: &[&str]) -> Output {
        let mut command = countersign(&["token"]);
        with_database(command.args(arguments), &self.folder).output().unwrap()
    }

    fn explain(&self, token: &str) -> (bool, String) {
        outcome(self.token(&["explain", token]))
    }
}

fn with_database<'a>(command: &'a mut Command, folder: &TempDir) -> &'a mut Command {
    let database = format!("sqlite:{}", folder.path().join("users.db").display());
    command.env("COUNTERSIGN_DATABASE_URL", database).env("COUNTERSIGN_SECRET", SECRET)
}

/// Whether the command succeeded, and its standard output.
fn outcome(output: Output) -> (bool, String) {
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

/// Explains without a database.
fn explain_offline(token: &str, flags: &[&str]) -> (bool, String) {
    let mut command = countersign(&["token", "explain", token]);
    outcome(command.args(flags).env("COUNTERSIGN_SECRET", SECRET).output().unwrap())
}

/// The value of the line `name`.
fn line<'a>(text: &'a str, name: &str) -> &'a str {
    let line = text.lines().find(|line| line.split("  ").next().unwrap().trim() == name);
    let line = line.unwrap_or_else(|| panic!("no line {name}:\n{text}"));
    line.get(12..).unwrap()
}

fn signed(algorithm: Algorithm, secret: &str, claims: &Value) -> String {
    encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

#[tokio::test]
async fn active_token_is_explained_with_user_and_session() {
    let database = Database::open();
    let (access, refresh) = database.register().await;
    let (is_active, text) = database.explain(&access);
    assert!(is_active, "{text}");
    assert_eq!(line(&text, "verdict"), "active");
    assert_eq!(line(&text, "user"), "User id=1: <a@example.com, is_admin=False>");
    assert!(line(&text, "key").ends_with("(HS256) verifies the signature"), "{text}");
    let expires = line(&text, "expires");
    assert!(expires.contains("Z, in 14m") || expires.contains("Z, in 15m"), "{expires}");
    let (is_active, text) = database.explain(&refresh);
    assert!(is_active, "{text}");
    assert_eq!((line(&text, "kind"), line(&text, "generation")), ("refresh token", "0"));
}

#[tokio::test]
async fn session_and_user_are_checked_in_the_database() {
    let database = Database::open();
    let (access, refresh) = database.register().await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", &*refresh)];
    database.post("/token", &form).await;
    let (is_active, text) = database.explain(&refresh);
    assert!(!is_active);
    assert!(line(&text, "verdict").ends_with("the current generation of its session is 1"));

    let request = client().post(database.service.url("/logout")).bearer_auth(&access);
    assert_eq!(request.send().await.unwrap().status().as_u16(), 204);
    assert_eq!(line(&database.explain(&access).1, "verdict"), "inactive: its session has ended");
    let ended = "inactive: its session has ended, or its user was deleted";
    assert_eq!(line(&database.explain(&refresh).1, "verdict"), ended);
    // Without the database the session is not checked.
    let offline = "valid; user and session not checked without a database";
    assert_eq!(line(&explain_offline(&access, &[]).1, "verdict"), offline);
}

#[test]
fn reason_of_a_rejection_is_named() {
    let valid = json!({"user_id": 1, "exp": 4_000_000_000_i64});
    let expired = json!({"user_id": 1, "exp": 1_700_000_000});
    let early = json!({"user_id": 1, "exp": 4_000_000_000_i64, "nbf": 3_999_999_999_i64});
    let hs256 = |claims: &Value| signed(Algorithm::HS256, SECRET, claims);
    for (token, flags, verdict) in [
        (hs256(&expired), &[][..], "inactive: expired; this machine's clock: "),
        (hs256(&early), &[], "inactive: not valid yet; this machine's clock: "),
        (
            signed(Algorithm::HS256, "another", &valid),
            &[],
            "inactive: the signature does not match",
        ),
        (
            signed(Algorithm::HS384, SECRET, &valid),
            &[],
            "inactive: alg is not the algorithm of the key, or of any",
        ),
        (
            hs256(&json!({"user_id": 1, "exp": 4_000_000_000_i64, "iss": "them"})),
            &["--issuer", "us"],
            "inactive: wrong issuer: iss is \"them\", expected \"us\"",
        ),
        (
            hs256(&json!({"user_id": 1, "exp": 4_000_000_000_i64, "aud": "them"})),
            &[],
            "inactive: wrong audience: aud is \"them\", expected none",
        ),
        (hs256(&json!({"exp": 4_000_000_000_i64})), &[], "inactive: a claim is missing"),
        ("x".to_owned(), &[], "inactive: not a signed JWT"),
    ] {
        let (is_active, text) = explain_offline(&token, flags);
        assert!(!is_active && line(&text, "verdict").starts_with(verdict), "{verdict}:\n{text}");
    }
    let (_, text) = explain_offline(&signed(Algorithm::HS256, "another", &valid), &[]);
    assert!(line(&text, "key").ends_with("(HS256) does not verify the signature"), "{text}");
    assert_eq!(line(&text, "claims"), "not verified, and possibly forged");
    assert!(line(&explain_offline(&hs256(&expired), &[]).1, "expires").ends_with(" ago"));
}

#[test]
fn claims_are_escaped_for_the_terminal() {
    let claims = json!({"user_id": "\u{1b}[2J\u{9b}2J\u{202e}\n", "exp": 1});
    let (_, text) = explain_offline(&signed(Algorithm::HS256, SECRET, &claims), &[]);
    let plain = |c: char| c == '\n' || (' '..='~').contains(&c);
    assert!(text.chars().all(plain), "{text:?}");
}

#[test]
fn token_or_header_is_read_from_standard_input() {
    let token = signed(Algorithm::HS256, SECRET, &json!({"user_id": 1, "exp": 4_000_000_000_i64}));
    for input in [token.clone(), format!("Bearer {token}\n"), format!("  {token}\nmore\n")] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("input"), input).unwrap();
        let mut command = countersign(&["token", "explain"]);
        command.env("COUNTERSIGN_SECRET", SECRET);
        command.stdin(std::fs::File::open(folder.path().join("input")).unwrap());
        let (is_active, text) = outcome(command.output().unwrap());
        assert!(is_active, "{text}");
    }
}

#[tokio::test]
async fn token_is_issued_for_a_user() {
    let database = Database::open();
    database.register().await;
    let output = database.token(&["issue", "--user", "A@example.com", "--ttl", "2h"]);
    let (is_active, token) = outcome(output);
    let token = token.trim();
    assert!(is_active);
    assert_eq!(database.service.get("/get-user", token).await.0, 200);
    let (_, text) = database.explain(token);
    assert!(line(&text, "expires").contains("in 1h 59m"), "{text}");

    // A global logout rejects it, too.
    let logout = client().post(database.service.url("/logout")).bearer_auth(token);
    let status = logout.form(&[("scope", "global")]).send().await.unwrap().status();
    assert_eq!(status.as_u16(), 204);
    assert_eq!(database.service.get("/get-user", token).await.0, 400);
    let verdict = "inactive: the tokens of its user have been revoked since";
    assert_eq!(line(&database.explain(token).1, "verdict"), verdict);
}

#[tokio::test]
async fn revocation_by_a_clock_ahead_is_named_and_reset_by_user_logout() {
    let database = Database::open();
    database.register().await;
    let issue = ["issue", "--user", "1"];
    let path = database.folder.path().join("users.db");
    let mut connection = SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    let year_3000 = "UPDATE users SET tokens_valid_after = 32503680000000";
    sqlx::raw_sql(year_3000).execute(&mut connection).await.unwrap();
    let rejected = database.token(&issue);
    let error = String::from_utf8(rejected.stderr).unwrap();
    assert_eq!(rejected.status.code(), Some(1), "{error}");
    assert!(error.contains("rejected until 3000-01-01T00:00:00Z"), "{error}");
    // As the message says.
    let mut logout = countersign(&["user", "logout", "1"]);
    assert!(with_database(&mut logout, &database.folder).output().unwrap().status.success());
    let (is_issued, token) = outcome(database.token(&issue));
    assert!(is_issued);
    assert_eq!(database.service.get("/get-user", token.trim()).await.0, 200);
}

#[tokio::test]
async fn failed_command_has_an_exit_code_and_a_reason() {
    let database = Database::open();
    let no_user = database.token(&["issue", "--user", "b@example.com"]);
    let no_secret = countersign(&["token", "explain", "x"]).output().unwrap();
    let mut command = countersign(&["token", "issue", "--user", "1"]);
    let no_database = command.env("COUNTERSIGN_SECRET", SECRET).output().unwrap();
    let mut command = countersign(&["token", "explain", " "]);
    let no_token = command.env("COUNTERSIGN_SECRET", SECRET).output().unwrap();
    let too_long = database.token(&["issue", "--user", "1", "--ttl", "400days"]);
    for (output, code, message) in [
        (no_user, 1, "no such user: b@example.com"),
        (no_secret, 7, "no signing key"),
        (no_database, 9, "set --database"),
        (no_token, 1, "no token"),
        (too_long, 2, "expected whole seconds"),
    ] {
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{error}");
        assert!(error.contains(message) && output.stdout.is_empty(), "{error}");
    }
}
