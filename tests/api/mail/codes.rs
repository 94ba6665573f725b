//! `POST /login/code`, `POST /login/code/request`

use countersign::config::Config;
use countersign::domain::UserId;
use countersign::mail::MailKind;

use super::{MAIL_SENT, inbox, post, with_mails};
use crate::support::{EMAIL, PASSWORD, Session, TestApp, TestResponse, WRONG_CREDENTIALS};

fn with_codes(config: &mut Config) {
    with_mails(config);
    config.accounts.login_codes = true;
}

async fn request(app: &TestApp, email: &str) -> TestResponse {
    post(app, "/login/code/request", &[("email", email)]).await
}

async fn log_in(app: &TestApp, email: &str, code: &str) -> TestResponse {
    post(app, "/login/code", &[("email", email), ("code", code)]).await
}

/// The code in the newest mail.
async fn code(app: &TestApp) -> String {
    let mails = inbox(app).await;
    let mail = mails.iter().find(|mail| mail.kind == MailKind::LoginCode).expect("a mail");
    mail.content.subject.strip_prefix("Your code: ").unwrap().to_owned()
}

async fn code_logs_in_once(app: &TestApp) {
    assert_eq!(request(app, EMAIL).await.body, MAIL_SENT);
    let code = code(app).await;
    assert_eq!(code.len(), 9, "{code}");
    let answer = log_in(app, "USER@email.com", &code.to_lowercase().replace('-', " ")).await;
    assert_eq!(answer.status, 200);
    let session = Session::of(&answer, "token");
    assert_eq!(app.get_user(&format!("Bearer {}", session.access)).await.status, 200);
    app.refresh(&session.refresh).await;
    assert_eq!(log_in(app, EMAIL, &code).await.contract(), WRONG_CREDENTIALS);
    // The password stays as it is, and other sessions go on.
    assert_eq!(app.login(EMAIL, PASSWORD).await.status, 200);
}

async fn code_expires_after_ten_minutes_and_is_replaced_by_the_next_one(app: &TestApp) {
    request(app, EMAIL).await;
    let first = code(app).await;
    app.advance_clock(599);
    request(app, EMAIL).await;
    let second = code(app).await;
    assert_eq!(log_in(app, EMAIL, &first).await.status, 400);
    app.advance_clock(600);
    assert_eq!(log_in(app, EMAIL, &second).await.status, 400);
    request(app, EMAIL).await;
    app.advance_clock(599);
    assert_eq!(log_in(app, EMAIL, &code(app).await).await.status, 200);
}

async fn code_is_invalid_after_five_failures(app: &TestApp) {
    request(app, EMAIL).await;
    let right = code(app).await;
    for _ in 0..5 {
        assert_eq!(log_in(app, EMAIL, "0000-0000").await.contract(), WRONG_CREDENTIALS);
    }
    // The throttle would reject it, too, for a minute.
    app.advance_clock(120);
    assert_eq!(log_in(app, EMAIL, &right).await.contract(), WRONG_CREDENTIALS);
}

async fn response_does_not_tell_whether_the_address_has_an_account(app: &TestApp) {
    super::register(app, "disabled@example.com").await;
    app.set_disabled(UserId(2), true).await;
    for email in ["nobody@example.com", "disabled@example.com"] {
        let answer = request(app, email).await;
        assert_eq!((answer.status, answer.body.as_str()), (202, MAIL_SENT));
        assert_eq!(log_in(app, email, "0000-0000").await.contract(), WRONG_CREDENTIALS);
    }
    assert_eq!(log_in(app, "nobody", "x").await.contract(), WRONG_CREDENTIALS);
    assert!(inbox(app).await.iter().all(|mail| mail.kind != MailKind::LoginCode));
}

async fn code_is_bound_to_the_user_and_the_password(app: &TestApp) {
    super::register(app, "other@example.com").await;
    request(app, EMAIL).await;
    let of_user = code(app).await;
    request(app, "other@example.com").await;
    assert_eq!(log_in(app, "other@example.com", &of_user).await.status, 400);
    let form = [("current_password", PASSWORD), ("new_password", super::GOOD)];
    let change = app.post("/change-password").bearer_auth(app.token().await).form(&form);
    assert_eq!(TestResponse::of(change).await.status, 200);
    assert_eq!(log_in(app, EMAIL, &of_user).await.status, 400);
}

on_every_store!(with super::with_codes;
    code_logs_in_once,
    code_expires_after_ten_minutes_and_is_replaced_by_the_next_one,
    code_is_invalid_after_five_failures,
    response_does_not_tell_whether_the_address_has_an_account,
    code_is_bound_to_the_user_and_the_password,
);

#[tokio::test]
async fn route_does_not_exist_without_login_codes() {
    let app = TestApp::start_with(with_mails).await;
    assert_eq!(request(&app, EMAIL).await.status, 404);
    assert_eq!(log_in(&app, EMAIL, "0000-0000").await.status, 404);
}
