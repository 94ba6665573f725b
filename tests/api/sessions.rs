//! `GET /sessions`, `DELETE /sessions/{id}`, `POST /logout`, on every store.

use serde_json::{Value, json};

use crate::support::{
    AUTH_REQUIRED, SECRET, START, Session, TOKEN_IS_INVALID, TestApp, TestResponse,
};

const GOOD: &str = "correct horse battery";

async fn register(app: &TestApp, email: &str) -> Session {
    let form = [("email", email), ("password", GOOD)];
    Session::of(&TestResponse::of(app.post("/register").form(&form)).await, "token")
}

async fn log_out(app: &TestApp, access: &str, scope: &str) -> u16 {
    let request = app.post("/logout").bearer_auth(access).form(&[("scope", scope)]);
    TestResponse::of(request).await.status
}

async fn list(app: &TestApp, access: &str) -> Vec<Value> {
    let answer = TestResponse::of(app.get("/sessions").bearer_auth(access)).await;
    assert_eq!(answer.status, 200);
    answer.json()["sessions"].as_array().unwrap().clone()
}

/// Which of these are alive: whether the access token is, and whether the session can go on.
async fn alive<const N: usize>(app: &TestApp, sessions: [&Session; N]) -> [bool; N] {
    let mut alive = [false; N];
    for (alive, session) in alive.iter_mut().zip(sessions) {
        *alive = app.get_user(&session.access).await.status == 200;
        assert_eq!(app.refresh(&session.refresh).await.status == 200, *alive);
    }
    alive
}

/// A token that another program made with the secret.
fn foreign_token(claims: &Value) -> String {
    let key = jsonwebtoken::EncodingKey::from_secret(SECRET.as_bytes());
    jsonwebtoken::encode(&jsonwebtoken::Header::default(), claims, &key).unwrap()
}

async fn a_logout_ends_this_session(app: &TestApp) {
    let (this, that) = (app.session().await, app.session().await);
    let answer = TestResponse::of(app.post("/logout").bearer_auth(&this.access)).await;
    assert_eq!((answer.status, &*answer.body), (204, ""));
    assert_eq!(app.get_user(&this.access).await.contract(), TOKEN_IS_INVALID);
    assert_eq!(alive(app, [&this, &that]).await, [false, true]);
}

/// The response to the first one may have been lost, or two tabs may have sent one each.
async fn logout_of_an_ended_session_is_one_that_ends_nothing_else(app: &TestApp) {
    let (this, that) = (app.session().await, app.session().await);
    for _ in 0..3 {
        let answer = TestResponse::of(app.post("/logout").bearer_auth(&this.access)).await;
        assert_eq!((answer.status, &*answer.body), (204, ""));
    }
    assert_eq!(log_out(app, &this.access, "local").await, 204);
    assert_eq!(log_out(app, &this.access, "all").await, 400);
    for scope in ["others", "global"] {
        let request = app.post("/logout").bearer_auth(&this.access).form(&[("scope", scope)]);
        assert_eq!(TestResponse::of(request).await.contract(), TOKEN_IS_INVALID, "{scope}");
    }
    assert_eq!(alive(app, [&this, &that]).await, [false, true]);
    // However it ended.
    let revoked = app.post("/revoke").form(&[("token", &that.refresh)]);
    assert_eq!(TestResponse::of(revoked).await.status, 200);
    assert_eq!(log_out(app, &that.access, "local").await, 204);
    app.advance_clock(20);
    assert_eq!(log_out(app, &this.access, "local").await, 400);
}

async fn logout_of_others_does_not_end_this_session(app: &TestApp) {
    let stranger = register(app, "a@example.com").await;
    let (this, that) = (app.session().await, app.session().await);
    assert_eq!(log_out(app, &this.access, "others").await, 204);
    assert_eq!(alive(app, [&this, &that, &stranger]).await, [true, false, true]);
}

async fn a_global_logout_ends_every_token(app: &TestApp) {
    let stranger = register(app, "a@example.com").await;
    let (this, that) = (app.session().await, app.session().await);
    let of_no_session = foreign_token(&json!({"user_id": 1, "exp": START + 60}));
    // In the millisecond of the logout, too: which of them was first cannot be told.
    let of_this_second = foreign_token(&json!({"user_id": 1, "exp": START + 60, "iat": START}));
    for token in [&of_no_session, &of_this_second] {
        assert_eq!(app.get_user(token).await.status, 200);
    }
    assert_eq!(log_out(app, &this.access, "global").await, 204);
    assert_eq!(alive(app, [&this, &that, &stranger]).await, [false, false, true]);
    for token in [&of_no_session, &of_this_second] {
        assert_eq!(app.get_user(token).await.contract(), TOKEN_IS_INVALID);
    }
    // And the next login is one, in the same millisecond.
    assert_eq!(alive(app, [&app.session().await]).await, [true]);
}

