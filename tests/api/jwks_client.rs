//! `JwksVerifier`: verification in another service, with the published keys.

use std::convert::Infallible;
use std::io::Write;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta};
use countersign::auth::{
    Authenticate, JwksSource, JwksVerifier, KeyAlgorithm, Rejection, Secret, Timestamp,
};
use countersign::clock::{Clock, ManualClock};
use countersign::domain::UserId;
use countersign::keys::{KeySet, SharedKeySet, SigningKey};
use countersign::token::{NewToken, TokenIssuer, TokenOptions, UserClaims};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinSet, yield_now};
use tokio::time::timeout;

use crate::support::{START, TIMEOUT, TestApp, config};

/// A server that publishes keys, or another response.
struct Publisher {
    url: String,
    state: Arc<PublisherState>,
    clock: Arc<ManualClock>,
}

struct PublisherState {
    fetches: AtomicUsize,
    response: Mutex<Arc<dyn Fn() -> Response + Send + Sync>>,
    is_open: watch::Sender<bool>,
}

impl Publisher {
    async fn start(response: impl Fn() -> Response + Send + Sync + 'static) -> Self {
        let state = Arc::new(PublisherState {
            fetches: AtomicUsize::new(0),
            response: Mutex::new(Arc::new(response)),
            is_open: watch::channel(true).0,
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let app = Router::new().fallback(serve).with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, app).await });
        let start = DateTime::from_timestamp(START, 0).unwrap();
        Self { url, state, clock: Arc::new(ManualClock::starting_at(start)) }
    }

    async fn of(keys: &SharedKeySet) -> Self {
        Self::start(published(keys)).await
    }

    fn responds(&self, response: impl Fn() -> Response + Send + Sync + 'static) {
        *self.state.response.lock().unwrap() = Arc::new(response);
    }

    /// Accepts requests, and responds once it is reopened.
    fn close(&self) {
        self.state.is_open.send_replace(false);
    }

    fn open(&self) {
        self.state.is_open.send_replace(true);
    }

    fn fetches(&self) -> usize {
        self.state.fetches.load(Ordering::SeqCst)
    }

    async fn received(&self, fetches: usize) {
        eventually(async || self.fetches() == fetches).await;
    }

    fn verifier(&self) -> JwksVerifier {
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        JwksVerifier::with_clock(JwksSource::new(&self.url).unwrap(), clock)
    }

    fn advance_clock(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }
}

async fn serve(State(state): State<Arc<PublisherState>>) -> Response {
    state.fetches.fetch_add(1, Ordering::SeqCst);
    state.is_open.subscribe().wait_for(|is_open| *is_open).await.unwrap();
    let response = Arc::clone(&state.response.lock().unwrap());
    response()
}

/// Waits for a condition that a background task fulfils.
async fn eventually(mut condition: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !condition().await {
            yield_now().await;
        }
    };
    timeout(TIMEOUT, wait).await.expect("the condition is fulfilled");
}

/// The response of the service, with the current keys.
fn published(keys: &SharedKeySet) -> impl Fn() -> Response + Send + Sync + 'static {
    let keys = keys.clone();
    move || body(&serde_json::to_value(keys.current().public()).unwrap())
}

fn body(keys: &Value) -> Response {
    ([(CACHE_CONTROL, "max-age=400")], keys.to_string()).into_response()
}

/// With a key in the body, which must be ignored.
fn unavailable() -> Response {
    let keys = body(&serde_json::to_value(set(KeyAlgorithm::EdDsa).public()).unwrap());
    (StatusCode::SERVICE_UNAVAILABLE, keys).into_response()
}

fn set(algorithm: KeyAlgorithm) -> KeySet {
    KeySet::new(SigningKey::generate(algorithm).unwrap())
}

fn key_set() -> SharedKeySet {
    SharedKeySet::new(set(KeyAlgorithm::EdDsa))
}

