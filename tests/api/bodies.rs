//! How a request body may be written: media type, character encoding and content coding.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Bytes, HttpBody};
use http_body::Frame;
use reqwest::Method;
use rstest::rstest;
use serde_json::json;

use crate::support::{EMAIL, PASSWORD, TestApp, TestResponse};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";
const MULTIPART: &str = "multipart/form-data; boundary=x";
const GOOD_FORM: &str = "email=user@email.com&password=password";
const GOOD_JSON: &str = r#"{"email":"user@email.com","password":"password"}"#;
/// `gzip` of a JSON login.
const GZIPPED: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xabV*H,.NU\xb2R\x02\x00";
const OTHER_TYPE: &str = "Content-Type must be application/json, \
    application/x-www-form-urlencoded or multipart/form-data";

async fn login(
    app: &TestApp,
    headers: &[(&str, &str)],
    body: impl Into<reqwest::Body>,
) -> TestResponse {
    let request = headers.iter().fold(app.post("/login"), |request, (name, value)| {
        request.header(*name, reqwest::header::HeaderValue::from_bytes(value.as_bytes()).unwrap())
    });
    TestResponse::of(request.body(body)).await
}

/// A body that declares no length.
struct Chunked(Option<&'static [u8]>);

impl HttpBody for Chunked {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes.into()))))
    }
}

fn multipart(password_headers: &str, password: &str) -> String {
    format!(
        "--x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\nuser@email.com\r\n\
         --x\r\nContent-Disposition: form-data; name=\"password\"\r\n{password_headers}\r\n\
         {password}\r\n--x--\r\n"
    )
}

#[rstest]
#[case::json(JSON, "\u{feff}{\"email\":\"user@email.com\",\"password\":\"password\"}")]
#[case::form(FORM, "\u{feff}email=user@email.com&password=password")]
#[tokio::test]
async fn byte_order_mark_is_ignored(#[case] content_type: &str, #[case] body: &'static str) {
    let app = TestApp::start().await;
    assert_eq!(login(&app, &[("content-type", content_type)], body).await.status, 200);
    // One, and before everything else.
    let answer = login(&app, &[("content-type", content_type)], format!("\u{feff}{body}")).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn byte_order_mark_alone_is_no_object() {
    let app = TestApp::start().await;
    let answer = login(&app, &[("content-type", JSON)], "\u{feff}").await;
    assert_eq!(answer.json(), json!({"message": "The body is not valid JSON: line 1, column 0"}));
}

#[rstest]
#[case::gzip(&["gzip"], "gzip")]
#[case::any_case(&["GZIP"], "GZIP")]
#[case::brotli(&["br"], "br")]
#[case::in_a_list(&["identity, deflate"], "deflate")]
#[case::second_header(&["identity", "zstd"], "zstd")]
#[case::not_ascii(&["\u{e9}"], "\u{e9}")]
#[case::long(&["xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"], "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
#[tokio::test]
async fn content_coding_is_a_415_that_names_it(#[case] codings: &[&str], #[case] named: &str) {
    let app = TestApp::start().await;
    let mut headers = vec![("content-type", JSON)];
    headers.extend(codings.iter().map(|coding| ("content-encoding", *coding)));
    let answer = login(&app, &headers, GZIPPED).await;
    let message = format!("The encoding {named} is not supported; send the body unencoded");
    assert_eq!((answer.status, answer.json()), (415, json!({ "message": message })));
    assert_eq!(answer.header("accept-encoding"), "identity");
    let length_is_unknown = reqwest::Body::wrap(Chunked(Some(GZIPPED)));
    assert_eq!(
        login(&app, &headers, length_is_unknown).await.json(),
        json!({ "message": message })
    );
}

#[rstest]
#[case::identity("identity")]
#[case::any_case("Identity")]
#[case::empty("")]
#[case::list("identity, identity")]
#[tokio::test]
async fn identity_is_no_content_coding(#[case] coding: &str) {
    let app = TestApp::start().await;
    let headers = [("content-type", JSON), ("content-encoding", coding)];
    assert_eq!(login(&app, &headers, GOOD_JSON).await.status, 200);
}

#[rstest]
#[case::utf_16("application/json; charset=utf-16", "utf-16")]
#[case::quoted("application/json; charset=\"UTF-16LE\"", "UTF-16LE")]
#[case::second_parameter("application/json; x=y ;Charset=utf-16be", "utf-16be")]
#[case::unknown("application/x-www-form-urlencoded; charset=ebcdic", "ebcdic")]
#[case::not_ascii_compatible(
    "application/x-www-form-urlencoded;charset=iso-2022-jp",
    "iso-2022-jp"
)]
#[tokio::test]
async fn charset_other_than_utf_8_is_a_415_that_names_it(
    #[case] content_type: &str,
    #[case] named: &str,
) {
    let app = TestApp::start().await;
    let body = if content_type.starts_with(JSON) { GOOD_JSON } else { GOOD_FORM };
    let answer = login(&app, &[("content-type", content_type)], body).await;
    let message = format!("The body must be UTF-8, not {named}");
    assert_eq!((answer.status, answer.json()), (415, json!({ "message": message })));
    assert_eq!(answer.header("accept-encoding"), "");
}

