//! Throttling of failed password checks, device tokens, and the events of failures.

use countersign::audit::AuditFilter;
use countersign::domain::{AuditEvent, AuditKind, UserId};
use countersign::oauth_clients::OAuthClients;
use countersign::store::StoreError;
use reqwest::RequestBuilder;
use serde_json::json;
use sqlx::{Connection, PgConnection, SqliteConnection};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::databases::TestDatabase;
use crate::support::{EMAIL, PASSWORD, Session, TIMEOUT, TestApp, TestResponse, WRONG_CREDENTIALS};

const WRONG: &str = "wrong horse battery";
const THROTTLED: &str = r#"{"message": "Too many failed attempts, try again later"}"#;

/// A service behind a proxy on loopback, so that a test is any client.
async fn start() -> TestApp {
    TestApp::start_with(|config| {
        config.http.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await
}

fn from(address: &str, request: RequestBuilder) -> RequestBuilder {
    request.header("x-forwarded-for", address)
}

async fn login(app: &TestApp, address: &str, email: &str, password: &str) -> TestResponse {
    let form = [("email", email), ("password", password)];
    TestResponse::of(from(address, app.post("/login")).form(&form)).await
}

async fn login_on(app: &TestApp, device: &str, address: &str, password: &str) -> TestResponse {
    let form = [("email", EMAIL), ("password", password)];
    let request = from(address, app.post("/login")).header("x-device-token", device);
    TestResponse::of(request.form(&form)).await
}

/// The disabled user `off@example.com`, with the id 2.
async fn disabled_user(app: &TestApp) {
    let form = [("email", "off@example.com"), ("password", "correct horse battery")];
    assert_eq!(TestResponse::of(app.post("/register").form(&form)).await.status, 201);
    app.set_disabled(UserId(2), true).await;
}

fn assert_throttled(response: &TestResponse, retry_after: &str) {
    let found = (response.status, &*response.body, response.header("retry-after"));
    assert_eq!(found, (429, THROTTLED, retry_after));
}

/// Fails as often as it is admitted, at most 1,000 times.
async fn exhaust(app: &TestApp, address: &str) -> usize {
    for number in 0..1000 {
        if login(app, address, EMAIL, WRONG).await.status == 429 {
            return number;
        }
    }
    panic!("never throttled");
}

/// The events of this kind, once there are as many.
async fn events(app: &TestApp, kind: AuditKind, count: usize) -> Vec<AuditEvent> {
    let listed = async {
        loop {
            let mut events = Vec::new();
            let each = |record: countersign::store::AuditRecord| {
                if record.event.kind == kind {
                    events.push(record.event);
                }
                Ok::<_, StoreError>(())
            };
            app.app.audit.list(AuditFilter::default(), each).await.unwrap();
            if events.len() >= count {
                return events;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(TIMEOUT, listed).await.expect("events in time")
}

#[tokio::test]
async fn sixth_failure_is_rejected_alike_for_any_address_and_admitted_after_the_back_off() {
    let app = start().await;
    disabled_user(&app).await;
    for email in [EMAIL, "unknown@example.com", "off@example.com", "no address"] {
        for _ in 0..5 {
            assert_eq!(login(&app, "192.0.2.1", email, WRONG).await.contract(), WRONG_CREDENTIALS);
        }
        assert_throttled(&login(&app, "192.0.2.1", email, WRONG).await, "2");
        // Also the right password.
        assert_throttled(&login(&app, "192.0.2.1", email, PASSWORD).await, "2");
    }
    app.advance_clock(2);
    assert_eq!(login(&app, "192.0.2.1", EMAIL, WRONG).await.contract(), WRONG_CREDENTIALS);
    assert_throttled(&login(&app, "192.0.2.1", EMAIL, WRONG).await, "4");
    app.advance_clock(4);
    assert_eq!(login(&app, "192.0.2.1", EMAIL, PASSWORD).await.status, 200);
    // The success has forgotten the failures.
    assert_eq!(exhaust(&app, "192.0.2.1").await, 5);
}

#[tokio::test]
async fn parallel_guesses_are_admitted_as_often_as_sequential_ones() {
    let app = start().await;
    assert_eq!(login(&app, "192.0.2.1", EMAIL, WRONG).await.status, 400);
    let mut guesses = JoinSet::new();
    for _ in 0..100 {
        let form = [("email", EMAIL), ("password", WRONG)];
        let request = from("192.0.2.1", app.post("/login")).form(&form);
        guesses.spawn(async move { TestResponse::of(request).await.status });
    }
    let statuses = guesses.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 400).count(), 4, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 96);
}

#[tokio::test]
async fn parallel_logins_with_the_right_password_are_not_throttled() {
    let app = start().await;
    let mut logins = JoinSet::new();
    for _ in 0..30 {
        let form = [("email", EMAIL), ("password", PASSWORD)];
        let request = from("192.0.2.1", app.post("/login")).form(&form);
        logins.spawn(async move { TestResponse::of(request).await.status });
    }
    assert_eq!(logins.join_all().await, [200; 30]);
}

#[tokio::test]
async fn failures_of_strangers_do_not_throttle_another_network_or_a_known_device() {
    let app = start().await;
    let first = login(&app, "198.51.100.1", EMAIL, PASSWORD).await;
    let device = first.json()["device_token"].as_str().unwrap().to_owned();
    for number in 0..40 {
        exhaust(&app, &format!("192.0.2.{number}")).await;
    }
    // One attempt every two seconds, of all networks together.
    assert_throttled(&login(&app, "198.51.100.2", EMAIL, PASSWORD).await, "2");
    app.advance_clock(2);
    assert_eq!(login(&app, "198.51.100.2", EMAIL, PASSWORD).await.status, 200);
    app.advance_clock(2);
    assert_eq!(login(&app, "192.0.2.1", EMAIL, WRONG).await.status, 400);
    assert_throttled(&login(&app, "192.0.2.1", EMAIL, PASSWORD).await, "86400");
    // The known device, on the network of an attacker.
    assert_eq!(login_on(&app, &device, "192.0.2.1", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn device_token_is_also_a_cookie_and_has_ten_failures() {
    let app = start().await;
    let first = login(&app, "198.51.100.1", EMAIL, PASSWORD).await;
    let cookie = first.header("set-cookie");
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    let device = pair.strip_prefix("__Host-countersign_device=").unwrap();
    assert_eq!(attributes, "Max-Age=34560000; Path=/; Secure; HttpOnly; SameSite=Strict");
    assert_eq!(first.json()["device_token"], device);

    exhaust(&app, "192.0.2.1").await;
    let form = [("email", EMAIL), ("password", PASSWORD)];
    let request = from("192.0.2.1", app.post("/login")).header("cookie", pair).form(&form);
    let again = TestResponse::of(request).await;
    assert_eq!(again.status, 200);
    // The same device.
    assert_eq!(again.json()["device_token"], device);
    for _ in 0..10 {
        assert_eq!(login_on(&app, device, "192.0.2.1", WRONG).await.status, 400);
    }
    assert_eq!(login_on(&app, device, "192.0.2.1", WRONG).await.status, 429);
}

#[tokio::test]
async fn device_that_has_failed_too_often_is_known_again_after_a_login() {
    let app = start().await;
    let first = login(&app, "198.51.100.1", EMAIL, PASSWORD).await.json();
    let device = first["device_token"].as_str().unwrap();
    for _ in 0..10 {
        assert_eq!(login_on(&app, device, "198.51.100.1", WRONG).await.status, 400);
    }
    // It has the free failures of its network, and succeeds.
    assert_eq!(login_on(&app, device, "198.51.100.1", PASSWORD).await.status, 200);
    exhaust(&app, "192.0.2.1").await;
    assert_eq!(login_on(&app, device, "192.0.2.1", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn device_token_of_another_account_or_a_revoked_one_is_ignored() {
    let app = start().await;
    let other = json!({"email": "other@example.com", "password": "correct horse battery"});
    let other = TestResponse::of(app.post("/register").json(&other)).await;
    let other = other.json()["device_token"].as_str().unwrap().to_owned();
    let first = login(&app, "198.51.100.1", EMAIL, PASSWORD).await.json();
    let device = first["device_token"].as_str().unwrap().to_owned();
    exhaust(&app, "192.0.2.1").await;
    for ignored in [&*other, "", "x", &device[1..], &format!("{device}x")] {
        let response = login_on(&app, ignored, "192.0.2.1", PASSWORD).await;
        assert_eq!(response.status, 429, "{ignored:?}");
    }
    assert_eq!(login_on(&app, &device, "192.0.2.1", PASSWORD).await.status, 200);
    let change = json!({"current_password": PASSWORD, "new_password": "correct horse battery"});
    let token = first["token"].as_str().unwrap();
    let changed =
        TestResponse::of(app.post("/change-password").bearer_auth(token).json(&change)).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let revoked = login_on(&app, &device, "192.0.2.1", "correct horse battery").await;
    assert_eq!(revoked.status, 429);
}

#[tokio::test]
async fn network_that_tries_many_accounts_is_limited() {
    let app = start().await;
    let mut admitted = 0;
    for number in 0..150 {
        let response = login(&app, "192.0.2.1", &format!("{number}@example.com"), WRONG).await;
        admitted += usize::from(response.status == 400);
    }
    assert_eq!(admitted, 100);
    assert_eq!(login(&app, "192.0.2.2", "a@example.com", WRONG).await.status, 400);
    // All addresses of a /64 are one network.
    assert_eq!(exhaust(&app, "2001:db8::1").await, 5);
    assert_eq!(login(&app, "2001:db8::2", EMAIL, PASSWORD).await.status, 429);
    assert_eq!(login(&app, "2001:db8:0:1::2", EMAIL, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn wrong_password_of_a_change_or_a_deletion_is_throttled_and_recorded() {
    let app = start().await;
    let token = app.token().await;
    let change = json!({"current_password": WRONG, "new_password": "correct horse battery"});
    for number in 0..6 {
        let request = from("192.0.2.1", app.post("/change-password")).bearer_auth(&token);
        let response = TestResponse::of(request.json(&change)).await;
        assert_eq!(response.status, if number < 5 { 400 } else { 429 }, "{response:?}");
    }
    let request = from("192.0.2.1", app.delete("/account")).bearer_auth(&token);
    let response = TestResponse::of(request.json(&json!({"password": PASSWORD}))).await;
    assert_throttled(&response, "2");
    let events = events(&app, AuditKind::PasswordRejected, 6).await;
    let details: Vec<_> = events.iter().map(|event| event.details.as_deref().unwrap()).collect();
    assert_eq!(details[..5], ["wrong_password"; 5]);
    assert_eq!(details[5..], ["throttled"]);
    assert!(events.iter().all(|event| event.user == Some(UserId(1))));
}

#[tokio::test]
async fn failed_login_is_an_event_with_its_reason_and_without_the_typed_text() {
    let app = start().await;
    disabled_user(&app).await;
    let mut found = Vec::new();
    for (email, password) in [
        (EMAIL, WRONG),
        ("off@example.com", "correct horse battery"),
        ("unknown@example.com", WRONG),
        ("Unknown@Example.com", WRONG),
        ("other@example.com", WRONG),
    ] {
        login(&app, "192.0.2.1", email, password).await;
        found = events(&app, AuditKind::LoginFailed, found.len() + 1).await;
    }
    let details: Vec<_> = found.iter().map(|event| event.details.as_deref().unwrap()).collect();
    assert_eq!(details[..2], ["wrong_password", "disabled"]);
    let hash = details[2].strip_prefix("unknown:").unwrap();
    assert_eq!(hash.len(), 16);
    assert_eq!(details[2], details[3]);
    assert_ne!(details[3], details[4]);
    let users: Vec<_> = found.iter().map(|event| event.user).collect();
    assert_eq!(users, [Some(UserId(1)), Some(UserId(2)), None, None, None]);
    for event in &found {
        assert_eq!(event.address.as_deref(), Some("192.0.2.1"));
        assert!(event.request_id.is_some());
    }
}

#[tokio::test]
async fn throttled_attempts_are_one_event_per_back_off() {
    let app = start().await;
    exhaust(&app, "192.0.2.1").await;
    for _ in 0..20 {
        login(&app, "192.0.2.1", EMAIL, WRONG).await;
    }
    app.advance_clock(2);
    login(&app, "192.0.2.1", EMAIL, WRONG).await;
    login(&app, "192.0.2.1", EMAIL, WRONG).await;
    let events = events(&app, AuditKind::LoginFailed, 8).await;
    let throttled = |event: &&AuditEvent| event.details.as_deref() != Some("wrong_password");
    assert_eq!((events.len(), events.iter().filter(throttled).count()), (8, 2));
}

#[tokio::test]
async fn nothing_is_throttled_if_it_is_off() {
    let app = TestApp::start_with(|config| config.throttle.enabled = false).await;
    for _ in 0..150 {
        assert_eq!(app.login(EMAIL, WRONG).await.contract(), WRONG_CREDENTIALS);
    }
}

/// Its secret is `abc`.
const CLIENT: &str = "gateway:sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0";
const TOO_MANY: &str = r#"{"message": "Too many requests, try again later"}"#;

#[tokio::test]
async fn registrations_of_a_network_are_limited_and_those_of_others_are_not() {
    let app = TestApp::start_with(|config| {
        config.http.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        config.throttle.registrations = 3;
    })
    .await;
    let register = async |address: &str, email: &str| {
        let form = [("email", email), ("password", "correct horse battery")];
        TestResponse::of(from(address, app.post("/register")).form(&form)).await
    };
    // One that is rejected for its address does not count; one with a weak password does, since it takes
    // milliseconds to judge it.
    assert_eq!(register("192.0.2.1", "no address").await.status, 400);
    let weak = [("email", "a@example.com"), ("password", "password")];
    let weak = from("192.0.2.1", app.post("/register")).form(&weak);
    assert_eq!(TestResponse::of(weak).await.status, 400);
    for (email, status) in [("a@example.com", 201), ("a@example.com", 409)] {
        assert_eq!(register("192.0.2.1", email).await.status, status, "{email}");
    }
    let rejected = register("192.0.2.1", "c@example.com").await;
    let found = (rejected.status, &*rejected.body, rejected.header("retry-after"));
    assert_eq!(found, (429, TOO_MANY, "10"));
    assert_eq!(register("192.0.2.2", "d@example.com").await.status, 201);
    app.advance_clock(10);
    assert_eq!(register("192.0.2.1", "c@example.com").await.status, 201);
}

#[tokio::test]
async fn refreshes_of_a_session_are_limited_and_those_of_others_are_not() {
    let app = TestApp::start().await;
    let (session, other) = (app.session().await, app.session().await);
    let mut token = session.refresh;
    for _ in 0..100 {
        token = Session::refreshed(&app.refresh(&token).await).refresh;
    }
    let rejected = app.refresh(&token).await;
    assert_eq!((rejected.status, rejected.header("retry-after")), (429, "10"));
    assert_eq!(rejected.json()["error"], "temporarily_unavailable");
    assert_eq!(app.refresh(&other.refresh).await.status, 200);
    // It was not used.
    app.advance_clock(10);
    assert_eq!(app.refresh(&token).await.status, 200);
}

#[tokio::test]
async fn wrong_credentials_of_an_oauth_client_are_limited_and_right_ones_are_not() {
    let app = TestApp::start_with(|config| {
        config.throttle.network_failures = 3;
        config.oauth_clients = OAuthClients::parse(CLIENT).unwrap();
    })
    .await;
    let introspect = async |secret: &str| {
        let request = app.post("/introspect").basic_auth("gateway", Some(secret));
        TestResponse::of(request.form(&[("token", "x")])).await
    };
    for _ in 0..3 {
        assert_eq!(introspect("wrong").await.status, 401);
    }
    let rejected = introspect("wrong").await;
    assert_eq!((rejected.status, rejected.header("retry-after")), (429, "10"));
    assert_eq!(introspect("abc").await.status, 200);
    assert_eq!(events(&app, AuditKind::OAuthClientRejected, 3).await.len(), 3);
}

/// Exchanges the failures of an instance with the store.
async fn exchange(app: &TestApp) -> Result<(), StoreError> {
    app.app.failure_sharing.as_ref().unwrap().exchange().await
}

async fn alter(database: &TestDatabase, statement: &'static str) {
    if database.url.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(&database.url).await.unwrap();
        sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    } else {
        let mut connection = PgConnection::connect(&database.url).await.unwrap();
        sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    }
}

async fn fail(app: &TestApp, times: usize) {
    for _ in 0..times {
        assert_eq!(app.login(EMAIL, WRONG).await.contract(), WRONG_CREDENTIALS);
    }
}

async fn failures_of_all_instances_count_at_each(database: &TestDatabase) {
    let first = TestApp::on(database).await;
    let second = first.beside().await;
    fail(&first, 3).await;
    fail(&second, 3).await;
    for app in [&first, &second, &first] {
        exchange(app).await.unwrap();
    }
    let later = first.beside().await;
    exchange(&later).await.unwrap();
    for app in [&first, &second, &later] {
        assert_eq!(app.login(EMAIL, PASSWORD).await.status, 429);
    }

    // A success at one is one at all.
    first.advance_clock(4);
    assert_eq!(second.login(EMAIL, PASSWORD).await.status, 200);
    for app in [&second, &first] {
        exchange(app).await.unwrap();
    }
    fail(&first, 5).await;
    assert_eq!(first.login(EMAIL, PASSWORD).await.status, 429);
}

async fn failures_that_cannot_be_stored_are_stored_later(database: &TestDatabase) {
    let first = TestApp::on(database).await;
    let second = first.beside().await;
    alter(database, "ALTER TABLE throttle_failures RENAME TO gone").await;
    fail(&first, 3).await;
    exchange(&first).await.unwrap_err();
    fail(&first, 2).await;
    alter(database, "ALTER TABLE gone RENAME TO throttle_failures").await;
    for app in [&first, &second] {
        exchange(app).await.unwrap();
    }
    for app in [&first, &second] {
        assert_eq!(app.login(EMAIL, PASSWORD).await.status, 429);
    }
}

mod sqlite {
    #[tokio::test]
    async fn failures_of_all_instances_count_at_each() {
        super::failures_of_all_instances_count_at_each(&crate::databases::sqlite()).await;
    }

    #[tokio::test]
    async fn failures_that_cannot_be_stored_are_stored_later() {
        super::failures_that_cannot_be_stored_are_stored_later(&crate::databases::sqlite()).await;
    }
}

mod postgres {
    #[tokio::test]
    async fn failures_of_all_instances_count_at_each() {
        let Some(database) = crate::databases::postgres().await else { return };
        super::failures_of_all_instances_count_at_each(&database).await;
        database.remove().await;
    }

    #[tokio::test]
    async fn failures_that_cannot_be_stored_are_stored_later() {
        let Some(database) = crate::databases::postgres().await else { return };
        super::failures_that_cannot_be_stored_are_stored_later(&database).await;
        database.remove().await;
    }
}
