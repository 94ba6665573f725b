//! Requests that other websites make, and frames.

use countersign::domain::PublicUrl;
use countersign::pages::RedirectOrigins;
use rstest::rstest;

use super::Browser;
use crate::support::{EMAIL, PASSWORD, TestApp, TestResponse};

const ACTIONS: [(&str, &[(&str, &str)]); 7] = [
    ("/ui/sign-in", &[("email", EMAIL), ("password", PASSWORD)]),
    ("/ui/sign-up", &[("email", "new@example.com"), ("password", "correct horse battery")]),
    ("/ui/sign-out", &[]),
    ("/ui/sessions/end-others", &[]),
    ("/ui/sessions/end", &[("id", "00000000000040008000000000000000")]),
    (
        "/ui/change-password",
        &[("current_password", PASSWORD), ("new_password", "a new passphrase")],
    ),
    ("/ui/delete-account", &[("password", PASSWORD)]),
];

#[rstest]
#[case::cross_site(&[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")])]
#[case::same_site(&[("sec-fetch-site", "same-site"), ("origin", "https://app.example.com")])]
#[case::old_browser(&[("origin", "https://evil.example")])]
#[case::sandboxed_frame(&[("sec-fetch-site", "cross-site"), ("origin", "null")])]
#[case::other_scheme(&[("origin", "null")])]
#[tokio::test]
async fn request_of_another_origin_is_rejected_and_does_nothing(#[case] headers: &[(&str, &str)]) {
    let app = TestApp::start_with(|config| {
        // That of a front end may get tokens, and no more.
        let front_end = "https://app.example.com".to_owned();
        config.pages.redirect_origins = RedirectOrigins::new(vec![front_end]);
    })
    .await;
    let mut browser = Browser::signed_in(&app).await;
    let other = app.session().await;
    let cookies = browser.cookies.clone();
    for (path, form) in ACTIONS {
        let response = browser.post_from(path, headers, form).await;
        assert_eq!(response.status, 403, "{path}");
        assert!(response.body.contains("This request was blocked"), "{}", response.body);
        assert!(response.headers.get("set-cookie").is_none(), "{path}");
    }
    assert_eq!(browser.cookies, cookies);
    assert!(browser.is_signed_in().await);
    assert_eq!(app.get_user(&other.access).await.status, 200);
    assert_eq!(app.login("new@example.com", "correct horse battery").await.status, 400);
}

#[tokio::test]
async fn request_of_the_public_url_is_accepted_behind_a_proxy_that_replaces_host() {
    let url = PublicUrl::parse("https://login.example.com").unwrap();
    let app = TestApp::start_with(|config| config.public_url = Some(url)).await;
    let form = [("email", EMAIL), ("password", PASSWORD)];
    for (origin, status) in [("https://login.example.com", 303), ("https://example.com", 403)] {
        let headers = [("origin", origin)];
        let response = Browser::of(&app).post_from("/ui/sign-in", &headers, &form).await;
        assert_eq!(response.status, status, "{origin}");
    }
}

#[tokio::test]
async fn get_changes_nothing() {
    let app = TestApp::start().await;
    let mut browser = Browser::signed_in(&app).await;
    for (path, _) in ACTIONS {
        let response = browser.get(path).await;
        assert!(matches!(response.status, 200 | 303 | 405), "{path}: {}", response.status);
    }
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn every_page_forbids_frames_and_everything_that_is_not_its_own() {
    let app = TestApp::start().await;
    let mut browser = Browser::signed_in(&app).await;
    let mut anonymous = Browser::of(&app);
    let mut responses: Vec<TestResponse> = Vec::new();
    for path in ["/ui/sign-in", "/ui/sign-up", "/ui/", "/ui/account", "/ui/none", "/ui/style.css"] {
        responses.push(anonymous.get(path).await);
    }
    for path in ["/ui/account", "/ui/change-password", "/ui/delete-account", "/ui/sign-out"] {
        responses.push(browser.get(path).await);
    }
    responses.push(anonymous.post_from("/ui/sign-in", &[("sec-fetch-site", "none")], &[]).await);
    for response in responses {
        let policy = response.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "style-src 'self'",
            "img-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.split(';').any(|it| it.trim() == part), "{part}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("script"), "{policy}");
        assert_eq!(response.header("x-frame-options"), "DENY");
        assert_eq!(response.header("referrer-policy"), "same-origin");
        assert_eq!(response.header("x-content-type-options"), "nosniff");
        assert_eq!(response.header("strict-transport-security"), "");
        for inline in ["<script", "<style", "style=", " on"] {
            let is_html = response.header("content-type").starts_with("text/html");
            let tags = response.body.split('<').filter_map(|it| it.split('>').next());
            let found = tags.filter(|tag| format!("<{tag}").contains(inline)).count();
            assert!(!is_html || found == 0, "{inline}: {}", response.body);
        }
    }
}

#[tokio::test]
async fn transport_security_is_demanded_under_https_alone() {
    for (url, value) in
        [("https://login.example.com", "max-age=63072000"), ("http://localhost:8080", "")]
    {
        let url = PublicUrl::parse(url).unwrap();
        let app = TestApp::start_with(|config| config.public_url = Some(url)).await;
        let response = Browser::of(&app).get("/ui/sign-in").await;
        assert_eq!(response.header("strict-transport-security"), value);
    }
}