async fn sessions_of_the_caller_are_listed_with_times_of_the_hour(app: &TestApp) {
    register(app, "a@example.com").await;
    app.session().await;
    app.advance_clock(2 * 60 * 60 - 1);
    let request = app.post("/login").header("user-agent", "Fancy/1.0");
    let form = [("email", crate::support::EMAIL), ("password", crate::support::PASSWORD)];
    let that = Session::of(&TestResponse::of(request.form(&form)).await, "token");
    let listed = list(app, &that.access).await;
    assert_eq!(listed.len(), 2);
    let mut newest = listed[0].clone();
    assert_eq!(newest["id"].take(), that.refresh.split('.').next().unwrap());
    let expected = json!({
        "id": null, "current": true, "user_agent": "Fancy/1.0", "address": "127.0.0.1",
        "created_at": "2027-01-15T09:00:00Z", "last_used_at": "2027-01-15T09:00:00Z",
        "expires_at": "2027-02-14T09:00:00Z",
    });
    assert_eq!(newest, expected);
    assert_eq!((&listed[1]["current"], &listed[1]["user_agent"]), (&json!(false), &json!(null)));
}

async fn session_of_the_caller_is_ended_by_id(app: &TestApp) {
    let stranger = register(app, "a@example.com").await;
    let (this, that) = (app.session().await, app.session().await);
    let end = async |session: &Session| {
        let id = session.refresh.split('.').next().unwrap();
        TestResponse::of(app.delete(&format!("/sessions/{id}")).bearer_auth(&this.access)).await
    };
    assert_eq!(end(&that).await.status, 204);
    assert_eq!(end(&that).await.status, 404);
    let no_name = app.delete("/sessions/%ff").bearer_auth(&this.access);
    let no_name = TestResponse::of(no_name).await;
    assert_eq!((no_name.status, no_name.json()), (404, json!({"message": "Not found"})));
    let theirs = end(&stranger).await;
    assert_eq!((theirs.status, theirs.json()), (404, json!({"message": "Not found"})));
    assert_eq!(alive(app, [&that, &stranger]).await, [false, true]);
    assert_eq!(end(&this).await.status, 204);
    assert_eq!(alive(app, [&this]).await, [false]);
}

on_every_store![
    a_logout_ends_this_session,
    logout_of_an_ended_session_is_one_that_ends_nothing_else,
    logout_of_others_does_not_end_this_session,
    a_global_logout_ends_every_token,
    sessions_of_the_caller_are_listed_with_times_of_the_hour,
    session_of_the_caller_is_ended_by_id,
];

#[tokio::test]
async fn a_token_of_no_session_cannot_end_one() {
    let app = TestApp::start().await;
    let session = app.session().await;
    let token = foreign_token(&json!({"user_id": 1, "exp": START + 60}));
    let answer = TestResponse::of(app.post("/logout").bearer_auth(&token)).await;
    let message = "This token belongs to no session; scope=global ends it and all others";
    assert_eq!((answer.status, answer.json()), (400, json!({"message": message})));
    assert!(list(&app, &token).await.iter().all(|session| session["current"] == false));
    assert_eq!(log_out(&app, &token, "others").await, 204);
    assert_eq!(alive(&app, [&session]).await, [false]);
}

#[tokio::test]
async fn a_token_that_names_a_session_needs_that_session() {
    let app = TestApp::start().await;
    let stranger = register(&app, "a@example.com").await;
    let theirs = stranger.refresh.split('.').next().unwrap();
    for sid in [theirs, "x", "", "00000000000000000000000000000000", &theirs.to_uppercase()] {
        let token = foreign_token(&json!({"user_id": 1, "exp": START + 60, "sid": sid}));
        assert_eq!(app.get_user(&token).await.contract(), TOKEN_IS_INVALID, "{sid}");
    }
}

