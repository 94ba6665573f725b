//! `POST /introspect` (RFC 7662)

use countersign::domain::UserId;
use countersign::oauth_clients::OAuthClients;
use reqwest::Method;
use serde_json::json;

use super::{CLIENT, OTHER_METHOD, Row, app, basic, check, row, signed};
use crate::support::{SECRET, START, Session, TestApp, TestResponse};

const INVALID_REQUEST: &str = r#"{"error": "invalid_request", "error_description": "…"}"#;
const INACTIVE: &str = r#"{"active": false}"#;
const ACCESS: &str = r#"{"active": true, "token_type": "Bearer", "sub": "1", "username": "user@email.com", "email": "user@email.com", "email_verified": true, "is_admin": false, "exp": 1800000020, "iat": 1800000000, "jti": "…", "sid": "{sid}", "user_id": 1}"#;
const FOREIGN: &str = r#"{"active": true, "token_type": "Bearer", "sub": "1", "username": "user@email.com", "email": "user@email.com", "email_verified": true, "is_admin": false, "exp": 1800000060, "nbf": 1800000000, "iss": "z", "user_id": 1}"#;
const REFRESH: &str = r#"{"active": true, "token_use": "refresh_token", "sub": "1", "username": "user@email.com", "email": "user@email.com", "email_verified": true, "is_admin": false, "exp": 1802592000, "iat": 1800000000, "sid": "{sid}"}"#;

/// A request of the client, with this form.
fn asked(rule: &'static str, what: &'static str, form: &'static str) -> Row {
    row(rule, what).post("/introspect", form).with("authorization: {gateway}")
}