/// Some libraries name one by default, whatever they send.
#[rstest]
#[case::utf_8("utf-8")]
#[case::any_case("UTF8")]
#[case::quoted("\"utf-8\"")]
#[case::ascii("us-ascii")]
#[case::latin_1("ISO-8859-1")]
#[case::empty("")]
#[tokio::test]
async fn ascii_text_is_read_in_every_charset_that_agrees_on_it(#[case] charset: &str) {
    let app = TestApp::start().await;
    for (media_type, body) in [(JSON, GOOD_JSON), (FORM, GOOD_FORM)] {
        let content_type = format!("{media_type}; charset={charset}");
        assert_eq!(login(&app, &[("content-type", &content_type)], body).await.status, 200);
    }
    let charset = format!("Content-Type: text/plain; charset={charset}\r\n");
    let body = multipart(&charset, PASSWORD);
    assert_eq!(login(&app, &[("content-type", MULTIPART)], body).await.status, 200);
}

/// These bytes are "Ã©" in the one encoding and "é" in the other.
#[rstest]
#[case::json("application/json; charset=iso-8859-1", r#"{"email":"a@b.c","password":"é"}"#.into())]
#[case::form("application/x-www-form-urlencoded; charset=iso-8859-1", "email=a@b.c&password=%C3%A9".into())]
#[case::multipart(MULTIPART, multipart("Content-Type: text/plain; charset=iso-8859-1\r\n", "é"))]
#[tokio::test]
async fn text_that_depends_on_the_charset_is_not_guessed(
    #[case] content_type: &str,
    #[case] body: String,
) {
    let app = TestApp::start().await;
    let answer = login(&app, &[("content-type", content_type)], body.clone()).await;
    let message = json!({"message": "The body must be UTF-8, not iso-8859-1"});
    assert_eq!((answer.status, answer.json()), (415, message));
    let utf_8 = content_type.replace("iso-8859-1", "utf-8");
    let body = body.replace("iso-8859-1", "utf-8");
    assert_eq!(login(&app, &[("content-type", &utf_8)], body).await.status, 400);
}

#[rstest]
#[case::as_it_is("Content-Transfer-Encoding: 8bit\r\n", 200)]
#[case::binary("Content-Transfer-Encoding: Binary\r\n", 200)]
#[case::base64("Content-Transfer-Encoding: base64\r\n", 415)]
#[case::gzip("Content-Encoding: gzip\r\n", 415)]
#[case::utf_16("Content-Type: text/plain; charset=utf-16\r\n", 415)]
#[tokio::test]
async fn part_of_a_multipart_form_is_read_as_it_says(#[case] headers: &str, #[case] status: u16) {
    let app = TestApp::start().await;
    let answer = login(&app, &[("content-type", MULTIPART)], multipart(headers, PASSWORD)).await;
    assert_eq!(answer.status, status, "{}", answer.body);
}

#[tokio::test]
async fn content_types_that_differ_are_a_400() {
    let app = TestApp::start().await;
    let two = [("content-type", JSON), ("content-type", FORM)];
    let answer = login(&app, &two, GOOD_JSON).await;
    let message = json!({"message": "There are several Content-Type headers"});
    assert_eq!((answer.status, answer.json()), (400, message));
    let same = [("content-type", JSON), ("content-type", JSON)];
    assert_eq!(login(&app, &same, GOOD_JSON).await.status, 200);
}