#[tokio::test]
async fn logout_with_an_unverified_token_is_rejected() {
    let app = TestApp::start().await;
    let session = app.session().await;
    assert_eq!(log_out(&app, &session.access, "local").await, 204);
    let forged = format!("{}x", session.access);
    let sid = "00000000000000000000000000000000";
    let of_unknown_user = foreign_token(&json!({"user_id": 7, "exp": START + 60, "sid": sid}));
    for token in ["x", &forged, &of_unknown_user] {
        let answer = TestResponse::of(app.post("/logout").bearer_auth(token)).await;
        assert_eq!(answer.contract(), TOKEN_IS_INVALID, "{token}");
    }
}

#[tokio::test]
async fn unknown_scope_is_rejected_and_ends_nothing() {
    let app = TestApp::start().await;
    let session = app.session().await;
    for body in [json!({"scope": "all"}), json!({"scope": ""}), json!({"scope": 1})] {
        let request = app.post("/logout").bearer_auth(&session.access).json(&body);
        assert_eq!(TestResponse::of(request).await.status, 400, "{body}");
    }
    assert_eq!(alive(&app, [&session]).await, [true]);
}

#[tokio::test]
async fn logout_with_an_empty_chunked_body_succeeds() {
    let app = TestApp::start().await;
    let session = app.session().await;
    let answer = app
        .raw(format!(
            "POST /logout HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
             transfer-encoding: chunked\r\nconnection: close\r\n\r\n0\r\n\r\n",
            session.access
        ))
        .await;
    assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    assert_eq!(alive(&app, [&session]).await, [false]);
}

#[tokio::test]
async fn the_routes_of_sessions_demand_a_token() {
    let app = TestApp::start().await;
    for request in [app.get("/sessions"), app.post("/logout"), app.delete("/sessions/x")] {
        assert_eq!(TestResponse::of(request).await.contract(), AUTH_REQUIRED);
    }
}

#[tokio::test]
async fn long_user_agent_is_truncated() {
    let app = TestApp::start().await;
    let form = [("email", "a@example.com"), ("password", GOOD)];
    let request = app.post("/register").header("user-agent", "x".repeat(5_000)).form(&form);
    let session = Session::of(&TestResponse::of(request).await, "token");
    let listed = list(&app, &session.access).await;
    assert_eq!(listed[0]["user_agent"].as_str().unwrap().len(), 256);
}

/// What a client sends to identify itself is kept as far as it can be read.
#[tokio::test]
async fn user_agent_that_is_not_utf_8_is_stored_lossily() {
    let app = TestApp::start().await;
    let of_bytes = |bytes: &[u8]| reqwest::header::HeaderValue::from_bytes(bytes).unwrap();
    for (agent, kept) in [
        (of_bytes(b"Caf\xe9/1.0"), "Caf\u{fffd}/1.0"),
        (of_bytes("Caf\u{e9}/1.0".as_bytes()), "Caf\u{e9}/1.0"),
    ] {
        let form = [("email", crate::support::EMAIL), ("password", crate::support::PASSWORD)];
        let request = app.post("/login").header("user-agent", agent).form(&form);
        let session = Session::of(&TestResponse::of(request).await, "token");
        let listed = list(&app, &session.access).await;
        let current = listed.iter().find(|session| session["current"] == true).unwrap();
        assert_eq!(current["user_agent"], kept);
    }
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_address_is_that_of_its_client() {
    for (proxies, expected) in [("127.0.0.0/8", "203.0.113.9"), ("10.0.0.0/8", "127.0.0.1")] {
        let app = TestApp::start_with(|config| {
            config.http.trusted_proxies = vec![proxies.parse().unwrap()];
        })
        .await;
        let request = app.post("/register").header("x-forwarded-for", "198.51.100.7, 203.0.113.9");
        let form = [("email", "a@example.com"), ("password", GOOD)];
        let session = Session::of(&TestResponse::of(request.form(&form)).await, "token");
        assert_eq!(list(&app, &session.access).await[0]["address"], expected);
    }
}

#[tokio::test]
async fn no_token_outlives_its_session() {
    let app = TestApp::start().await;
    let session = app.session().await;
    let sid = session.refresh.split('.').next().unwrap();
    let month = 30 * 24 * 60 * 60;
    let token = foreign_token(&json!({"user_id": 1, "exp": START + 2 * month, "sid": sid}));
    app.advance_clock(month - 1);
    assert_eq!(app.get_user(&token).await.status, 200);
    app.advance_clock(1);
    assert_eq!(app.get_user(&token).await.contract(), TOKEN_IS_INVALID);
}
