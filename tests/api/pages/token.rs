//! `POST /ui/token`: access tokens of a browser session.

use countersign::pages::RedirectOrigins;
use reqwest::Method;

use super::Browser;
use crate::support::{AUTH_REQUIRED, TestApp, TestResponse};

const FRONT_END: &str = "https://app.example.com";

async fn app() -> TestApp {
    TestApp::start_with(|config| {
        config.pages.redirect_origins = RedirectOrigins::new(vec![FRONT_END.to_owned()]);
    })
    .await
}

#[tokio::test]
async fn browser_session_gets_an_access_token_and_no_refresh_token() {
    let app = app().await;
    let mut browser = Browser::signed_in(&app).await;
    let response = browser.post("/ui/token", &[]).await;
    assert_eq!(response.status, 200);
    let issued = response.json();
    let members: Vec<_> = issued.as_object().unwrap().keys().collect();
    assert_eq!(members, ["expires_in", "token", "token_type"]);
    assert_eq!((&issued["token_type"], &issued["expires_in"]), (&"Bearer".into(), &20.into()));
    let token = issued["token"].as_str().unwrap();
    assert_eq!(app.get_user(token).await.status, 200);
    // It ends with the session.
    browser.post("/ui/sign-out", &[]).await;
    assert_eq!(app.get_user(token).await.status, 400);
    assert_eq!(browser.post("/ui/token", &[]).await.contract(), AUTH_REQUIRED);
}

#[tokio::test]
async fn front_end_of_an_allowed_origin_gets_tokens_and_can_read_them() {
    let app = app().await;
    let mut browser = Browser::signed_in(&app).await;
    for (origin, site, status) in [
        (FRONT_END, "same-site", 200),
        ("https://evil.example", "cross-site", 403),
        ("https://other.example.com", "same-site", 403),
        ("null", "cross-site", 403),
    ] {
        let headers = [("origin", origin), ("sec-fetch-site", site)];
        let response = browser.post_from("/ui/token", &headers, &[]).await;
        assert_eq!(response.status, status, "{origin}");
        let allowed = if status == 200 { origin } else { "" };
        assert_eq!(response.header("access-control-allow-origin"), allowed);
        if status == 403 {
            let message = r#"{"message": "The request comes from another origin"}"#;
            assert_eq!(response.body, message);
        } else {
            assert_eq!(response.header("access-control-allow-credentials"), "true");
        }
    }
}

#[tokio::test]
async fn preflight_request_allows_credentials_of_front_ends_alone() {
    let app = app().await;
    for (origin, allowed) in [(FRONT_END, FRONT_END), ("https://evil.example", "")] {
        let request = app.client.request(Method::OPTIONS, app.url("/ui/token"));
        let request =
            request.header("origin", origin).header("access-control-request-method", "POST");
        let response = TestResponse::of(request).await;
        assert_eq!(response.status, 200, "{origin}");
        assert_eq!(response.header("access-control-allow-origin"), allowed);
        assert_eq!(response.header("access-control-max-age"), "7200");
        assert_eq!(response.header("access-control-allow-credentials"), "true");
    }
    // The pages themselves are for no other origin.
    let request = app.get("/ui/account").header("origin", FRONT_END);
    assert_eq!(TestResponse::of(request).await.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn tokens_of_a_session_are_limited_as_refreshes_are() {
    let app = app().await;
    let mut browser = Browser::signed_in(&app).await;
    let mut statuses = Vec::new();
    for _ in 0..200 {
        statuses.push(browser.post("/ui/token", &[]).await.status);
        if statuses.last() == Some(&429) {
            break;
        }
    }
    assert_eq!((statuses[0], statuses.last()), (200, Some(&429)));
}
