//! What the administration API mails.

use countersign::domain::UserId;
use countersign::mail::MailKind;
use countersign::store::UserChange;
use reqwest::RequestBuilder;
use serde_json::json;

use super::{GOOD, INVALID_LINK, inbox, post, register, sent, token, with_mails};
use crate::support::{EMAIL, TestApp, TestResponse};

const NEW: &str = "new@example.com";

/// Sends a request as the demo's user, an administrator.
async fn as_administrator(app: &TestApp, request: RequestBuilder) -> TestResponse {
    app.change(UserId(1), UserChange { is_admin: Some(true), ..UserChange::default() }).await;
    TestResponse::of(request.bearer_auth(app.token().await)).await
}

async fn invited_user_gets_a_link_and_an_account(app: &TestApp) {
    let body = json!({"email": NEW, "invite": true, "is_admin": true});
    let created = as_administrator(app, app.post("/admin/users").json(&body)).await;
    assert_eq!((created.status, created.header("location")), (201, "/admin/users/2"));
    assert_eq!(created.json()["has_password"], false);
    let link = token(app, MailKind::Invitation).await;
    let form = [("token", link.as_str()), ("password", GOOD)];
    assert_eq!(post(app, "/accept-invitation", &form).await.status, 200);
    let shown = as_administrator(app, app.get("/admin/users/2")).await.json();
    let found = ["has_password", "email_verified", "is_admin"].map(|name| shown[name] == true);
    assert_eq!(found, [true; 3], "{shown}");
    let again = as_administrator(app, app.post("/admin/users").json(&body)).await;
    assert_eq!(again.status, 409);
}

async fn administrator_sends_the_link_for_a_new_password(app: &TestApp) {
    register(app, NEW).await;
    let request = app.post("/admin/users/2/reset-password");
    assert_eq!(as_administrator(app, request).await.status, 202);
    let link = token(app, MailKind::ResetPassword).await;
    let form = [("token", link.as_str()), ("password", "another good passphrase")];
    assert_eq!(post(app, "/reset-password", &form).await.status, 200);
    let unknown = as_administrator(app, app.post("/admin/users/9/reset-password")).await;
    assert_eq!(unknown.status, 404);
}

async fn link_is_invalid_after_an_administrator_has_changed_the_address(app: &TestApp) {
    register(app, NEW).await;
    post(app, "/forgot-password", &[("email", NEW)]).await;
    let link = token(app, MailKind::ResetPassword).await;
    let change = json!({"email": "other@example.com"});
    let changed = as_administrator(app, app.client.patch(app.url("/admin/users/2")).json(&change));
    assert_eq!(changed.await.status, 200);
    let form = [("token", link.as_str()), ("password", GOOD)];
    let reset = post(app, "/reset-password", &form).await;
    assert_eq!((reset.status, reset.body.as_str()), (400, INVALID_LINK));
}

async fn user_is_told_of_a_password_that_an_administrator_sets(app: &TestApp) {
    register(app, NEW).await;
    let body = json!({"password": "another good passphrase"});
    let request = app.post("/admin/users/2/password").json(&body);
    assert_eq!(as_administrator(app, request).await.status, 204);
    let mails = sent(app).await;
    assert!(mails.contains(&("password-changed", NEW.to_owned())), "{mails:?}");
    // Not from where the administrator has done it.
    let notice = inbox(app).await.into_iter().find(|mail| mail.kind == MailKind::PasswordChanged);
    assert!(!notice.unwrap().content.text.contains("127.0.0.1"));
}

async fn mails_are_listed_and_sent_again(app: &TestApp) {
    post(app, "/forgot-password", &[("email", EMAIL)]).await;
    let listed = as_administrator(app, app.get("/admin/mails")).await.json();
    let mail = &listed["mails"][0];
    assert_eq!((&mail["kind"], &mail["recipient"]), (&json!("reset-password"), &json!(EMAIL)));
    assert_eq!(as_administrator(app, app.post("/admin/mails/1/retry")).await.status, 202);
    inbox(app).await;
    let unsent = as_administrator(app, app.get("/admin/mails")).await.json();
    let is_of_reset = |mail: &serde_json::Value| mail["kind"] == "reset-password";
    assert!(!unsent["mails"].as_array().unwrap().iter().any(is_of_reset), "{unsent}");
    let all = as_administrator(app, app.get("/admin/mails?sent=true")).await.json();
    assert!(all["mails"].as_array().unwrap().iter().any(is_of_reset), "{all}");
    assert_eq!(as_administrator(app, app.post("/admin/mails/1/retry")).await.status, 404);
}

on_every_store!(with super::with_mails;
    invited_user_gets_a_link_and_an_account,
    administrator_sends_the_link_for_a_new_password,
    link_is_invalid_after_an_administrator_has_changed_the_address,
    user_is_told_of_a_password_that_an_administrator_sets,
    mails_are_listed_and_sent_again,
);
