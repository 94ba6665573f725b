//! The inbox in memory, which this machine alone can read.

use countersign::domain::PublicUrl;

use super::Browser;
use crate::mail::{inbox, with_mails};
use crate::support::{EMAIL, TestApp, TestResponse};

async fn app() -> TestApp {
    let app = TestApp::start_with(|config| {
        with_mails(config);
        config.public_url = Some(PublicUrl::parse("http://localhost:8080").unwrap());
        config.http.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    })
    .await;
    Browser::of(&app).post("/ui/forgot-password", &[("email", EMAIL)]).await;
    inbox(&app).await;
    app
}

#[tokio::test]
async fn mail_is_listed_and_its_link_can_be_opened() {
    let app = app().await;
    let mut browser = Browser::of(&app);
    let list = browser.get("/ui/inbox").await;
    assert!(list.body.contains("Set a new password") && list.body.contains(EMAIL), "{}", list.body);
    let path = list.body.split("<a href=\"/ui/inbox/").nth(1).unwrap().split('"').next().unwrap();
    let mail = browser.get(&format!("/ui/inbox/{path}")).await;
    let body = mail.body.replace("&#x2f;", "/");
    assert!(body.contains("<a href=\"http://localhost:8080/ui/reset-password?token="), "{body}");
    for path in ["/ui/inbox/999", "/ui/inbox/x", "/ui/inbox/"] {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn inbox_is_a_404_for_other_machines_and_for_websites_that_lead_here() {
    let app = app().await;
    for (name, value, status) in [
        ("x-forwarded-for", "203.0.113.9", 404),
        ("x-forwarded-for", "127.0.0.1", 200),
        ("host", "evil.example", 404),
        ("host", "localhost:8080", 200),
    ] {
        for path in ["/ui/inbox", "/ui/inbox/1"] {
            let response = TestResponse::of(app.get(path).header(name, value)).await;
            assert_eq!(response.status, status, "{name}: {value}");
        }
    }
}
