//! The log: the access log, audit events, and no secrets.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::Stdio;

use reqwest::{Method, RequestBuilder};
use rstest::rstest;
use serde_json::Value;
use sqlx::{Connection, SqliteConnection};

use super::support::{
    Running, SECRET, Service, TIMEOUT, address_in, client, countersign, run, signal, until,
};

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct-horse-battery";
const NEW_PASSWORD: &str = "another-horse-battery";
const WRONG_PASSWORD: &str = "guessed-horse-battery";

#[tokio::test]
async fn log_that_is_not_read_blocks_neither_responses_nor_the_end() {
    let mut command = countersign(&["serve", "--log-format", "json"]);
    let mut child = Running(command.stderr(Stdio::piped()).spawn().unwrap());
    // Nothing is read after the line that says where it listens.
    let mut log = BufReader::with_capacity(256, child.0.stderr.take().unwrap());
    let mut line = String::new();
    let address = loop {
        line.clear();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "it does not listen");
        if let Some(address) = address_in(&line) {
            break address;
        }
    };
    let client = client();
    for _ in 0..1000 {
        let answer = client.get(format!("http://{address}/healthz")).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    signal(&child.0, "TERM");
    assert_eq!(child.wait(TIMEOUT).code(), Some(0));
}

#[tokio::test]
async fn access_log_has_a_line_per_request() {
    let mut command = countersign(&["serve", "--log-level", "trace", "--log-format", "json"]);
    let service = Service::start(command.env("COUNTERSIGN_SECRET", SECRET));
    let form = [("email", "user@email.com"), ("password", "wrong")];
    let login = client().post(service.url("/login")).header("x-request-id", "login-1").form(&form);
    let token = service.token().await;
    assert_eq!(login.send().await.unwrap().status(), 400);
    assert_eq!(service.get("/get-user", &token).await.0, 200);
    assert_eq!(service.get(&format!("/get-user/{token}?token={token}"), &token).await.0, 404);

    let (_, log) = service.stop();
    let lines: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let requests: Vec<_> = lines.iter().filter(|line| line["message"] == "response").collect();
    let seen = requests.iter().map(|line| {
        assert!(line["duration_us"].is_u64(), "{line}");
        let text = |name: &str| line[name].as_str().unwrap();
        (text("method"), text("route"), line["status"].as_u64().unwrap())
    });
    let expected = [
        ("POST", "/login", 200),
        ("POST", "/login", 400),
        ("GET", "/get-user", 200),
        ("GET", "none", 404),
    ];
    assert!(seen.eq(expected), "{log}");
    assert_eq!(requests[1]["request_id"], "login-1");
    let users = requests.iter().map(|line| line["user_id"].as_i64());
    assert!(users.eq([Some(1), None, Some(1), None]), "{log}");
}

#[tokio::test]
async fn access_log_names_user_and_oauth_client() {
    let folder = tempfile::tempdir().unwrap();
    let clients = folder.path().join("clients");
    let added =
        run(countersign(&["oauth-client", "add", "gateway", "--oauth-clients"]).arg(&clients));
    let secret = added.1.trim();
    let mut command = countersign(&["serve", "--log-format", "json", "--oauth-clients"]);
    let service = Service::start(command.arg(&clients));
    let token = service.token().await;
    for path in ["/get-user", "/sessions", "/userinfo"] {
        assert_eq!(service.get(path, &token).await.0, 200);
    }
    let post = |path: &str| client().post(service.url(path)).form(&[("token", &token)]);
    for (request, status) in [
        (post("/introspect").basic_auth("gateway", Some(secret)), 200),
        (post("/introspect").basic_auth("gateway", Some("wrong")), 401),
        (post("/logout").bearer_auth(&token), 204),
    ] {
        assert_eq!(request.send().await.unwrap().status(), status);
    }
    let (_, log) = service.stop();
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
    let named: Vec<_> = lines
        .filter(|line| line["message"] == "response")
        .map(|line| {
            let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
            (text("route"), line["user_id"].as_i64(), text("oauth_client"))
        })
        .collect();
    let expected = [
        ("/login", Some(1), ""),
        ("/get-user", Some(1), ""),
        ("/sessions", Some(1), ""),
        ("/userinfo", Some(1), ""),
        ("/introspect", None, "gateway"),
        ("/introspect", None, ""),
        ("/logout", Some(1), ""),
    ];
    let expected =
        expected.map(|(route, user, client)| (route.to_owned(), user, client.to_owned()));
    assert_eq!(named, expected);
}