#[tokio::test]
async fn introspection_endpoint_conforms_to_rfc7662() {
    let rows = [
        asked("RFC 7662 section 2.2", "an access token", "token={access}")
            .gives(200, ACCESS)
            .having("content-type: application/json")
            .having("cache-control: no-store")
            .having("pragma: no-cache")
            .having("www-authenticate:"),
        asked("RFC 7662 section 2.2", "a refresh token", "token={refresh}").gives(200, REFRESH),
        asked("RFC 7662 section 2.1", "a hint", "token={access}&token_type_hint=access_token")
            .gives(200, ACCESS),
        asked(
            "RFC 7662 section 2.1",
            "a wrong hint",
            "token={access}&token_type_hint=refresh_token",
        )
        .gives(200, ACCESS),
        asked("RFC 7662 section 2.1", "an unknown hint", "token={refresh}&token_type_hint=x")
            .gives(200, REFRESH),
        asked("RFC 7662 section 2.1", "parameters that are not known", "x=1&token={access}&x=2")
            .gives(200, ACCESS),
        asked("RFC 7662 section 2.2", "a token that is none", "token=x").gives(200, INACTIVE),
        asked("RFC 7662 section 2.2", "a forged token", "token={forged}").gives(200, INACTIVE),
        asked("RFC 7662 section 2.2", "an expired token", "token={expired}").gives(200, INACTIVE),
        asked("RFC 7662 section 2.2", "a revoked token", "token={ended}")
            .gives(200, INACTIVE)
            .having("cache-control: no-store")
            .having("pragma: no-cache"),
        asked("RFC 7662 section 2.2", "… and its refresh token", "token={ended-refresh}")
            .gives(200, INACTIVE),
        asked("RFC 7662 section 2.3", "no token", "token_type_hint=x").refused(INVALID_REQUEST),
        asked("RFC 7662 section 2.3", "an empty token", "token=").refused(INVALID_REQUEST),
        asked("RFC 6749 section 3.2", "token twice", "token={access}&token={access}")
            .refused(INVALID_REQUEST),
        asked(
            "RFC 6749 section 3.2",
            "token_type_hint twice",
            "token={access}&token_type_hint=a&token_type_hint=b",
        )
        .refused(INVALID_REQUEST),
        asked("RFC 6749 section 2.3", "two ways at once", "token={access}&client_secret=abc")
            .refused(INVALID_REQUEST),
        row("RFC 7662 section 2.1", "a form alone is read")
            .send(Method::POST, "/introspect")
            .with("authorization: {gateway}")
            .with("content-type: application/json")
            .body(r#"{"token":"{access}"}"#)
            .refused(INVALID_REQUEST),
        row("RFC 7662 section 2.1", "a token in the URL is not read")
            .post("/introspect?token={access}", "")
            .with("authorization: {gateway}")
            .refused(INVALID_REQUEST),
        row("RFC 7662 section 2.1", "GET is not asked")
            .send(Method::GET, "/introspect?token={access}")
            .with("authorization: {gateway}")
            .gives(405, OTHER_METHOD)
            .having("allow: POST"),
        row("RFC 6749 section 2.3.1", "id and secret are form-urlencoded")
            .post("/introspect", "token={access}")
            .with("authorization: {encoded}")
            .gives(200, ACCESS),
        row("RFC 7662 section 2.3", "no client")
            .post("/introspect", "token={access}")
            .unauthorized(),
        row("RFC 7662 section 2.3", "an empty header")
            .post("/introspect", "token={access}")
            .with("authorization: ")
            .unauthorized(),
        row("RFC 7662 section 2.3", "a wrong secret")
            .post("/introspect", "token={access}")
            .with("authorization: {wrong-secret}")
            .unauthorized(),
        row("RFC 7662 section 2.3", "an unknown client")
            .post("/introspect", "token={access}")
            .with("authorization: {unknown-client}")
            .unauthorized(),
        row("RFC 7662 section 2.3", "a token of the user is no proof of a client")
            .post("/introspect", "token={access}")
            .with("authorization: Bearer {access}")
            .unauthorized(),
        row("RFC 7662 section 2.3", "a secret in the body is not supported")
            .post("/introspect", "token={access}&client_id=gateway&client_secret=abc")
            .unauthorized(),
        row("RFC 7662 section 2.3", "who the client is comes before what it asks for")
            .send(Method::POST, "/introspect")
            .with("content-type: text/plain")
            .unauthorized(),
    ];
    check(&app().await, &rows).await;
}

#[tokio::test]
async fn introspection_of_a_foreign_token_returns_its_claims_alone() {
    let row = asked("RFC 7662 section 2.2", "claims that are not there", "token={foreign}");
    check(&app().await, &[row.gives(200, FOREIGN)]).await;
}

#[tokio::test]
async fn introspection_returns_issuer_and_audience() {
    let app = TestApp::start_with(|config| {
        config.oauth_clients = OAuthClients::parse(CLIENT).unwrap();
        config.tokens.issuer = Some("https://auth.example.com".to_owned());
        config.tokens.audience = Some("orders".to_owned());
    })
    .await;
    let issuer = json!("https://auth.example.com");
    let one = introspect(&app, &app.token().await).await.json();
    assert_eq!((&one["iss"], &one["aud"]), (&issuer, &json!("orders")));
    let aud = json!(["orders", "parcels"]);
    let claims = json!({"user_id": 1, "exp": START + 60, "iss": issuer, "aud": aud});
    let several = introspect(&app, &signed(SECRET, &claims)).await.json();
    assert_eq!((&several["iss"], &several["aud"]), (&issuer, &aud));
}

async fn introspect(app: &TestApp, token: &str) -> TestResponse {
    let request = app.post("/introspect").header("authorization", basic("gateway:abc"));
    TestResponse::of(request.form(&[("token", token)])).await
}

#[tokio::test]
async fn introspection_without_configured_clients_is_a_401() {
    let app = TestApp::start().await;
    let answer = introspect(&app, &app.token().await).await;
    assert_eq!((answer.status, &answer.json()["error"]), (401, &"invalid_client".into()));
}

#[tokio::test]
async fn rotated_refresh_token_is_inactive_and_its_successor_is_active() {
    let app = app().await;
    let first = app.session().await;
    app.advance_clock(10);
    let second = Session::refreshed(&app.refresh(&first.refresh).await);
    assert_eq!(introspect(&app, &first.refresh).await.body, INACTIVE);
    // To ask is not to use it.
    for _ in 0..2 {
        let answer = introspect(&app, &second.refresh).await.json();
        assert_eq!(answer["iat"], START + 10);
    }
    assert_eq!(app.refresh(&second.refresh).await.status, 200);
}

/// Its session ends by itself, and the row of it stays for a while.
#[tokio::test]
async fn refresh_token_is_inactive_when_its_session_has_expired() {
    const DAY: i64 = 24 * 60 * 60;
    let app = app().await;
    let idle = app.session().await;
    app.advance_clock(30 * DAY - 1);
    assert_eq!(introspect(&app, &idle.refresh).await.json()["active"], true);
    app.advance_clock(1);
    assert_eq!(introspect(&app, &idle.refresh).await.body, INACTIVE);

    let mut used = app.session().await;
    for _ in 0..3 {
        app.advance_clock(29 * DAY);
        used = Session::refreshed(&app.refresh(&used.refresh).await);
    }
    app.advance_clock(3 * DAY - 1);
    assert_eq!(introspect(&app, &used.refresh).await.json()["active"], true);
    app.advance_clock(1);
    assert_eq!(introspect(&app, &used.refresh).await.body, INACTIVE);
    assert_eq!(app.refresh(&used.refresh).await.status, 400);
}

#[tokio::test]
async fn access_token_is_inactive_at_exp_and_for_a_disabled_user() {
    let app = app().await;
    let first = app.session().await;
    app.advance_clock(20);
    assert_eq!(introspect(&app, &first.access).await.body, INACTIVE);
    let second = app.session().await;
    app.set_disabled(UserId(1), true).await;
    for token in [&first.refresh, &second.access, &second.refresh] {
        assert_eq!(introspect(&app, token).await.body, INACTIVE);
    }
}
