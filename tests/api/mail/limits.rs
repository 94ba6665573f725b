//! How many mails a recipient gets, and a network may request.

use countersign::config::Config;
use countersign::mail::MailKind;
use futures_util::{StreamExt, stream};

use super::{inbox, post, token, with_mails};
use crate::support::{EMAIL, TestApp, TestResponse};

fn behind_a_proxy(config: &mut Config) {
    with_mails(config);
    config.http.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
}

async fn forgot_from(app: &TestApp, address: &str, email: &str) -> TestResponse {
    let request = app.post("/forgot-password").header("x-forwarded-for", address);
    TestResponse::of(request.form(&[("email", email)])).await
}

/// Each network stays within its own budget.
async fn recipient_gets_five_mails_of_a_kind_an_hour(app: &TestApp) {
    let requests = stream::iter(0..1000).map(|number| async move {
        let address = format!("198.51.{}.1", number % 100);
        assert_eq!(forgot_from(app, &address, EMAIL).await.status, 202);
    });
    requests.buffer_unordered(100).collect::<Vec<()>>().await;
    assert_eq!(inbox(app).await.len(), 5);
    // The last one that was sent is valid.
    let link = token(app, MailKind::ResetPassword).await;
    let form = [("token", link.as_str()), ("password", super::GOOD)];
    assert_eq!(post(app, "/reset-password", &form).await.status, 200);
    app.advance_clock(3600);
    forgot_from(app, "203.0.113.1", EMAIL).await;
    let resets = inbox(app).await.into_iter().filter(|mail| mail.kind == MailKind::ResetPassword);
    assert_eq!(resets.count(), 6);
}

on_every_store!(with super::behind_a_proxy; recipient_gets_five_mails_of_a_kind_an_hour);

#[tokio::test]
async fn network_requests_thirty_mails_and_one_more_a_minute() {
    let app = TestApp::start_with(behind_a_proxy).await;
    let admitted = async || {
        let requests = (0..40).map(|number| {
            let (app, email) = (&app, format!("user{number}@example.com"));
            async move { forgot_from(app, "198.51.100.7", &email).await }
        });
        let answers = futures_util::future::join_all(requests).await;
        let throttled = answers.iter().filter(|answer| answer.status == 429);
        assert!(throttled.clone().all(|answer| answer.header("retry-after") == "60"));
        answers.len() - throttled.count()
    };
    assert_eq!(admitted().await, 30);
    assert_eq!(forgot_from(&app, "198.51.100.8", EMAIL).await.status, 202);
    app.advance_clock(60);
    assert_eq!(admitted().await, 1);
}