#[tokio::test]
async fn text_line_of_a_request_fits_100_columns() {
    let flags = ["serve", "--log-format", "text", "--log-level", "debug"];
    let mut command = countersign(&flags);
    command.args(["--issuer", "https://auth.example.com"]);
    let service = Service::start(command.env("COUNTERSIGN_SECRET", SECRET));
    let token = service.token().await;
    for path in ["/get-user", "/sessions", "/nowhere", "/.well-known/oauth-authorization-server"] {
        service.get(path, &token).await;
        service.get(path, "forged").await;
    }
    let form = [("email", "user@email.com"), ("password", "wrong")];
    let wrong = client().post(service.url("/login")).form(&form).send().await.unwrap();
    assert_eq!(wrong.status(), 400);
    let form = [("current_password", "password"), ("new_password", NEW_PASSWORD)];
    let change = client().post(service.url("/change-password")).form(&form).bearer_auth(&token);
    let id = "x".repeat(64);
    assert_eq!(change.header("x-request-id", id).send().await.unwrap().status(), 200);
    let (_, log) = service.stop();
    // After the last line of the start.
    let lines: Vec<_> = log.lines().skip_while(|line| !line.contains("curl")).skip(1).collect();
    assert!(
        lines.iter().any(|line| line.contains(" xxxxxxxx response POST /change-password 200 ")),
        "{log}"
    );
    for line in lines {
        assert!(line.chars().count() <= 100, "{} columns: {line}", line.chars().count());
    }
}

/// A client of the service that keeps every secret which it sent or got.
struct Talk<'a> {
    service: &'a Service,
    client: reqwest::Client,
    secrets: Vec<String>,
    requests: usize,
}

impl Talk<'_> {
    async fn send(&mut self, request: RequestBuilder) -> (u16, Value) {
        self.requests += 1;
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap_or_default();
        for name in ["token", "access_token", "refresh_token"] {
            if let Some(token) = body[name].as_str() {
                self.secrets.push(token.to_owned());
                // The signature alone suffices for an attacker who can guess the rest.
                self.secrets.push(token.rsplit('.').next().unwrap().to_owned());
            }
        }
        (status, body)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.service.url(path))
    }

    /// The status of a form that is posted, and its body.
    async fn post(&mut self, path: &str, token: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let request = self.request(Method::POST, path).form(form);
        let request = if token.is_empty() { request } else { request.bearer_auth(token) };
        self.send(request).await
    }

    async fn log_in(&mut self, password: &str) -> (String, String) {
        let form = [("email", EMAIL), ("password", password)];
        let (status, body) = self.post("/login", "", &form).await;
        assert_eq!(status, 200);
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        (text("token"), text("refresh_token"))
    }
}

