//! A snapshot of every error's status, headers and body.

use std::fmt::Write;

use crate::support::{TestApp, TestResponse};

#[tokio::test]
async fn errors_have_their_status_headers_and_body() {
    let app = TestApp::start().await;
    let form = "application/x-www-form-urlencoded";
    let login = |content_type: &'static str, body: String| {
        app.post("/login").header("content-type", content_type).body(body)
    };
    let cases = [
        ("wrong credentials", login(form, "email=a@b.c&password=x".into())),
        ("missing field", login(form, "password=x".into())),
        ("broken JSON", login("application/json", "{".into())),
        ("too large", login(form, "x".repeat(70_000))),
        ("other content type", login("text/plain", "x".into())),
        ("no token", app.get("/get-user")),
        ("bad token", app.get("/get-user").header("authorization", "x")),
        ("other method", app.get("/login")),
        ("other method, again", app.post("/get-user")),
        ("options", app.client.request(reqwest::Method::OPTIONS, app.url("/login"))),
        ("no such route", app.get("/login/")),
    ];
    let mut picture = String::new();
    for (name, request) in cases {
        let answer = TestResponse::of(request).await;
        writeln!(picture, "{name}: {}", answer.status).unwrap();
        let mut headers: Vec<_> = answer.headers.iter().collect();
        headers.sort_by_key(|(name, _)| name.as_str());
        for (name, value) in headers {
            if !matches!(name.as_str(), "date" | "x-request-id" | "content-length") {
                writeln!(picture, "  {name}: {}", value.to_str().unwrap()).unwrap();
            }
        }
        writeln!(picture, "  {}\n", answer.body).unwrap();
    }
    insta::assert_snapshot!(picture);
}