/// An empty body has no fields, whatever is said of it; what is missing is named.
#[rstest]
#[case::nothing(&[])]
#[case::form(&[("content-type", FORM)])]
#[case::json(&[("content-type", JSON)])]
#[case::multipart(&[("content-type", MULTIPART)])]
#[case::no_boundary(&[("content-type", "multipart/form-data")])]
#[case::other_type(&[("content-type", "text/plain")])]
#[case::gzip(&[("content-type", JSON), ("content-encoding", "gzip")])]
#[tokio::test]
async fn empty_body_has_no_fields(#[case] headers: &[(&'static str, &'static str)]) {
    let app = TestApp::start().await;
    let token = app.token().await;
    for (method, path, status, answer) in [
        (Method::POST, "/login", 400, r#"{"message": "email is missing"}"#),
        (Method::POST, "/register", 400, r#"{"message": "email is missing"}"#),
        (Method::POST, "/change-password", 400, r#"{"message": "current_password is missing"}"#),
        (Method::DELETE, "/account", 400, r#"{"message": "password is missing"}"#),
        (Method::POST, "/account/delete", 400, r#"{"message": "password is missing"}"#),
        (
            Method::POST,
            "/token",
            400,
            r#"{"error": "invalid_request", "error_description": "grant_type is missing"}"#,
        ),
        (
            Method::POST,
            "/revoke",
            400,
            r#"{"error": "invalid_request", "error_description": "token is missing"}"#,
        ),
        (Method::POST, "/logout", 204, ""),
    ] {
        for is_chunked in [false, true] {
            // The caller's session ends with the last of them.
            let mut request = app.client.request(method.clone(), app.url(path)).bearer_auth(&token);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            if is_chunked {
                request = request.body(reqwest::Body::wrap(Chunked(None)));
            }
            let found = TestResponse::of(request).await;
            assert_eq!((found.status, &*found.body), (status, answer), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn routes_that_a_standard_rules_refuse_an_encoded_body_as_the_others_do() {
    let app = TestApp::start().await;
    for path in ["/token", "/revoke"] {
        for (name, value) in [
            ("content-type", "application/x-www-form-urlencoded; charset=utf-16"),
            ("content-encoding", "gzip"),
        ] {
            let request = app.post(path).body("token=x");
            let request = if name == "content-type" {
                request.header(name, value)
            } else {
                request.header("content-type", FORM).header(name, value)
            };
            let answer = TestResponse::of(request).await;
            assert_eq!(answer.status, 415, "{path} {value}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn body_of_another_type_is_rejected_before_it_is_read() {
    let app = TestApp::start().await;
    let head = "POST /login HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\n\
                content-length: 10\r\nconnection: close\r\n\r\n";
    let answer = app.raw(head).await;
    assert!(answer.starts_with("HTTP/1.1 415 ") && answer.contains(OTHER_TYPE), "{answer}");
}

#[tokio::test]
async fn trailers_of_a_chunked_body_are_ignored() {
    let app = TestApp::start().await;
    let length = GOOD_FORM.len();
    let answer = app
        .raw(format!(
            "POST /login HTTP/1.1\r\nhost: x\r\ncontent-type: {FORM}\r\nconnection: close\r\n\
             transfer-encoding: chunked\r\ntrailer: x-checksum\r\n\r\n\
             {length:x};a=b\r\n{GOOD_FORM}\r\n0\r\nx-checksum: 1\r\n\r\n"
        ))
        .await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

/// HTTP's own coding is taken off; one beneath it is not.
#[tokio::test]
async fn transfer_coding_other_than_chunked_is_named() {
    let app = TestApp::start().await;
    for (coding, status) in [("chunked", 200), ("Chunked", 200), ("gzip, chunked", 415)] {
        let length = GOOD_FORM.len();
        let answer = app
            .raw(format!(
                "POST /login HTTP/1.1\r\nhost: x\r\ncontent-type: {FORM}\r\nconnection: close\r\n\
                 transfer-encoding: {coding}\r\n\r\n{length:x}\r\n{GOOD_FORM}\r\n0\r\n\r\n"
            ))
            .await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{coding}: {answer}");
        assert_eq!(answer.contains("The encoding gzip is not supported"), status == 415);
    }
}

#[tokio::test]
async fn plus_and_percent_of_a_form_are_decoded_once() {
    let app = TestApp::start().await;
    let good = "correct + horse % 100";
    let form = [("email", "a@example.com"), ("password", good)];
    assert_eq!(TestResponse::of(app.post("/register").form(&form)).await.status, 201);
    for (password, status) in [
        ("correct+%2B+horse+%25+100", 200),
        ("correct%20%2b%20horse%20%25%20100", 200),
        ("correct+++horse+%25+100", 400),
        ("correct+%252B+horse+%25+100", 400),
    ] {
        let body = format!("email=a@example.com&password={password}");
        assert_eq!(login(&app, &[("content-type", FORM)], body).await.status, status, "{password}");
    }
    assert_eq!(app.login(EMAIL, PASSWORD).await.status, 200);
}
