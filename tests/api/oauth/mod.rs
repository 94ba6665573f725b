//! The endpoints that standards rule: each check is a row that names its rule.
//!
//! ```text
//! token.rs         POST /token (RFC 6749)
//! revoke.rs        POST /revoke (RFC 7009)
//! introspect.rs    POST /introspect (RFC 7662)
//! userinfo.rs      /userinfo (OIDC Core 1.0, RFC 6750)
//! metadata.rs      /.well-known/oauth-authorization-server (RFC 8414)
//! openid_configuration.rs  /.well-known/openid-configuration (OIDC Discovery 1.0)
//! outage.rs        all of them while the store is unavailable
//! ```

mod introspect;
mod metadata;
mod openid_configuration;
mod outage;
mod revoke;
mod token;
mod user_claims;
mod userinfo;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use countersign::oauth_clients::OAuthClients;
use jsonwebtoken::{EncodingKey, Header};
use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};

use crate::support::{SECRET, START, TestApp, TestResponse};

/// A client whose secret is `abc`.
const CLIENT: &str = "gateway:sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0";
const FORM: &str = "content-type: application/x-www-form-urlencoded";
const BASIC: &str = r#"www-authenticate: Basic realm="countersign""#;
const OTHER_METHOD: &str = r#"{"message": "Method not allowed"}"#;

/// One check. Placeholders in requests and expected responses:
///
/// | | |
/// | --- | --- |
/// | `{access}`, `{refresh}`, `{sid}` | of a session that has just been opened |
/// | `{ended}`, `{ended-refresh}` | of an ended session |
/// | `{foreign}` | a valid access token of another program, which belongs to no session |
/// | `{expired}`, `{forged}` | … that has expired, or has another signature |
/// | `{gateway}` | the credentials of the client |
/// | `…` | in an expected body: anything |
struct Row {
    rule: &'static str,
    what: &'static str,
    method: Method,
    path: &'static str,
    sent: Vec<&'static str>,
    body: &'static str,
    status: u16,
    received: Vec<&'static str>,
    answer: &'static str,
}

fn row(rule: &'static str, what: &'static str) -> Row {
    let (method, sent, received) = (Method::GET, Vec::new(), Vec::new());
    Row { rule, what, method, path: "", sent, body: "", status: 0, received, answer: "" }
}

impl Row {
    /// Sends a form.
    fn post(self, path: &'static str, form: &'static str) -> Self {
        self.send(Method::POST, path).with(FORM).body(form)
    }

    fn send(self, method: Method, path: &'static str) -> Self {
        Self { method, path, ..self }
    }

    /// Sends a header `name: value`, again where it is there already.
    fn with(mut self, header: &'static str) -> Self {
        self.sent.push(header);
        self
    }

    fn body(self, body: &'static str) -> Self {
        Self { body, ..self }
    }

    fn gives(self, status: u16, answer: &'static str) -> Self {
        Self { status, answer, ..self }
    }

    /// Expects a header `name: value`, or `name:` for none of that name.
    fn having(mut self, header: &'static str) -> Self {
        self.received.push(header);
        self
    }

    /// Expects an error as RFC 6749 section 5.2 has it.
    fn refused(self, answer: &'static str) -> Self {
        let row = self.gives(400, answer).having("content-type: application/json");
        row.having("cache-control: no-store").having("pragma: no-cache").having("www-authenticate:")
    }

