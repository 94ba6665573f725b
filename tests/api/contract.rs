//! The compatibility contract, line by line.

use serde_json::json;

use crate::support::{
    AUTH_REQUIRED, DEMO_USER, EMAIL, PASSWORD, START, TOKEN_IS_INVALID, TestApp, TestResponse,
    WRONG_CREDENTIALS,
};

#[tokio::test]
async fn correct_credentials_in_a_form_return_a_token() {
    let app = TestApp::start().await;
    let answer = app.login(EMAIL, PASSWORD).await;
    let members = answer.json();
    let (token, refresh) = (members["token"].as_str().unwrap(), &members["refresh_token"]);
    assert_eq!(answer.status, 200);
    let device = &members["device_token"];
    let more = format!(
        r#""token_type": "Bearer", "expires_in": 20, "refresh_token": {refresh}, "device_token": {device}"#
    );
    assert_eq!(answer.body, format!(r#"{{"token": "{token}", {more}}}"#));
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn correct_credentials_in_json_return_a_token() {
    let app = TestApp::start().await;
    let body = json!({"email": EMAIL, "password": PASSWORD});
    let answer = TestResponse::of(app.post("/login").json(&body)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(app.get_user(answer.json()["token"].as_str().unwrap()).await.contract(), DEMO_USER);
}

#[tokio::test]
async fn wrong_address_and_wrong_password_get_the_same_response() {
    let app = TestApp::start().await;
    let wrong_password = app.login(EMAIL, "passwore").await;
    let wrong_address = app.login("unknown@email.com", PASSWORD).await;
    let no_address = app.login("user", PASSWORD).await;
    assert_eq!(wrong_password.contract(), WRONG_CREDENTIALS);
    for answer in [wrong_address, no_address] {
        assert_eq!(answer.contract(), WRONG_CREDENTIALS);
        let names = |answer: &TestResponse| {
            answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(names(&answer), names(&wrong_password));
    }
}

#[tokio::test]
async fn token_is_accepted_with_and_without_the_scheme() {
    let app = TestApp::start().await;
    let token = app.token().await;
    for authorization in [token.clone(), format!("Bearer {token}"), format!("bEARER {token}")] {
        let answer = app.get_user(&authorization).await;
        assert_eq!(answer.contract(), DEMO_USER);
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn token_is_accepted_at_second_19_and_expired_at_second_20() {
    let app = TestApp::start().await;
    let token = app.token().await;
    app.advance_clock(19);
    assert_eq!(app.get_user(&token).await.contract(), DEMO_USER);
    app.advance_clock(1);
    assert_eq!(app.get_user(&token).await.contract(), TOKEN_IS_INVALID);
}

#[tokio::test]
async fn request_without_a_token_is_a_401() {
    let app = TestApp::start().await;
    assert_eq!(TestResponse::of(app.get("/get-user")).await.contract(), AUTH_REQUIRED);
    for empty in ["", " ", "Bearer", "bearer "] {
        assert_eq!(app.get_user(empty).await.contract(), AUTH_REQUIRED, "{empty:?}");
    }
}

#[tokio::test]
async fn token_of_a_deleted_user_is_invalid() {
    let app = TestApp::start().await;
    let token = app.token().await;
    assert!(app.delete_user(countersign::domain::UserId(1)).await);
    assert_eq!(app.get_user(&token).await.contract(), TOKEN_IS_INVALID);
}

#[tokio::test]
async fn token_has_the_claims_of_the_contract() {
    use base64::Engine;
    let app = TestApp::start().await;
    let token = app.token().await;
    let payload = token.split('.').nth(1).unwrap();
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    let mut claims: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(claims["jti"].take().as_str().unwrap().len(), 36);
    assert_eq!(claims["sid"].take().as_str().unwrap().len(), 32);
    let expected = json!({
        "user_id": 1, "sub": "1", "iat": START, "iat_ms": START * 1000, "exp": START + 20,
        "jti": null, "sid": null,
    });
    assert_eq!(claims, expected);
}
