//! The metrics that requests leave.

use crate::support::{EMAIL, PASSWORD, Session, TestApp, TestResponse};

/// The values of the metrics, by name with labels.
async fn sample(app: &TestApp, series: &str) -> f64 {
    let text = app.app.metrics.text(&app.app.outbox).await.unwrap();
    let value = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    value.unwrap_or_else(|| panic!("no {series} in {text}")).parse().unwrap()
}

async fn has_values(app: &TestApp, expected: &[(&str, u32)]) {
    for (series, value) in expected {
        assert!((sample(app, series).await - f64::from(*value)).abs() < 1e-9, "{series}");
    }
}

#[tokio::test]
async fn request_is_counted_by_method_route_and_status() {
    let app = TestApp::start().await;
    let token = app.token().await;
    for _ in 0..3 {
        app.get_user(&token).await;
    }
    app.get_user("forged").await;
    app.login(EMAIL, "wrong").await;
    app.delete("/sessions/none").send().await.unwrap();
    has_values(
        &app,
        &[
            (r#"countersign_http_requests_total{method="GET",route="/get-user",status="200"}"#, 3),
            (r#"countersign_http_requests_total{method="GET",route="/get-user",status="400"}"#, 1),
            (r#"countersign_http_requests_total{method="POST",route="/login",status="400"}"#, 1),
            (
                r#"countersign_http_requests_total{method="DELETE",route="/sessions/{id}",status="401"}"#,
                1,
            ),
            (
                r#"countersign_http_request_duration_seconds_count{method="GET",route="/get-user"}"#,
                4,
            ),
            (
                r#"countersign_http_request_duration_seconds_bucket{method="GET",route="/get-user",le="+Inf"}"#,
                4,
            ),
        ],
    )
    .await;
}

/// Whatever a client sends: it adds no time series but those of one unknown route and method.
#[tokio::test]
async fn clients_do_not_choose_labels() {
    let app = TestApp::start().await;
    let send = async |method: &str, path: &str| {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let request = app.client.request(method, app.url(path));
        request.header("authorization", path).send().await.unwrap();
    };
    let count = async || {
        let text = app.app.metrics.text(&app.app.outbox).await.unwrap();
        text.lines().filter(|line| !line.starts_with('#')).count()
    };
    send("PURGE", "/first").await;
    send("GET", "/first").await;
    send("GET", "/sessions/first").await;
    send("PURGE", "/get-user").await;
    let before = count().await;
    for number in 0..50 {
        send(&format!("M{number}"), &format!("/{number}")).await;
        send(&format!("M{number}"), "/get-user").await;
        send("GET", &format!("/{number}?{number}")).await;
        send("GET", &format!("/sessions/{number}")).await;
    }
    assert_eq!(count().await, before);
}

#[tokio::test]
async fn login_is_counted_by_its_outcome() {
    let app = TestApp::start().await;
    app.login("nobody@email.com", PASSWORD).await;
    for _ in 0..2 {
        app.login(EMAIL, "wrong").await;
    }
    let session = app.session().await;
    let form = [("current_password", "wrong"), ("new_password", "another horse battery")];
    let request = app.post("/change-password").bearer_auth(session.access).form(&form);
    TestResponse::of(request).await;
    let expected = [
        (r#"countersign_logins_total{outcome="succeeded"}"#, 1),
        (r#"countersign_logins_total{outcome="unknown"}"#, 1),
        (r#"countersign_logins_total{outcome="wrong_password"}"#, 2),
        (r#"countersign_logins_total{outcome="disabled"}"#, 0),
        (r#"countersign_password_confirmations_total{outcome="wrong_password"}"#, 1),
        (r#"countersign_password_confirmations_total{outcome="succeeded"}"#, 0),
    ];
    has_values(&app, &expected).await;
}

#[tokio::test]
async fn throttled_attempt_is_counted() {
    let app = TestApp::start_with(|config| config.throttle.free_failures = 2).await;
    for _ in 0..4 {
        app.login(EMAIL, "wrong").await;
    }
    let expected = [
        (r#"countersign_logins_total{outcome="throttled"}"#, 2),
        (r#"countersign_throttled_total{kind="password"}"#, 2),
        (r#"countersign_throttled_total{kind="mail"}"#, 0),
        ("countersign_throttle_distributed_attack", 0),
    ];
    has_values(&app, &expected).await;
    assert!(sample(&app, "countersign_throttle_remembered").await > 0.0);
}

#[tokio::test]
async fn session_is_counted_from_its_opening_to_the_reuse_of_its_token() {
    let app = TestApp::start().await;
    let first = app.session().await;
    let second = Session::refreshed(&app.refresh(&first.refresh).await);
    app.refresh(&first.refresh).await;
    Session::refreshed(&app.refresh(&second.refresh).await);
    app.refresh(&first.refresh).await;
    app.refresh("forged").await;
    app.get_user(&first.access).await;
    app.get_user("a.b.c").await;
    app.advance_clock(60);
    app.get_user(&app.token().await).await;
    app.get_user(&first.access).await;
    let expected = [
        (r#"countersign_sessions_opened_total{by="login"}"#, 2),
        (r#"countersign_sessions_opened_total{by="registration"}"#, 0),
        (r#"countersign_refreshes_total{outcome="rotated"}"#, 2),
        (r#"countersign_refreshes_total{outcome="retried"}"#, 1),
        (r#"countersign_refreshes_total{outcome="reuse_detected"}"#, 1),
        (r#"countersign_refreshes_total{outcome="rejected"}"#, 1),
        (r#"countersign_access_tokens_rejected_total{reason="session_ended"}"#, 1),
        (r#"countersign_access_tokens_rejected_total{reason="malformed"}"#, 1),
        (r#"countersign_access_tokens_rejected_total{reason="expired"}"#, 1),
        (r#"countersign_store_errors_total{operation="rotate"}"#, 0),
        (r#"countersign_store_duration_seconds_count{operation="rotate"}"#, 4),
    ];
    has_values(&app, &expected).await;
}

#[tokio::test]
async fn caller_look_up_is_a_miss_and_then_hits() {
    let database = crate::databases::sqlite();
    let app = TestApp::on(&database).await;
    let token = app.token().await;
    for _ in 0..3 {
        app.get_user(&token).await;
    }
    let expected =
        [("countersign_caller_cache_misses_total", 1), ("countersign_caller_cache_hits_total", 2)];
    has_values(&app, &expected).await;
    let limit = r#"countersign_store_connections_max{pool="write"}"#;
    has_values(&app, &[(limit, 1), (r#"countersign_store_info{system="sqlite"}"#, 1)]).await;
}

#[tokio::test]
async fn hash_is_measured_and_a_full_queue_sheds() {
    let app = TestApp::start_with(|config| config.hashing.queue = 1).await;
    app.login(EMAIL, PASSWORD).await;
    // The hash of the demo's user has another cost.
    let expected = [
        ("countersign_hashing_wait_seconds_count", 2),
        (r#"countersign_hashing_duration_seconds_count{job="verify"}"#, 1),
        (r#"countersign_hashing_duration_seconds_count{job="hash"}"#, 1),
        (r#"countersign_hashing_shed_total{reason="full"}"#, 0),
        ("countersign_hashing_queue_capacity", 1),
        ("countersign_hashing_queue_length", 0),
        ("countersign_hashing_engine_fallback", 0),
    ];
    has_values(&app, &expected).await;
    // One is computed, one is queued, and the others are shed.
    let logins = (0..20).map(|_| app.login(EMAIL, PASSWORD));
    let statuses = futures_util::future::join_all(logins).await;
    let shed = statuses.iter().filter(|response| response.status == 503).count();
    assert!(shed > 0);
    let counted = sample(&app, r#"countersign_hashing_shed_total{reason="full"}"#).await;
    assert!((counted - f64::from(u32::try_from(shed).unwrap())).abs() < 1e-9);
}

#[tokio::test]
async fn engine_that_fails_its_self_test_is_seen() {
    let app =
        TestApp::start_with(|config| config.hashing.engine = countersign::password::Engine::FAULTY)
            .await;
    let expected = [
        ("countersign_hashing_engine_fallback", 1),
        (r#"countersign_hashing_engine_info{engine="rustcrypto"}"#, 1),
    ];
    has_values(&app, &expected).await;
}