/// Everything that can be said to the service, rightly and wrongly, with the right statuses.
async fn say_everything(talk: &mut Talk<'_>, client_secret: &str) {
    let credentials = [("email", EMAIL), ("password", PASSWORD)];
    let common = [("email", "b@example.com"), ("password", "password1")];
    assert_eq!(talk.post("/register", "", &credentials).await.0, 201);
    assert_eq!(talk.post("/register", "", &credentials).await.0, 409);
    assert_eq!(talk.post("/register", "", &common).await.0, 400);
    let wrong = [("email", EMAIL), ("password", WRONG_PASSWORD)];
    let unknown = [("email", "unknown@else.example"), ("password", WRONG_PASSWORD)];
    for form in [wrong, unknown] {
        assert_eq!(talk.post("/login", "", &form).await.0, 400);
    }
    for body in [format!("{{\"password\":\"{PASSWORD}\""), format!("[\"{PASSWORD}\"]")] {
        let request = talk.request(Method::POST, "/login").body(body);
        assert_eq!(talk.send(request.header("content-type", "application/json")).await.0, 400);
    }

    let (access, refresh) = talk.log_in(PASSWORD).await;
    let forged = format!("{access}x");
    let no_token = format!("{refresh}x");
    let refreshing = |token: &str| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        talk.request(Method::POST, "/token").form(&form)
    };
    let (again, bad) = (refreshing(&refresh), refreshing(&no_token));
    let (first, third) = (refreshing(&refresh), refreshing(&refresh));
    assert_eq!(talk.send(bad).await.0, 400);
    let (status, body) = talk.send(first).await;
    assert_eq!(status, 200);
    assert_eq!(talk.send(again).await.0, 200);
    let successor = body["refresh_token"].as_str().unwrap().to_owned();
    let successor_form = [("grant_type", "refresh_token"), ("refresh_token", &*successor)];
    assert_eq!(talk.post("/token", "", &successor_form).await.0, 200);
    // Used again when its successor has been used: the session ends.
    assert_eq!(talk.send(third).await.0, 400);

    let (access_2, refresh_2) = talk.log_in(PASSWORD).await;
    for (token, path) in
        [(&access_2, "/get-user"), (&forged, "/get-user"), (&access_2, "/userinfo")]
    {
        let request = talk.request(Method::GET, path).bearer_auth(token);
        assert_eq!(talk.send(request).await.0, if *token == forged { 400 } else { 200 });
    }
    let other_scheme = talk.request(Method::GET, "/get-user").basic_auth(EMAIL, Some(PASSWORD));
    assert_eq!(talk.send(other_scheme).await.0, 400);
    let in_the_path = format!("/sessions/{access_2}?token={refresh_2}");
    for method in [Method::GET, Method::DELETE] {
        let request = talk.request(method.clone(), &in_the_path).bearer_auth(&access_2);
        assert_eq!(talk.send(request).await.0, if method == Method::GET { 405 } else { 404 });
    }
    let request = talk.request(Method::GET, "/sessions").bearer_auth(&access_2);
    assert_eq!(talk.send(request).await.0, 200);

    for token in [&*access_2, &refresh_2, &forged, PASSWORD] {
        for secret in [client_secret, WRONG_PASSWORD] {
            let request = talk.request(Method::POST, "/introspect").form(&[("token", token)]);
            let request = request.basic_auth("gateway", Some(secret));
            assert_eq!(talk.send(request).await.0, if secret == client_secret { 200 } else { 401 });
        }
    }
    let in_the_body = [("token", &*access_2), ("client_secret", client_secret)];
    assert_eq!(talk.post("/introspect", "", &in_the_body).await.0, 401);

    let change = |current, new| [("current_password", current), ("new_password", new)];
    for (current, new) in [(WRONG_PASSWORD, NEW_PASSWORD), (PASSWORD, "password1")] {
        let form = change(current, new);
        assert_eq!(talk.post("/change-password", &access_2, &form).await.0, 400);
    }
    let form = change(PASSWORD, NEW_PASSWORD);
    let (status, body) = talk.post("/change-password", &access_2, &form).await;
    assert_eq!(status, 200);
    let access = body["token"].as_str().unwrap().to_owned();

    assert_eq!(talk.post("/logout", &access, &[("scope", PASSWORD)]).await.0, 400);
    assert_eq!(talk.post("/logout", &access, &[("scope", "others")]).await.0, 204);
    assert_eq!(talk.post("/logout", &access, &[]).await.0, 204);
    assert_eq!(talk.post("/logout", &access, &[("scope", "global")]).await.0, 400);
    for token in [&*talk.log_in(NEW_PASSWORD).await.1, &access, &forged, PASSWORD] {
        assert_eq!(talk.post("/revoke", "", &[("token", token)]).await.0, 200);
    }
    let (access, _) = talk.log_in(NEW_PASSWORD).await;
    for (password, status) in [(WRONG_PASSWORD, 400), (NEW_PASSWORD, 204)] {
        let form = [("password", password)];
        assert_eq!(talk.post("/account/delete", &access, &form).await.0, status);
    }
}

/// Every request that needs the database, without its tables.
async fn say_everything_to_a_broken_database(talk: &mut Talk<'_>, token: &str, refresh: &str) {
    let refreshing = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let form = [
        ("email", EMAIL),
        ("password", PASSWORD),
        ("token", refresh),
        ("current_password", PASSWORD),
        ("new_password", NEW_PASSWORD),
    ];
    for path in ["/login", "/register", "/revoke"] {
        assert_eq!(talk.post(path, "", &form).await.0, 503, "{path}");
    }
    assert_eq!(talk.post("/token", "", &refreshing).await.0, 503);
    for path in ["/change-password", "/account/delete", "/logout"] {
        assert_eq!(talk.post(path, token, &form).await.0, 503, "{path}");
    }
}

