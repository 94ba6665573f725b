//! Notices.

use countersign::config::Config;
use countersign::domain::UserId;
use countersign::mail::MailKind;

use super::{GOOD, inbox, sent, with_mails};
use crate::support::{EMAIL, PASSWORD, Session, TestApp, TestResponse};

async fn change_of_password_is_announced(app: &TestApp) {
    let form = [("current_password", PASSWORD), ("new_password", GOOD)];
    let request = app.post("/change-password").bearer_auth(app.token().await);
    assert_eq!(TestResponse::of(request.form(&form)).await.status, 200);
    assert_eq!(sent(app).await, [("password-changed", EMAIL.to_owned())]);
}

async fn login_from_a_new_device_is_announced(app: &TestApp) {
    let first = app.login(EMAIL, PASSWORD).await;
    assert!(inbox(app).await.is_empty(), "the first login of all");
    let device = first.json()["device_token"].as_str().unwrap().to_owned();
    let form = [("email", EMAIL), ("password", PASSWORD)];
    let known = app.post("/login").header("x-device-token", device).form(&form);
    assert_eq!(TestResponse::of(known).await.status, 200);
    assert!(inbox(app).await.is_empty(), "a known device");
    let new = app.post("/login").header("user-agent", "Thief/1.0").form(&form);
    assert_eq!(TestResponse::of(new).await.status, 200);
    assert_eq!(sent(app).await, [("new-device", EMAIL.to_owned())]);
    let text = &inbox(app).await[0].content.text;
    assert!(text.contains("127.0.0.1 (Thief/1.0)"), "{text}");
}

async fn reuse_of_a_refresh_token_is_announced(app: &TestApp) {
    let first = app.session().await;
    let second = Session::refreshed(&app.refresh(&first.refresh).await);
    Session::refreshed(&app.refresh(&second.refresh).await);
    app.advance_clock(60);
    assert_eq!(app.refresh(&first.refresh).await.status, 400);
    assert_eq!(sent(app).await, [("token-reused", EMAIL.to_owned())]);
}

async fn account_that_an_administrator_disables_is_told_once(app: &TestApp) {
    for disabled in [true, true, false] {
        app.set_disabled(UserId(1), disabled).await;
    }
    assert_eq!(sent(app).await, [("account-disabled", EMAIL.to_owned())]);
}

on_every_store!(with super::with_mails;
    account_that_an_administrator_disables_is_told_once,
    change_of_password_is_announced,
    login_from_a_new_device_is_announced,
    reuse_of_a_refresh_token_is_announced,
);

fn only_new_device(config: &mut Config) {
    with_mails(config);
    config.mail.as_mut().unwrap().notices = vec![MailKind::NewDevice];
}

#[tokio::test]
async fn notice_that_is_turned_off_is_not_sent() {
    let app = TestApp::start_with(only_new_device).await;
    change_of_password(&app).await;
    assert!(inbox(&app).await.is_empty());
    assert_eq!(app.login(EMAIL, GOOD).await.status, 200);
    assert_eq!(sent(&app).await, [("new-device", EMAIL.to_owned())]);
}

async fn change_of_password(app: &TestApp) {
    let form = [("current_password", PASSWORD), ("new_password", GOOD)];
    let request = app.post("/change-password").bearer_auth(app.token().await);
    assert_eq!(TestResponse::of(request.form(&form)).await.status, 200);
}