    /// Expects failed client authentication.
    fn unauthorized(self) -> Self {
        let row = self.gives(401, r#"{"error": "invalid_client", "error_description": "…"}"#);
        row.having(BASIC).having("cache-control: no-store").having("content-type: application/json")
    }

    /// The difference between the expected and the actual response.
    async fn fault(&self, app: &TestApp) -> Option<String> {
        let scene = scene(app).await;
        let filled = |text: &str| {
            scene.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
        };
        let mut request = app.client.request(self.method.clone(), app.url(&filled(self.path)));
        for header in &self.sent {
            let (name, value) = header.split_once(": ").unwrap();
            let value = HeaderValue::from_bytes(filled(value).as_bytes()).unwrap();
            request = request.header(name, value);
        }
        let answer = TestResponse::of(request.body(filled(self.body))).await;
        let mut is_right = answer.status == self.status;
        for header in &self.received {
            let (name, value) = header.split_once(':').unwrap();
            let found: Vec<_> = answer.headers.get_all(name).iter().collect();
            let is_there = found.len() == 1 && found[0] == value.trim();
            is_right &= if value.is_empty() { found.is_empty() } else { is_there };
        }
        is_right &= matches(&filled(self.answer), &answer.body);
        let (rule, what, expected) = (self.rule, self.what, (self.status, &self.received));
        (!is_right).then(|| {
            let responded = (answer.status, &answer.headers, &answer.body);
            format!(
                "{rule}: {what}\n  expected {expected:?} {}\n  got {responded:?}\n",
                self.answer
            )
        })
    }
}

/// Whether `text` is `pattern`, where `…` stands for anything but nothing.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('…') {
        None => pattern == text,
        Some((before, after)) => text.strip_prefix(before).is_some_and(|rest| {
            let ends = rest.char_indices().skip(1).map(|(at, _)| at).chain([rest.len()]);
            ends.into_iter().any(|at| at > 0 && matches(after, &rest[at..]))
        }),
    }
}

/// The values of the placeholders in a row.
async fn scene(app: &TestApp) -> Vec<(&'static str, String)> {
    let (session, ended) = (app.session().await, app.session().await);
    let logout = app.post("/logout").bearer_auth(&ended.access);
    assert_eq!(TestResponse::of(logout).await.status, 204);
    let sid = session.refresh.split('.').next().unwrap().to_owned();
    vec![
        ("{access}", session.access),
        ("{refresh}", session.refresh),
        ("{sid}", sid),
        ("{ended}", ended.access),
        ("{ended-refresh}", ended.refresh),
        ("{foreign}", foreign(SECRET, START + 60)),
        ("{expired}", foreign(SECRET, START)),
        ("{forged}", foreign("another secret of thirty-two bytes", START + 60)),
        ("{gateway}", basic("gateway:abc")),
        ("{wrong-secret}", basic("gateway:abd")),
        ("{unknown-client}", basic("stranger:abc")),
        ("{encoded}", basic("g%61teway:%61bc")),
    ]
}

fn basic(credentials: &str) -> String {
    format!("Basic {}", STANDARD.encode(credentials))
}

/// An access token of another program, with the claims of the contract and a few more.
fn foreign(secret: &str, exp: i64) -> String {
    signed(secret, &json!({"user_id": 1, "exp": exp, "nbf": START, "iss": "z"}))
}

fn signed(secret: &str, claims: &Value) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(&Header::default(), claims, &key).unwrap()
}

async fn app() -> TestApp {
    TestApp::start_with(|config| {
        config.oauth_clients = OAuthClients::parse(CLIENT).unwrap();
    })
    .await
}

/// Runs all rows, and reports every difference.
async fn check(app: &TestApp, rows: &[Row]) {
    let mut faults = Vec::new();
    for row in rows {
        faults.extend(row.fault(app).await);
    }
    assert!(faults.is_empty(), "{} of {} rows:\n{}", faults.len(), rows.len(), faults.join("\n"));
}

#[test]
fn pattern_matches_any_text_in_its_gaps() {
    for text in ["a: x, b: y", "a: …, b: …", "…", "a: xx, b: x, b: y"] {
        assert!(matches("a: …, b: …", text) == text.starts_with("a: "), "{text}");
    }
    for (pattern, text) in [("a…", "a"), ("…", ""), ("a…c", "abcd"), ("", "x"), ("é…é", "éé")]
    {
        assert!(!matches(pattern, text), "{pattern} {text}");
    }
}
