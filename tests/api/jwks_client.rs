//! `JwksVerifier`: another service, with the keys that this one publishes.

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
use countersign::auth::{Authenticate, Rejection};
use countersign::clock::{Clock, ManualClock};
use countersign::domain::UserId;
use countersign::token::{
    Grant, Key, KeyAlgorithm, KeyRing, KeySet, Secret, TokenIssuer, TokenOptions,
};
use countersign::{JwksSource, JwksVerifier};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinSet, yield_now};
use tokio::time::timeout;

use crate::support::{PATIENCE, START, TestApp, config};

/// A server that publishes keys, badly if it is asked to.
struct Publisher {
    url: String,
    desk: Arc<Desk>,
    clock: Arc<ManualClock>,
}

struct Desk {
    fetches: AtomicUsize,
    answer: Mutex<Arc<dyn Fn() -> Response + Send + Sync>>,
    is_open: watch::Sender<bool>,
}

impl Publisher {
    async fn start(answer: impl Fn() -> Response + Send + Sync + 'static) -> Self {
        let desk = Arc::new(Desk {
            fetches: AtomicUsize::new(0),
            answer: Mutex::new(Arc::new(answer)),
            is_open: watch::channel(true).0,
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let app = Router::new().fallback(serve).with_state(Arc::clone(&desk));
        tokio::spawn(async move { axum::serve(listener, app).await });
        let start = DateTime::from_timestamp(START, 0).unwrap();
        Self { url, desk, clock: Arc::new(ManualClock::starting_at(start)) }
    }

    async fn of(keys: &KeyRing) -> Self {
        Self::start(published(keys)).await
    }

    fn answers(&self, answer: impl Fn() -> Response + Send + Sync + 'static) {
        *self.desk.answer.lock().unwrap() = Arc::new(answer);
    }

    /// Lets requests come and does not answer them until it is opened again.
    fn close(&self) {
        self.desk.is_open.send_replace(false);
    }

    fn open(&self) {
        self.desk.is_open.send_replace(true);
    }

    fn fetches(&self) -> usize {
        self.desk.fetches.load(Ordering::SeqCst)
    }

    async fn was_asked(&self, fetches: usize) {
        eventually(async || self.fetches() == fetches).await;
    }

    fn verifier(&self) -> JwksVerifier {
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        JwksVerifier::with_clock(JwksSource::new(&self.url).unwrap(), clock)
    }

    fn turn_clock(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }
}

async fn serve(State(desk): State<Arc<Desk>>) -> Response {
    desk.fetches.fetch_add(1, Ordering::SeqCst);
    desk.is_open.subscribe().wait_for(|is_open| *is_open).await.unwrap();
    let answer = Arc::clone(&desk.answer.lock().unwrap());
    answer()
}

/// Until it is so; what happens in the background happens soon.
async fn eventually(mut is_so: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !is_so().await {
            yield_now().await;
        }
    };
    timeout(PATIENCE, wait).await.expect("it happens");
}

/// What the service answers, with the keys as they are when it is asked.
fn published(keys: &KeyRing) -> impl Fn() -> Response + Send + Sync + 'static {
    let keys = keys.clone();
    move || body(&serde_json::to_value(keys.current().public()).unwrap())
}

fn body(keys: &Value) -> Response {
    ([(CACHE_CONTROL, "max-age=400")], keys.to_string()).into_response()
}

/// With a key in it that must not be taken.
fn unavailable() -> Response {
    let keys = body(&serde_json::to_value(set(KeyAlgorithm::EdDsa).public()).unwrap());
    (StatusCode::SERVICE_UNAVAILABLE, keys).into_response()
}

fn set(algorithm: KeyAlgorithm) -> KeySet {
    KeySet::new(Key::generate(algorithm).unwrap())
}

fn ring() -> KeyRing {
    KeyRing::new(set(KeyAlgorithm::EdDsa))
}