/// A token with a long lifetime.
fn token(keys: &SharedKeySet) -> String {
    let options = TokenOptions { keys: keys.clone(), ..config().tokens };
    let issued_at = Timestamp::from_seconds(START);
    let expires_at = Timestamp::from_seconds(START + 1_000_000);
    let new = NewToken {
        user: UserId(7),
        session: None,
        issued_at,
        expires_at,
        claims: UserClaims::default(),
    };
    TokenIssuer::new(&options).issue(&new).unwrap()
}

/// A token with an invalid signature and this `kid`.
fn forged(kid: &str) -> String {
    let header = format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#);
    let parts = [header.as_bytes(), br#"{"user_id":7,"exp":1900000000}"#, &[0; 64]];
    parts.map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
}

async fn authenticate(verifier: &JwksVerifier, token: &str) -> Result<i64, Rejection> {
    let result = timeout(TIMEOUT, verifier.authenticate(token)).await.expect("a result");
    result.map(|claims| claims.user_id.0)
}

/// Authenticates `count` tokens concurrently.
async fn authenticate_many(
    verifier: &JwksVerifier,
    count: usize,
    token: impl Fn(usize) -> String,
) -> Vec<Result<i64, Rejection>> {
    let mut requests = JoinSet::new();
    for number in 0..count {
        let (verifier, token) = (verifier.clone(), token(number));
        requests.spawn(async move { authenticate(&verifier, &token).await });
    }
    requests.join_all().await
}

#[rstest]
#[case(KeyAlgorithm::EdDsa)]
#[case(KeyAlgorithm::Es256)]
#[case(KeyAlgorithm::Rs256)]
#[tokio::test]
async fn login_token_verifies_with_the_published_keys(#[case] algorithm: KeyAlgorithm) {
    let keys = SharedKeySet::new(set(algorithm));
    let app = TestApp::start_with(|config| {
        config.tokens.keys = keys.clone();
        config.tokens.issuer = Some("https://auth.example.com".to_owned());
        config.tokens.audience = Some("shop".to_owned());
    })
    .await;
    let source = JwksSource::new(&app.url("/.well-known/jwks.json")).unwrap();
    let verifier = JwksVerifier::with_clock(source, Arc::clone(&app.clock) as Arc<dyn Clock>);
    let configured = verifier.clone().issuer("https://auth.example.com").audience("shop");
    let token = app.token().await;
    assert_eq!(authenticate(&configured, &token).await, Ok(1));
    assert_eq!(authenticate(&verifier, &token).await, Err(Rejection::Invalid));
    assert_eq!(
        authenticate(&configured.clone().audience("bank"), &token).await,
        Err(Rejection::Invalid)
    );
    assert_eq!(authenticate(&configured, &format!("{token}x")).await, Err(Rejection::Invalid));
    assert_eq!(authenticate(&configured, &forged("x")).await, Err(Rejection::Invalid));

    // A new signing key is fetched at its first token.
    keys.replace(set(algorithm));
    app.advance_clock(10);
    assert_eq!(authenticate(&configured, &app.token().await).await, Ok(1));
    assert_eq!(authenticate(&configured, &token).await, Err(Rejection::Invalid));
    app.advance_clock(20);
    assert_eq!(authenticate(&configured, &app.token().await).await, Ok(1));
}

#[tokio::test]
async fn keys_are_fetched_once_while_they_are_fresh() {
    let keys = key_set();
    let publisher = Publisher::of(&keys).await;
    let verifier = publisher.verifier();
    assert_eq!(publisher.fetches(), 0);
    let token = token(&keys);
    assert_eq!(authenticate_many(&verifier, 50, |_| token.clone()).await, vec![Ok(7); 50]);
    for _ in 0..3 {
        assert_eq!(authenticate(&verifier, &token).await, Ok(7));
        publisher.advance_clock(99);
    }
    assert_eq!(publisher.fetches(), 1);
}

#[tokio::test]
async fn keys_are_refetched_in_the_background_before_they_expire() {
    let keys = key_set();
    let publisher = Publisher::of(&keys).await;
    let verifier = publisher.verifier();
    let old = token(&keys);
    assert_eq!(authenticate(&verifier, &old).await, Ok(7));
    keys.replace(set(KeyAlgorithm::Es256));
    publisher.close();
    publisher.advance_clock(300);
    // No request waits for the fetch, and there is only one.
    assert_eq!(authenticate_many(&verifier, 50, |_| old.clone()).await, vec![Ok(7); 50]);
    publisher.received(2).await;
    publisher.advance_clock(10);
    assert_eq!(authenticate(&verifier, &old).await, Ok(7));
    assert_eq!(publisher.fetches(), 2);
    publisher.open();
    eventually(async || authenticate(&verifier, &old).await == Err(Rejection::Invalid)).await;
    assert_eq!(authenticate(&verifier, &token(&keys)).await, Ok(7));
}

#[tokio::test]
async fn withdrawn_key_is_rejected_after_a_period_without_requests() {
    let keys = key_set();
    let publisher = Publisher::of(&keys).await;
    let verifier = publisher.verifier();
    let old = token(&keys);
    assert_eq!(authenticate(&verifier, &old).await, Ok(7));
    keys.replace(set(KeyAlgorithm::EdDsa));
    publisher.advance_clock(400);
    assert_eq!(
        authenticate_many(&verifier, 50, |_| old.clone()).await,
        vec![Err(Rejection::Invalid); 50]
    );
    assert_eq!(publisher.fetches(), 2);
}

#[tokio::test]
async fn token_with_an_unknown_kid_triggers_a_fetch() {
    let keys = key_set();
    let publisher = Publisher::of(&keys).await;
    let verifier = publisher.verifier();
    assert_eq!(authenticate(&verifier, &token(&keys)).await, Ok(7));
    keys.replace(set(KeyAlgorithm::Rs256));
    publisher.advance_clock(10);
    let new = token(&keys);
    assert_eq!(authenticate_many(&verifier, 50, |_| new.clone()).await, vec![Ok(7); 50]);
    assert_eq!(publisher.fetches(), 2);
}

#[tokio::test]
async fn unknown_kids_trigger_at_most_one_fetch_in_ten_seconds() {
    let keys = key_set();
    let publisher = Publisher::of(&keys).await;
    let verifier = publisher.verifier();
    assert_eq!(authenticate(&verifier, &token(&keys)).await, Ok(7));
    for second in 0..40 {
        let results =
            authenticate_many(&verifier, 20, |number| forged(&format!("{second}-{number}"))).await;
        assert_eq!(results, vec![Err(Rejection::Invalid); 20]);
        publisher.advance_clock(1);
    }
    // At 10, 20 and 30 seconds.
    assert_eq!(publisher.fetches(), 4);
}

#[tokio::test]
async fn known_kid_and_missing_kid_trigger_no_fetch() {
    let keys = key_set();
    let publisher = Publisher::of(&keys).await;
    let verifier = publisher.verifier();
    assert_eq!(authenticate(&verifier, &token(&keys)).await, Ok(7));
    publisher.advance_clock(10);
    let known = forged(keys.current().signing_key().kid());
    let without_kid = format!("{}.e30.AAAA", URL_SAFE_NO_PAD.encode(r#"{"alg":"EdDSA"}"#));
    for token in [&*known, &*without_kid, "x", "x.y.z", ".."] {
        assert_eq!(authenticate(&verifier, token).await, Err(Rejection::Invalid));
    }
    assert_eq!(publisher.fetches(), 1);
}

#[rstest]
#[case::failing(unavailable)]
#[case::empty(|| body(&json!({ "keys": [] })))]
#[case::broken(|| "<html>".into_response())]
#[tokio::test]
async fn previous_keys_are_used_while_fetches_fail(#[case] response: fn() -> Response) {
    let keys = key_set();
    let publisher = Publisher::of(&keys).await;
    let verifier = publisher.verifier();
    let token = token(&keys);
    assert_eq!(authenticate(&verifier, &token).await, Ok(7));
    publisher.responds(response);
    for (seconds, fetches) in [(300, 2), (9, 2), (1, 3), (200, 4), (5, 4), (400, 5)] {
        publisher.advance_clock(seconds);
        assert_eq!(authenticate(&verifier, &token).await, Ok(7));
        publisher.received(fetches).await;
        // An unknown kid waits for the fetch in flight, and starts none so soon.
        assert_eq!(authenticate(&verifier, &forged("x")).await, Err(Rejection::Invalid));
        assert_eq!(publisher.fetches(), fetches);
    }
    keys.replace(set(KeyAlgorithm::EdDsa));
    publisher.responds(published(&keys));
    publisher.advance_clock(10);
    eventually(async || authenticate(&verifier, &token).await == Err(Rejection::Invalid)).await;
}

#[tokio::test]
async fn without_keys_requests_are_unavailable_and_fetch_once_a_second() {
    let keys = key_set();
    let publisher = Publisher::start(unavailable).await;
    let verifier = publisher.verifier();
    let token = token(&keys);
    for fetches in 1..4 {
        let results = authenticate_many(&verifier, 20, |_| token.clone()).await;
        assert_eq!(results, vec![Err(Rejection::Unavailable); 20]);
        assert_eq!(authenticate(&verifier, &forged("x")).await, Err(Rejection::Unavailable));
        assert_eq!(publisher.fetches(), fetches);
        publisher.advance_clock(1);
    }
    publisher.responds(published(&keys));
    assert_eq!(authenticate(&verifier, &token).await, Ok(7));
}

#[tokio::test]
async fn unreachable_server_is_unavailable() {
    let publisher = Publisher::start(unavailable).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let verifier = Publisher { url, ..publisher }.verifier();
    assert_eq!(authenticate(&verifier, &forged("x")).await, Err(Rejection::Unavailable));
}

#[tokio::test]
async fn fetch_outlives_the_request_that_triggered_it() {
    let keys = key_set();
    let publisher = Publisher::of(&keys).await;
    publisher.close();
    let verifier = publisher.verifier();
    let token = token(&keys);
    let (cancelled, same) = (verifier.clone(), token.clone());
    let request = tokio::spawn(async move { cancelled.authenticate(&same).await });
    publisher.received(1).await;
    request.abort();
    assert!(request.await.unwrap_err().is_cancelled());
    publisher.open();
    assert_eq!(authenticate(&verifier, &token).await, Ok(7));
    assert_eq!(publisher.fetches(), 1);
}

#[tokio::test]
async fn response_over_64_kib_is_rejected() {
    let keys = key_set();
    let json = serde_json::to_string(&keys.current().public()).unwrap();
    let padded = |length: usize| {
        let text = json.clone() + &" ".repeat(length - json.len());
        Publisher::start(move || text.clone().into_response())
    };
    let token = token(&keys);
    let just = padded(64 * 1024).await;
    assert_eq!(authenticate(&just.verifier(), &token).await, Ok(7));
    let over = padded(64 * 1024 + 1).await;
    assert_eq!(authenticate(&over.verifier(), &token).await, Err(Rejection::Unavailable));
    let endless = Publisher::start(|| {
        let blanks = || Ok::<_, Infallible>(vec![b' '; 1024]);
        Body::from_stream(futures_util::stream::repeat_with(blanks)).into_response()
    })
    .await;
    assert_eq!(authenticate(&endless.verifier(), &token).await, Err(Rejection::Unavailable));
}

#[rstest]
#[case(StatusCode::MOVED_PERMANENTLY)]
#[case(StatusCode::FOUND)]
#[case(StatusCode::TEMPORARY_REDIRECT)]
#[tokio::test]
async fn redirect_is_not_followed(#[case] status: StatusCode) {
    let keys = key_set();
    let elsewhere = Publisher::of(&keys).await;
    let url = elsewhere.url.clone();
    let publisher =
        Publisher::start(move || (status, [(LOCATION, url.clone())]).into_response()).await;
    let result = authenticate(&publisher.verifier(), &token(&keys)).await;
    assert_eq!(result, Err(Rejection::Unavailable));
    assert_eq!((publisher.fetches(), elsewhere.fetches()), (1, 0));
}

#[tokio::test]
async fn set_of_too_many_keys_is_rejected() {
    let keys = key_set();
    let jwk = serde_json::to_value(keys.current().public()).unwrap()["keys"][0].clone();
    let publisher = Publisher::start(move || body(&json!({ "keys": vec![jwk.clone(); 33] }))).await;
    let result = authenticate(&publisher.verifier(), &token(&keys)).await;
    assert_eq!(result, Err(Rejection::Unavailable));
}

#[tokio::test]
async fn published_secret_is_not_a_verification_key() {
    let bytes = [7; 32];
    let secret = SharedKeySet::from_secret(&Secret::new(bytes.to_vec()).unwrap());
    let oct = json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode(bytes), "use": "sig", "alg": "HS256",
                     "kid": secret.current().signing_key().kid()});
    let keys = key_set();
    let mut jwks = serde_json::to_value(keys.current().public()).unwrap();
    jwks["keys"].as_array_mut().unwrap().insert(0, oct.clone());
    let publisher = Publisher::start(move || body(&jwks)).await;
    let verifier = publisher.verifier();
    assert_eq!(authenticate(&verifier, &token(&secret)).await, Err(Rejection::Invalid));
    assert_eq!(authenticate(&verifier, &token(&keys)).await, Ok(7));

    let alone = Publisher::start(move || body(&json!({ "keys": [oct.clone()] }))).await;
    let result = authenticate(&alone.verifier(), &token(&secret)).await;
    assert_eq!(result, Err(Rejection::Unavailable));
}

#[tokio::test]
async fn clock_set_back_does_not_stop_fetches() {
    let keys = key_set();
    let publisher = Publisher::of(&keys).await;
    let verifier = publisher.verifier();
    assert_eq!(authenticate(&verifier, &token(&keys)).await, Ok(7));
    publisher.advance_clock(-1_000_000);
    keys.replace(set(KeyAlgorithm::EdDsa));
    assert_eq!(authenticate(&verifier, &token(&keys)).await, Ok(7));
    assert_eq!(publisher.fetches(), 2);
}

/// The log of the current thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn log_has_the_result_of_a_fetch_without_the_query() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    // With a single dispatcher, tracing caches the interest of the first thread that reaches a
    // callsite, which may be that of another test, without a subscriber.
    let _another = tracing::Dispatch::new(tracing_subscriber::registry());
    let text = || String::from_utf8(log.0.lock().unwrap().clone()).unwrap();

    let keys = key_set();
    let mut publisher = Publisher::start(unavailable).await;
    let url = publisher.url.clone();
    publisher.url += "?key=hunter2";
    let verifier = publisher.verifier();
    assert_eq!(authenticate(&verifier, &token(&keys)).await, Err(Rejection::Unavailable));
    assert!(text().contains("WARN"), "{}", text());
    assert!(text().contains("the response has the status 503"), "{}", text());
    assert!(text().contains(&url), "{}", text());
    publisher.responds(published(&keys));
    publisher.advance_clock(1);
    assert_eq!(authenticate(&verifier, &token(&keys)).await, Ok(7));
    assert!(text().contains("verification keys changed"), "{}", text());
    assert!(text().contains(keys.current().signing_key().kid()), "{}", text());
    assert!(!text().contains("hunter2"), "{}", text());
    assert!(!text().contains(&token(&keys)), "{}", text());
}

#[test]
fn plain_http_ignores_proxies_of_the_environment() {
    let mut test = Command::new(std::env::current_exe().unwrap());
    for name in ["NO_PROXY", "no_proxy"] {
        test.env_remove(name);
    }
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        // Nothing listens there.
        test.env(name, "http://127.0.0.1:1");
    }
    let name = "jwks_client::keys_are_fetched_once_while_they_are_fresh";
    let output = test.args(["--exact", name]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