#[rstest]
#[tokio::test]
async fn log_contains_no_secret(
    #[values("text", "json")] format: &str,
    #[values("debug", "trace")] level: &str,
) {
    let folder = tempfile::tempdir().unwrap();
    let clients = folder.path().join("clients").to_str().unwrap().to_owned();
    let added =
        run(&mut countersign(&["oauth-client", "add", "gateway", "--oauth-clients", &clients]));
    let client_secret = added.1.trim().to_owned();
    let file = folder.path().join("users.db").to_str().unwrap().to_owned();
    let mut command = countersign(&["serve", "--registration", "open", "--refresh-grace", "1h"]);
    command.args(["--log-level", level, "--log-format", format, "--oauth-clients", &clients]);
    command.args(["--database", &format!("sqlite:{file}")]).env("COUNTERSIGN_SECRET", SECRET);
    let service = Service::start(&mut command);
    let secrets = [SECRET, PASSWORD, NEW_PASSWORD, WRONG_PASSWORD, &client_secret].map(Into::into);
    let mut talk =
        Talk { service: &service, client: client(), secrets: secrets.into(), requests: 0 };
    say_everything(&mut talk, &client_secret).await;

    let credentials = [("email", EMAIL), ("password", PASSWORD)];
    assert_eq!(talk.post("/register", "", &credentials).await.0, 201);
    let (token, refresh) = talk.log_in(PASSWORD).await;
    let mut database = SqliteConnection::connect(&format!("sqlite:{file}")).await.unwrap();
    let hash: String = sqlx::query_scalar("SELECT password_hash FROM users")
        .fetch_one(&mut database)
        .await
        .unwrap();
    talk.secrets.extend(hash.rsplitn(3, '$').take(2).map(Into::into));
    for table in ["users", "sessions"] {
        let moved = format!("ALTER TABLE {table} RENAME TO moved_{table}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(moved)).execute(&mut database).await.unwrap();
    }
    // What was read in the last second is still known.
    until("the tables are missed", async || {
        talk.requests += 1;
        service.get("/get-user", &token).await.0 == 503
    })
    .await;
    say_everything_to_a_broken_database(&mut talk, &token, &refresh).await;

    let stored = std::fs::read_to_string(&clients).unwrap();
    let Talk { mut secrets, requests, .. } = talk;
    secrets.push(stored.trim().rsplit(':').next().unwrap().to_owned());
    secrets.extend([EMAIL, "unknown@else"].map(Into::into));
    let (_, log) = service.stop();
    let response = if format == "json" { r#""message":"response""# } else { " response " };
    assert_eq!(log.matches(response).count(), requests, "{log}");
    assert!(log.contains("request failed") && log.contains("refresh token reused"));
    for secret in secrets {
        assert!(secret.len() >= 8 && !log.contains(&secret), "{secret} is in the log");
    }
}

/// Also by an operator who wants to see nothing else.
#[tokio::test]
async fn audit_lines_are_logged_at_every_level() {
    // Where it listens is not logged, so that it has to be known before.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut command = countersign(&["serve", "--log-level", "error", "--listen", &free]);
    let child = command.env_remove("COUNTERSIGN_LISTEN").stderr(Stdio::piped()).spawn().unwrap();
    let mut child = Running(child);
    let url = |path: &str| format!("http://{free}{path}");
    let client = client();
    until("it listens", async || client.get(url("/healthz")).send().await.is_ok()).await;
    let form = [("email", "user@email.com"), ("password", "password")];
    let answer = client.post(url("/login")).form(&form).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    let request = client.post(url("/logout")).bearer_auth(answer["token"].as_str().unwrap());
    assert_eq!(request.send().await.unwrap().status(), 204);
    signal(&child.0, "TERM");
    assert_eq!(child.wait(TIMEOUT).code(), Some(0));
    let mut log = String::new();
    child.0.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(log.contains("\"message\":\"logout\"") && !log.contains("response"), "{log}");
}
