//! `POST /login`: what a body may be.

use std::time::Duration;

use countersign::config::Database;
use countersign::password::{Cost, HashingOptions};
use rstest::rstest;
use serde_json::json;

use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::databases;
use crate::support::{EMAIL, PASSWORD, TIMEOUT, TestApp, TestResponse, WRONG_CREDENTIALS};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

async fn login(app: &TestApp, content_type: &str, body: impl Into<reqwest::Body>) -> TestResponse {
    TestResponse::of(app.post("/login").header("content-type", content_type).body(body)).await
}

#[rstest]
#[case("application/json")]
#[case("Application/JSON; charset=utf-8")]
#[case(" application/json ;x=y")]
#[tokio::test]
async fn json_is_known_in_any_case_and_with_parameters(#[case] content_type: &str) {
    let app = TestApp::start().await;
    let body = json!({"email": EMAIL, "password": PASSWORD, "remember": [1, {"me": null}]});
    assert_eq!(login(&app, content_type, body.to_string()).await.status, 200);
}

#[tokio::test]
async fn a_multipart_form_is_a_form() {
    let app = TestApp::start().await;
    let body = "--x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\nuser@email.com\r\n\
                --x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\npassword\r\n--x--\r\n";
    assert_eq!(login(&app, "multipart/form-data; boundary=x", body).await.status, 200);
    let file = body.replace("name=\"password\"", "name=\"password\"; filename=\"p.txt\"");
    let answer = login(&app, "multipart/form-data; boundary=x", file).await;
    assert_eq!(
        (answer.status, &*answer.body),
        (400, r#"{"message": "password must be a string"}"#)
    );
    for broken in ["", "--x\r\n", "--x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\nu"]
    {
        let answer = login(&app, "multipart/form-data; boundary=x", broken).await;
        assert_eq!(answer.status, 400, "{broken:?}: {}", answer.body);
    }
}

#[tokio::test]
async fn an_address_is_known_in_any_spelling() {
    let app = TestApp::start().await;
    assert_eq!(app.login(" USER@Email.com ", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn a_password_is_taken_as_it_is() {
    let app = TestApp::start().await;
    for near in ["Password", " password", "password ", "password\n", "p%61ssword"] {
        assert_eq!(app.login(EMAIL, near).await.contract(), WRONG_CREDENTIALS, "{near:?}");
    }
}

#[rstest]
#[case::no_email(FORM, "password=x", "email is missing")]
#[case::no_password(FORM, "email=a@b.c", "password is missing")]
#[case::nothing(FORM, "", "email is missing")]
#[case::twice(FORM, "email=a@b.c&password=x&password=y", "password is given more than once")]
#[case::nul(FORM, "email=a@b.c&password=x%00", "password contains a NUL character")]
#[case::nul_in_email(FORM, "email=a%00@b.c&password=x", "email contains a NUL character")]
#[case::not_utf8(FORM, "email=a@b.c&password=%FF", "The body is not valid UTF-8")]
#[case::json_as_form(
    FORM,
    r#" {"email":"a@b.c","password":"x"}"#,
    "The body looks like JSON, but its Content-Type is that of a form"
)]
#[case::no_boundary(
    "multipart/form-data",
    "x",
    "Content-Type multipart/form-data needs a boundary"
)]
#[case::other_name(FORM, "Email=a@b.c&password=x", "email is missing")]
#[case::json_missing(JSON, "{}", "email is missing")]
#[case::json_null(JSON, r#"{"email":null,"password":"x"}"#, "email must be a string")]
#[case::json_number(JSON, r#"{"email":"a@b.c","password":12345678}"#, "password must be a string")]
#[case::json_float(JSON, r#"{"email":"a@b.c","password":-1.5}"#, "password must be a string")]
#[case::json_bool(JSON, r#"{"email":"a@b.c","password":true}"#, "password must be a string")]
#[case::json_list(JSON, r#"{"email":["a@b.c"],"password":"x"}"#, "email must be a string")]
#[case::json_object(JSON, r#"{"email":{"$ne":""},"password":"x"}"#, "email must be a string")]
#[case::json_twice(
    JSON,
    r#"{"email":"a@b.c","email":"a@b.c","password":"x"}"#,
    "email is given more than once"
)]
#[case::json_nul(
    JSON,
    r#"{"email":"a@b.c","password":"\u0000"}"#,
    "password contains a NUL character"
)]
#[case::json_array(JSON, r#"["user@email.com","password"]"#, "The body must be a JSON object")]
#[case::json_string(JSON, r#""email""#, "The body must be a JSON object")]
#[case::json_broken(JSON, r#"{"email":"#, "The body is not valid JSON: line 1, column 9")]
#[case::json_nothing(JSON, "", "email is missing")]
#[case::json_utf_16(JSON, "\0{\0}", "The body is not valid JSON: line 1, column 1")]
#[case::json_trailing(
    JSON,
    r#"{"email":"a@b.c","password":"x"} {}"#,
    "The body is not valid JSON: line 1, column 34"
)]
#[case::json_surrogate(
    JSON,
    r#"{"email":"a@b.c","password":"\ud800"}"#,
    "The body is not valid JSON: line 1, column 36"
)]
#[case::json_form(JSON, "email=a@b.c&password=x", "The body is not valid JSON: line 1, column 1")]
#[tokio::test]
async fn invalid_body_is_rejected_with_its_reason(
    #[case] content_type: &str,
    #[case] body: &'static str,
    #[case] message: &str,
) {
    let app = TestApp::start().await;
    let answer = login(&app, content_type, body).await;
    assert_eq!((answer.status, answer.json()), (400, json!({"message": message})));
    assert_eq!(app.login(EMAIL, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn json_that_is_not_utf8_is_a_400() {
    let app = TestApp::start().await;
    let body = b"{\"email\":\"a@b.c\",\"password\":\"\xff\"}".to_vec();
    let answer = login(&app, JSON, body).await;
    let message = json!({"message": "The body is not valid UTF-8"});
    assert_eq!((answer.status, answer.json()), (400, message));
}

#[tokio::test]
async fn json_nested_too_deeply_is_a_400() {
    let app = TestApp::start().await;
    let body = format!("{{\"email\":{}", "[".repeat(60_000));
    let answer = login(&app, JSON, body).await;
    let message = json!({"message": "The body is not valid JSON: line 1, column 136"});
    assert_eq!((answer.status, answer.json()), (400, message));
}

#[rstest]
#[case("text/plain")]
#[case("application/jsonx")]
#[case("application/json-patch+json")]
#[case("application/x-www-form-urlencoded-not")]
#[case("")]
#[tokio::test]
async fn another_content_type_is_a_415(#[case] content_type: &str) {
    let app = TestApp::start().await;
    let answer = login(&app, content_type, "email=a@b.c&password=x").await;
    assert_eq!(answer.status, 415);
    assert!(answer.json()["message"].as_str().unwrap().contains("application/json"));
}

#[tokio::test]
async fn no_content_type_is_a_415() {
    let app = TestApp::start().await;
    assert_eq!(
        TestResponse::of(app.post("/login").body("email=a@b.c&password=x")).await.status,
        415
    );
}

/// The only hashing thread is busy for seconds: what wanted a hash would get a 503, or come late.
#[tokio::test]
async fn password_over_1024_bytes_is_rejected_before_it_is_hashed() {
    let app = TestApp::start_with(|config| {
        config.demo = false;
        let cost = Cost::new(128 * 1024, 16, 1).unwrap();
        config.hashing = HashingOptions { cost, queue: 1, ..config.hashing };
    })
    .await;
    let form = [("email", EMAIL), ("password", PASSWORD)];
    let mut waiting = JoinSet::new();
    for _ in 0..3 {
        waiting.spawn(app.post("/login").form(&form).send());
    }
    // One is hashed and one waits, so the first answer is that of the third.
    assert_eq!(waiting.join_next().await.unwrap().unwrap().unwrap().status(), 503);
    for long in ["x".repeat(1025), "é".repeat(513)] {
        let answer = timeout(Duration::from_secs(1), app.login(EMAIL, &long)).await.unwrap();
        let message = json!({"message": "password is longer than 1024 bytes"});
        assert_eq!((answer.status, answer.json()), (400, message));
    }
}

#[tokio::test]
async fn a_password_of_1024_bytes_is_looked_at() {
    let app = TestApp::start().await;
    assert_eq!(app.login(EMAIL, &"x".repeat(1024)).await.contract(), WRONG_CREDENTIALS);
}

#[tokio::test]
async fn a_body_over_the_limit_is_a_413_that_arrives() {
    let app = TestApp::start().await;
    for size in [64 * 1024 + 1, 1024 * 1024] {
        let answer = login(&app, FORM, "x".repeat(size)).await;
        assert_eq!(answer.status, 413);
        assert_eq!(answer.body, r#"{"message": "The body is larger than 65536 bytes"}"#);
    }
    assert_eq!(login(&app, FORM, "x".repeat(64 * 1024)).await.status, 400);
}

/// A client that is still sending must not lose the answer to a reset.
#[tokio::test]
async fn response_before_the_end_of_the_body_arrives() {
    let app = TestApp::start().await;
    let body = || "x".repeat(1024 * 1024);
    for (path, status) in [("/nowhere", 404), ("/healthz", 405), ("/get-user", 405)] {
        assert_eq!(TestResponse::of(app.post(path).body(body())).await.status, status, "{path}");
    }
    assert_eq!(TestResponse::of(app.get("/get-user").body(body())).await.status, 401);
    assert_eq!(login(&app, "text/plain", body()).await.status, 415);
}

#[tokio::test]
async fn declared_length_over_the_limit_is_rejected_before_the_body() {
    let app = TestApp::start().await;
    let head = "POST /login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                content-length: 10737418240\r\n\r\n";
    assert!(app.raw(head).await.starts_with("HTTP/1.1 413 "));
}

#[tokio::test]
async fn chunked_body_over_the_limit_is_rejected() {
    let app = TestApp::start().await;
    let head = "POST /login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                transfer-encoding: chunked\r\n\r\n";
    let chunk = format!("8000\r\n{}\r\n", "x".repeat(0x8000)).repeat(3);
    assert!(app.raw(format!("{head}{chunk}")).await.starts_with("HTTP/1.1 413 "));
}

/// With one thread and no queue, of eight logins at once some are refused, and none is lost.
#[tokio::test]
async fn more_logins_than_can_be_hashed_get_a_503_and_when_to_come_back() {
    let app = TestApp::start_with(|config| {
        config.demo = false;
        let cost = Cost::new(64 * 1024, 2, 1).unwrap();
        config.hashing = HashingOptions { cost, queue: 1, ..config.hashing };
    })
    .await;
    let logins: Vec<_> = (0..8)
        .map(|_| {
            let form = [("email", EMAIL), ("password", PASSWORD)];
            tokio::spawn(app.post("/login").form(&form).send())
        })
        .collect();
    let mut refused = 0;
    let mut responded = 0;
    for login in logins {
        let answer = TestResponse::read(login.await.unwrap().unwrap()).await;
        match answer.status {
            400 => responded += 1,
            503 => {
                refused += 1;
                assert_eq!(answer.header("retry-after"), "1");
                assert!(answer.json()["message"].is_string());
            }
            status => panic!("{status}: {}", answer.body),
        }
    }
    assert!(responded >= 1 && refused >= 1, "{responded} responded, {refused} refused");
}

/// In a storm most logins are refused, and the database has enough to do with the others.
#[tokio::test]
async fn a_login_that_cannot_be_hashed_does_not_ask_the_database() {
    let database = databases::sqlite();
    let app = TestApp::start_with(|config| {
        config.demo = false;
        config.database.database = Database::Sql(database.url.parse().unwrap());
        let cost = Cost::new(128 * 1024, 16, 1).unwrap();
        config.hashing = HashingOptions { cost, queue: 1, ..config.hashing };
    })
    .await;
    let form = [("email", EMAIL), ("password", "correct horse battery")];
    let mut waiting = JoinSet::new();
    for _ in 0..3 {
        waiting.spawn(app.post("/login").form(&form).send());
    }
    // One is hashed and one waits, so the first answer is that of the third.
    assert_eq!(waiting.join_next().await.unwrap().unwrap().unwrap().status(), 503);
    app.app.close(std::time::Duration::from_secs(5)).await;
    for path in ["/login", "/register"] {
        let answer = TestResponse::of(app.post(path).form(&form)).await;
        let message = json!({"message": "Too many logins at once, try again later"});
        assert_eq!((answer.status, answer.json()), (503, message), "{path}");
    }
}

#[tokio::test]
async fn a_body_that_does_not_arrive_in_time_is_a_408() {
    use tokio::io::AsyncWriteExt;
    let app = TestApp::start_with(|config| {
        config.http.body_timeout = Duration::from_millis(50);
    })
    .await;
    let mut stream = app.connect().await;
    let head = "POST /login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                content-length: 100\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    let reading = crate::support::read_to_end(&mut stream);
    let answer = timeout(TIMEOUT, reading).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.ends_with(r#"{"message": "The body did not arrive within 50ms"}"#), "{answer}");
    assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
}

/// Identical in body and headers, but for what names the request.
#[rstest]
#[case::empty_address(FORM, "email=&password=x")]
#[case::empty_password(FORM, "email=user%40email.com&password=")]
#[case::both(FORM, "email=&password=")]
#[case::json_address(JSON, r#"{"email":"","password":"x"}"#)]
#[case::json_password(JSON, r#"{"email":"user@email.com","password":""}"#)]
#[tokio::test]
async fn empty_address_or_password_is_a_wrong_one(#[case] content_type: &str, #[case] body: &str) {
    let app = TestApp::start().await;
    let send = async |content_type: &str, body: &str| {
        let request = app.post("/login").header("content-type", content_type);
        let response = request.body(body.to_owned()).send().await.unwrap();
        let mut headers = response.headers().clone();
        headers.remove("x-request-id");
        headers.remove("date");
        (response.status(), headers, response.text().await.unwrap())
    };
    let wrong = send(FORM, "email=user%40email.com&password=wrong").await;
    assert_eq!(wrong.2, r#"{"message": "Wrong credentials"}"#);
    assert_eq!(send(content_type, body).await, wrong);
}