/// A token that lives long.
fn token(keys: &KeyRing) -> String {
    let options = TokenOptions { keys: keys.clone(), ..config().tokens };
    let (issued_at, expires_at) = (START * 1000, START + 1_000_000);
    let grant = Grant { user: UserId(7), session: None, issued_at, expires_at };
    TokenIssuer::new(&options).issue(&grant).unwrap()
}

/// A token whose signature is none, of a key of this name.
fn forged(kid: &str) -> String {
    let header = format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#);
    let parts = [header.as_bytes(), br#"{"user_id":7,"exp":1900000000}"#, &[0; 64]];
    parts.map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
}

async fn ask(verifier: &JwksVerifier, token: &str) -> Result<i64, Rejection> {
    let asked = timeout(PATIENCE, verifier.authenticate(token)).await.expect("an answer");
    asked.map(|claims| claims.user_id.0)
}

/// Asks `count` times at once.
async fn crowd(
    verifier: &JwksVerifier,
    count: usize,
    token: impl Fn(usize) -> String,
) -> Vec<Result<i64, Rejection>> {
    let mut requests = JoinSet::new();
    for number in 0..count {
        let (verifier, token) = (verifier.clone(), token(number));
        requests.spawn(async move { ask(&verifier, &token).await });
    }
    requests.join_all().await
}

#[rstest]
#[case(KeyAlgorithm::EdDsa)]
#[case(KeyAlgorithm::Es256)]
#[case(KeyAlgorithm::Rs256)]
#[tokio::test]
async fn the_tokens_of_a_login_verify_with_the_keys_of_the_service(
    #[case] algorithm: KeyAlgorithm,
) {
    let keys = KeyRing::new(set(algorithm));
    let app = TestApp::start_with(|config| {
        config.tokens.keys = keys.clone();
        config.tokens.issuer = Some("https://auth.example.com".to_owned());
        config.tokens.audience = Some("shop".to_owned());
    })
    .await;
    let source = JwksSource::new(&app.url("/.well-known/jwks.json")).unwrap();
    let verifier = JwksVerifier::with_clock(source, Arc::clone(&app.clock) as Arc<dyn Clock>);
    let ours = verifier.clone().issuer("https://auth.example.com").audience("shop");
    let token = app.token().await;
    assert_eq!(ask(&ours, &token).await, Ok(1));
    assert_eq!(ask(&verifier, &token).await, Err(Rejection::Invalid));
    assert_eq!(ask(&ours.clone().audience("bank"), &token).await, Err(Rejection::Invalid));
    assert_eq!(ask(&ours, &format!("{token}x")).await, Err(Rejection::Invalid));
    assert_eq!(ask(&ours, &forged("x")).await, Err(Rejection::Invalid));

    // A key that is put before the present one is known as soon as it signs.
    keys.replace(set(algorithm));
    app.turn_clock(10);
    assert_eq!(ask(&ours, &app.token().await).await, Ok(1));
    assert_eq!(ask(&ours, &token).await, Err(Rejection::Invalid));
    app.turn_clock(20);
    assert_eq!(ask(&ours, &app.token().await).await, Ok(1));
}

#[tokio::test]
async fn keys_are_fetched_once_while_they_are_fresh() {
    let keys = ring();
    let publisher = Publisher::of(&keys).await;
    let verifier = publisher.verifier();
    assert_eq!(publisher.fetches(), 0);
    let token = token(&keys);
    assert_eq!(crowd(&verifier, 50, |_| token.clone()).await, vec![Ok(7); 50]);
    for _ in 0..3 {
        assert_eq!(ask(&verifier, &token).await, Ok(7));
        publisher.turn_clock(99);
    }
    assert_eq!(publisher.fetches(), 1);
}

#[tokio::test]
async fn they_are_fetched_again_in_the_background_before_their_time_is_over() {
    let keys = ring();
    let publisher = Publisher::of(&keys).await;
    let verifier = publisher.verifier();
    let old = token(&keys);
    assert_eq!(ask(&verifier, &old).await, Ok(7));
    keys.replace(set(KeyAlgorithm::Es256));
    publisher.close();
    publisher.turn_clock(300);
    // Nobody waits for it, and there is one alone.
    assert_eq!(crowd(&verifier, 50, |_| old.clone()).await, vec![Ok(7); 50]);
    publisher.was_asked(2).await;
    publisher.turn_clock(10);
    assert_eq!(ask(&verifier, &old).await, Ok(7));
    assert_eq!(publisher.fetches(), 2);
    publisher.open();
    eventually(async || ask(&verifier, &old).await == Err(Rejection::Invalid)).await;
    assert_eq!(ask(&verifier, &token(&keys)).await, Ok(7));
}

#[tokio::test]
async fn after_a_silence_a_key_that_was_withdrawn_is_not_believed() {
    let keys = ring();
    let publisher = Publisher::of(&keys).await;
    let verifier = publisher.verifier();
    let old = token(&keys);
    assert_eq!(ask(&verifier, &old).await, Ok(7));
    keys.replace(set(KeyAlgorithm::EdDsa));
    publisher.turn_clock(400);
    assert_eq!(crowd(&verifier, 50, |_| old.clone()).await, vec![Err(Rejection::Invalid); 50]);
    assert_eq!(publisher.fetches(), 2);
}

#[tokio::test]
async fn a_token_of_a_new_key_is_a_reason_to_fetch_them() {
    let keys = ring();
    let publisher = Publisher::of(&keys).await;
    let verifier = publisher.verifier();
    assert_eq!(ask(&verifier, &token(&keys)).await, Ok(7));
    keys.replace(set(KeyAlgorithm::Rs256));
    publisher.turn_clock(10);
    let new = token(&keys);
    assert_eq!(crowd(&verifier, 50, |_| new.clone()).await, vec![Ok(7); 50]);
    assert_eq!(publisher.fetches(), 2);
}

#[tokio::test]
async fn a_crowd_of_random_names_causes_one_fetch_in_ten_seconds() {
    let keys = ring();
    let publisher = Publisher::of(&keys).await;
    let verifier = publisher.verifier();
    assert_eq!(ask(&verifier, &token(&keys)).await, Ok(7));
    for second in 0..40 {
        let answers = crowd(&verifier, 20, |number| forged(&format!("{second}-{number}"))).await;
        assert_eq!(answers, vec![Err(Rejection::Invalid); 20]);
        publisher.turn_clock(1);
    }
    // At 10, 20 and 30 seconds.
    assert_eq!(publisher.fetches(), 4);
}

#[tokio::test]
async fn a_known_name_and_none_cause_no_fetch() {
    let keys = ring();
    let publisher = Publisher::of(&keys).await;
    let verifier = publisher.verifier();
    assert_eq!(ask(&verifier, &token(&keys)).await, Ok(7));
    publisher.turn_clock(10);
    let known = forged(keys.current().signing().id());
    let nameless = format!("{}.e30.AAAA", URL_SAFE_NO_PAD.encode(r#"{"alg":"EdDSA"}"#));
    for token in [&*known, &*nameless, "x", "x.y.z", ".."] {
        assert_eq!(ask(&verifier, token).await, Err(Rejection::Invalid));
    }
    assert_eq!(publisher.fetches(), 1);
}

#[rstest]
#[case::failing(unavailable)]
#[case::empty(|| body(&json!({ "keys": [] })))]
#[case::broken(|| "<html>".into_response())]
#[tokio::test]
async fn while_fetches_fail_the_old_keys_are_used(#[case] answer: fn() -> Response) {
    let keys = ring();
    let publisher = Publisher::of(&keys).await;
    let verifier = publisher.verifier();
    let token = token(&keys);
    assert_eq!(ask(&verifier, &token).await, Ok(7));
    publisher.answers(answer);
    for (seconds, fetches) in [(300, 2), (9, 2), (1, 3), (200, 4), (5, 4), (400, 5)] {
        publisher.turn_clock(seconds);
        assert_eq!(ask(&verifier, &token).await, Ok(7));
        publisher.was_asked(fetches).await;
        // A strange key waits for the end of what is under way, and begins nothing so soon.
        assert_eq!(ask(&verifier, &forged("x")).await, Err(Rejection::Invalid));
        assert_eq!(publisher.fetches(), fetches);
    }
    keys.replace(set(KeyAlgorithm::EdDsa));
    publisher.answers(published(&keys));
    publisher.turn_clock(10);
    eventually(async || ask(&verifier, &token).await == Err(Rejection::Invalid)).await;
}

#[tokio::test]
async fn without_keys_nothing_can_be_judged_and_each_second_is_a_chance() {
    let keys = ring();
    let publisher = Publisher::start(unavailable).await;
    let verifier = publisher.verifier();
    let token = token(&keys);
    for fetches in 1..4 {
        let answers = crowd(&verifier, 20, |_| token.clone()).await;
        assert_eq!(answers, vec![Err(Rejection::Unavailable); 20]);
        assert_eq!(ask(&verifier, &forged("x")).await, Err(Rejection::Unavailable));
        assert_eq!(publisher.fetches(), fetches);
        publisher.turn_clock(1);
    }
    publisher.answers(published(&keys));
    assert_eq!(ask(&verifier, &token).await, Ok(7));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_the_same() {
    let publisher = Publisher::start(unavailable).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let verifier = Publisher { url, ..publisher }.verifier();
    assert_eq!(ask(&verifier, &forged("x")).await, Err(Rejection::Unavailable));
}

#[tokio::test]
async fn a_fetch_outlives_the_request_that_began_it() {
    let keys = ring();
    let publisher = Publisher::of(&keys).await;
    publisher.close();
    let verifier = publisher.verifier();
    let token = token(&keys);
    let (impatient, same) = (verifier.clone(), token.clone());
    let request = tokio::spawn(async move { impatient.authenticate(&same).await });
    publisher.was_asked(1).await;
    request.abort();
    assert!(request.await.unwrap_err().is_cancelled());
    publisher.open();
    assert_eq!(ask(&verifier, &token).await, Ok(7));
    assert_eq!(publisher.fetches(), 1);
}

#[tokio::test]
async fn an_answer_has_64_kib_at_most() {
    let keys = ring();
    let json = serde_json::to_string(&keys.current().public()).unwrap();
    let padded = |length: usize| {
        let text = json.clone() + &" ".repeat(length - json.len());
        Publisher::start(move || text.clone().into_response())
    };
    let token = token(&keys);
    let just = padded(64 * 1024).await;
    assert_eq!(ask(&just.verifier(), &token).await, Ok(7));
    let over = padded(64 * 1024 + 1).await;
    assert_eq!(ask(&over.verifier(), &token).await, Err(Rejection::Unavailable));
    let endless = Publisher::start(|| {
        let blanks = || Ok::<_, Infallible>(vec![b' '; 1024]);
        Body::from_stream(futures_util::stream::repeat_with(blanks)).into_response()
    })
    .await;
    assert_eq!(ask(&endless.verifier(), &token).await, Err(Rejection::Unavailable));
}

#[rstest]
#[case(StatusCode::MOVED_PERMANENTLY)]
#[case(StatusCode::FOUND)]
#[case(StatusCode::TEMPORARY_REDIRECT)]
#[tokio::test]
async fn a_redirect_is_not_followed(#[case] status: StatusCode) {
    let keys = ring();
    let elsewhere = Publisher::of(&keys).await;
    let url = elsewhere.url.clone();
    let publisher =
        Publisher::start(move || (status, [(LOCATION, url.clone())]).into_response()).await;
    let asked = ask(&publisher.verifier(), &token(&keys)).await;
    assert_eq!(asked, Err(Rejection::Unavailable));
    assert_eq!((publisher.fetches(), elsewhere.fetches()), (1, 0));
}

#[tokio::test]
async fn a_set_of_too_many_keys_is_not_taken() {
    let keys = ring();
    let jwk = serde_json::to_value(keys.current().public()).unwrap()["keys"][0].clone();
    let publisher = Publisher::start(move || body(&json!({ "keys": vec![jwk.clone(); 33] }))).await;
    let asked = ask(&publisher.verifier(), &token(&keys)).await;
    assert_eq!(asked, Err(Rejection::Unavailable));
}

#[tokio::test]
async fn a_secret_that_is_published_is_no_key() {
    let bytes = [7; 32];
    let secret = KeyRing::from_secret(&Secret::new(bytes.to_vec()).unwrap());
    let oct = json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode(bytes), "use": "sig", "alg": "HS256",
                     "kid": secret.current().signing().id()});
    let keys = ring();
    let mut jwks = serde_json::to_value(keys.current().public()).unwrap();
    jwks["keys"].as_array_mut().unwrap().insert(0, oct.clone());
    let publisher = Publisher::start(move || body(&jwks)).await;
    let verifier = publisher.verifier();
    assert_eq!(ask(&verifier, &token(&secret)).await, Err(Rejection::Invalid));
    assert_eq!(ask(&verifier, &token(&keys)).await, Ok(7));

    let alone = Publisher::start(move || body(&json!({ "keys": [oct.clone()] }))).await;
    let asked = ask(&alone.verifier(), &token(&secret)).await;
    assert_eq!(asked, Err(Rejection::Unavailable));
}

#[tokio::test]
async fn a_clock_that_is_put_back_does_not_stop_the_fetches() {
    let keys = ring();
    let publisher = Publisher::of(&keys).await;
    let verifier = publisher.verifier();
    assert_eq!(ask(&verifier, &token(&keys)).await, Ok(7));
    publisher.turn_clock(-1_000_000);
    keys.replace(set(KeyAlgorithm::EdDsa));
    assert_eq!(ask(&verifier, &token(&keys)).await, Ok(7));
    assert_eq!(publisher.fetches(), 2);
}

/// What is written while a test runs, in this thread.
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
async fn the_log_says_what_became_of_a_fetch_and_nothing_of_the_query() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    // While there is only one, tracing asks it in the thread that first reaches a line; that may be
    // the thread of another test, which has none.
    let _another = tracing::Dispatch::new(tracing_subscriber::registry());
    let text = || String::from_utf8(log.0.lock().unwrap().clone()).unwrap();

    let keys = ring();
    let mut publisher = Publisher::start(unavailable).await;
    let url = publisher.url.clone();
    publisher.url += "?key=hunter2";
    let verifier = publisher.verifier();
    assert_eq!(ask(&verifier, &token(&keys)).await, Err(Rejection::Unavailable));
    assert!(text().contains("WARN"), "{}", text());
    assert!(text().contains("the answer has the status 503"), "{}", text());
    assert!(text().contains(&url), "{}", text());
    publisher.answers(published(&keys));
    publisher.turn_clock(1);
    assert_eq!(ask(&verifier, &token(&keys)).await, Ok(7));
    assert!(text().contains("there are new keys"), "{}", text());
    assert!(text().contains(keys.current().signing().id()), "{}", text());
    assert!(!text().contains("hunter2"), "{}", text());
    assert!(!text().contains(&token(&keys)), "{}", text());
}

#[test]
fn a_proxy_of_the_environment_never_sees_plain_http() {
    let mut test = Command::new(std::env::current_exe().unwrap());
    for name in ["NO_PROXY", "no_proxy"] {
        test.env_remove(name);
    }
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        // Nobody listens there.
        test.env(name, "http://127.0.0.1:1");
    }
    let name = "jwks_client::keys_are_fetched_once_while_they_are_fresh";
    let output = test.args(["--exact", name]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
