//! `POST /revoke` (RFC 7009)

use reqwest::Method;

use super::{OTHER_METHOD, app, basic, check, row};
use crate::support::{DEMO_USER, TOKEN_IS_INVALID, TestApp, TestResponse};

const INVALID_REQUEST: &str = r#"{"error": "invalid_request", "error_description": "…"}"#;
const UNSUPPORTED: &str = r#"{"error": "unsupported_token_type", "error_description": "…"}"#;

#[tokio::test]
async fn revocation_endpoint_conforms_to_rfc7009() {
    let rows = [
        row("RFC 7009 section 2.2", "an access token")
            .post("/revoke", "token={access}")
            .gives(200, "")
            .having("cache-control: no-store")
            .having("www-authenticate:"),
        row("RFC 7009 section 2.2", "a refresh token")
            .post("/revoke", "token={refresh}")
            .gives(200, ""),
        row("RFC 7009 section 2.2", "a token that is none")
            .post("/revoke", "token=x")
            .gives(200, ""),
        row("RFC 7009 section 2.2", "a token that was revoked before")
            .post("/revoke", "token={ended}")
            .gives(200, ""),
        row("RFC 7009 section 2.2", "… and its refresh token")
            .post("/revoke", "token={ended-refresh}")
            .gives(200, ""),
        row("RFC 7009 section 2.2", "a forged token")
            .post("/revoke", "token={forged}")
            .gives(200, ""),
        row("RFC 7009 section 2.2", "an expired token")
            .post("/revoke", "token={expired}")
            .gives(200, ""),
        row("RFC 7009 section 2.1", "a hint")
            .post("/revoke", "token={refresh}&token_type_hint=refresh_token")
            .gives(200, ""),
        row("RFC 7009 section 2.1", "a wrong hint is no error")
            .post("/revoke", "token_type_hint=access_token&token={refresh}")
            .gives(200, ""),
        row("RFC 7009 section 2.2", "nor is an unknown token")
            .post("/revoke", "token={access}&token_type_hint=pineapple")
            .gives(200, ""),
        row("RFC 7009 section 2.1", "no token")
            .post("/revoke", "token_type_hint=x")
            .refused(INVALID_REQUEST),
        row("RFC 7009 section 2.1", "an empty token")
            .post("/revoke", "token=")
            .refused(INVALID_REQUEST),
        row("RFC 6749 section 3.2", "token twice")
            .post("/revoke", "token={access}&token={refresh}")
            .refused(INVALID_REQUEST),
        row("RFC 6749 section 3.2", "token_type_hint twice")
            .post("/revoke", "token={access}&token_type_hint=a&token_type_hint=b")
            .refused(INVALID_REQUEST),
        row("RFC 7009 section 2.2.1", "an access token that belongs to no session")
            .post("/revoke", "token={foreign}")
            .refused(UNSUPPORTED),
        row("RFC 7009 section 2", "a token in the URL is not read")
            .post("/revoke?token={access}", "")
            .refused(INVALID_REQUEST),
        row("RFC 7009 section 2.1", "GET revokes nothing")
            .send(Method::GET, "/revoke?token={access}")
            .gives(405, OTHER_METHOD)
            .having("allow: POST"),
        row("RFC 7009 section 2.1", "a form alone is read")
            .send(Method::POST, "/revoke")
            .with("content-type: application/json")
            .body(r#"{"token":"{access}"}"#)
            .refused(INVALID_REQUEST),
        row("RFC 7009 section 2.1", "a client may authenticate by Basic")
            .post("/revoke", "token={access}")
            .with("authorization: {gateway}")
            .gives(200, ""),
        row("RFC 7009 section 2.1", "… and has to succeed then")
            .post("/revoke", "token={access}")
            .with("authorization: {wrong-secret}")
            .unauthorized(),
        row("RFC 6749 section 5.2", "a secret in the body is not supported")
            .post("/revoke", "token={access}&client_id=gateway&client_secret=abc")
            .unauthorized(),
        row("RFC 7009 section 5", "a public client may say what it is called")
            .post("/revoke", "token={access}&client_id=app")
            .gives(200, ""),
    ];
    check(&app().await, &rows).await;
}

async fn revoke(app: &TestApp, token: &str) {
    let answer = TestResponse::of(app.post("/revoke").form(&[("token", token)])).await;
    assert_eq!((answer.status, &*answer.body), (200, ""));
}

#[tokio::test]
async fn revoking_either_token_ends_its_session_alone() {
    let app = app().await;
    let (one, two, other) = (app.session().await, app.session().await, app.session().await);
    revoke(&app, &one.access).await;
    revoke(&app, &two.refresh).await;
    for ended in [&one, &two] {
        assert_eq!(app.get_user(&ended.access).await.contract(), TOKEN_IS_INVALID);
        assert_eq!(app.refresh(&ended.refresh).await.json()["error"], "invalid_grant");
    }
    assert_eq!(app.get_user(&other.access).await.contract(), DEMO_USER);
    assert_eq!(app.refresh(&other.refresh).await.status, 200);
}

#[tokio::test]
async fn rejected_request_revokes_nothing() {
    let app = app().await;
    let session = app.session().await;
    let refused = app.post("/revoke").header("authorization", basic("gateway:abd"));
    let answer = TestResponse::of(refused.form(&[("token", &session.access)])).await;
    assert_eq!(answer.status, 401);
    assert_eq!(app.get_user(&session.access).await.contract(), DEMO_USER);
}
