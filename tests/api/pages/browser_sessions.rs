//! The session of a browser, and its cookie.

use std::time::Duration;

use countersign::domain::PublicUrl;
use countersign::pages::CookieDomain;
use countersign::sessions::BrowserSession;

use super::{Browser, COOKIE, set_cookie};
use crate::support::{AUTH_REQUIRED, EMAIL, PASSWORD, TOKEN_IS_INVALID, TestApp, TestResponse};

on_every_store!(
    session_is_listed_and_ended_like_any_other,
    session_that_is_not_remembered_ends_after_two_idle_hours_or_twelve,
    remembered_session_has_the_configured_timeouts,
    cookie_of_a_disabled_or_deleted_user_is_rejected,
);

const HOUR: i64 = 60 * 60;

async fn listed(app: &TestApp, access: &str) -> Vec<String> {
    let response = TestResponse::of(app.get("/sessions").bearer_auth(access)).await;
    let sessions = response.json()["sessions"].as_array().unwrap().clone();
    sessions.iter().map(|session| session["id"].as_str().unwrap().to_owned()).collect()
}

async fn session_is_listed_and_ended_like_any_other(app: &TestApp) {
    let mut browser = Browser::signed_in(app).await;
    let id = browser.cookie().split('.').next().unwrap().to_owned();
    let api = app.session().await;
    assert!(listed(app, &api.access).await.contains(&id));
    let ended = app.delete(&format!("/sessions/{id}")).bearer_auth(&api.access);
    assert_eq!(TestResponse::of(ended).await.status, 204);
    assert!(!browser.is_signed_in().await);
    // A logout of everything ends it at once, too.
    let mut browser = Browser::signed_in(app).await;
    assert!(browser.is_signed_in().await);
    let logout = app.post("/logout").bearer_auth(&api.access).form(&[("scope", "global")]);
    assert_eq!(TestResponse::of(logout).await.status, 204);
    assert!(!browser.is_signed_in().await);
}

async fn session_that_is_not_remembered_ends_after_two_idle_hours_or_twelve(app: &TestApp) {
    assert_eq!(BrowserSession::IDLE_TIMEOUT, Duration::from_hours(2));
    assert_eq!(BrowserSession::LIFETIME, Duration::from_hours(12));
    let mut used = Browser::signed_in(app).await;
    let mut idle = Browser::signed_in(app).await;
    app.advance_clock(2 * HOUR - 1);
    assert!(used.is_signed_in().await);
    app.advance_clock(1);
    assert!(used.is_signed_in().await && !idle.is_signed_in().await);
    for _ in 0..9 {
        app.advance_clock(HOUR);
        assert!(used.is_signed_in().await);
    }
    app.advance_clock(HOUR - 1);
    assert!(used.is_signed_in().await);
    app.advance_clock(1);
    assert!(!used.is_signed_in().await);
}

async fn remembered_session_has_the_configured_timeouts(app: &TestApp) {
    let mut browser = Browser::of(app);
    let form = [("email", EMAIL), ("password", PASSWORD), ("remember", "yes")];
    let response = browser.post("/ui/sign-in", &form).await;
    let cookie = set_cookie(&response, COOKIE).unwrap().to_owned();
    assert!(cookie.contains("; Max-Age=7776000;"), "{cookie}");
    app.advance_clock(30 * 24 * HOUR - 1);
    assert!(browser.is_signed_in().await);
    app.advance_clock(30 * 24 * HOUR);
    assert!(!browser.is_signed_in().await);
}

async fn cookie_of_a_disabled_or_deleted_user_is_rejected(app: &TestApp) {
    let mut browser = Browser::signed_in(app).await;
    let deleted = app.delete_user(countersign::domain::UserId(1)).await;
    assert!(deleted);
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn cookie_has_the_attributes_of_its_public_url() {
    let https = PublicUrl::parse("https://login.example.com").unwrap();
    let http = PublicUrl::parse("http://localhost:8080").unwrap();
    let common = "Path=/; HttpOnly; SameSite=Lax";
    for (url, domain, name, attributes) in [
        (None, None, "__Host-countersign_session", format!("{common}; Secure")),
        (Some(&https), None, "__Host-countersign_session", format!("{common}; Secure")),
        (
            Some(&https),
            Some("example.com"),
            "__Secure-countersign_session",
            format!("{common}; Secure; Domain=example.com"),
        ),
        (Some(&http), None, "countersign_session", common.to_owned()),
    ] {
        let app = TestApp::start_with(|config| {
            config.public_url = url.cloned();
            config.pages.cookie_domain = domain.map(|it| CookieDomain::parse(it).unwrap());
        })
        .await;
        let mut browser = Browser::of(&app);
        let response = browser.sign_in(EMAIL, PASSWORD).await;
        let cookie = set_cookie(&response, name).unwrap();
        // Without a maximum age it ends with the browser.
        assert_eq!(cookie.split_once("; ").unwrap().1, attributes, "{cookie}");
        assert!(browser.is_signed_in().await);
        // The device is known from now on.
        assert!(set_cookie(&response, "__Host-countersign_device").is_some());
        let response = browser.post("/ui/sign-out", &[]).await;
        let deleted = set_cookie(&response, name).unwrap();
        assert_eq!(deleted, format!("{name}=; Max-Age=0; {attributes}"));
    }
}

#[tokio::test]
async fn sign_in_opens_a_new_session_and_ends_the_one_before() {
    let app = TestApp::start().await;
    // An attacker has planted a cookie of their own session.
    let mut attacker = Browser::signed_in(&app).await;
    let planted = attacker.cookie();
    let mut victim = Browser::of(&app);
    victim.cookies.insert(COOKIE.to_owned(), planted.clone());
    assert_eq!(victim.sign_in(EMAIL, PASSWORD).await.status, 303);
    assert_ne!(victim.cookie().split('.').next(), planted.split('.').next());
    assert!(victim.is_signed_in().await && !attacker.is_signed_in().await);
}

#[tokio::test]
async fn cookie_is_neither_a_bearer_token_nor_a_refresh_token() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app).await;
    let cookie = browser.cookie();
    assert_eq!(app.get_user(&format!("Bearer {cookie}")).await.contract(), TOKEN_IS_INVALID);
    let refreshed = app.refresh(&cookie).await;
    assert_eq!((refreshed.status, &refreshed.json()["error"]), (400, &"invalid_grant".into()));
    // Nor is it authentication for the other routes.
    let as_cookie = app.get("/get-user").header("cookie", format!("{COOKIE}={cookie}"));
    assert_eq!(TestResponse::of(as_cookie).await.contract(), AUTH_REQUIRED);
    // It revokes nothing, and introspects as inactive.
    let revoked = TestResponse::of(app.post("/revoke").form(&[("token", &cookie)])).await;
    assert!(matches!(revoked.status, 200 | 401), "{revoked:?}");
    let mut browser = browser;
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn access_and_refresh_tokens_are_no_cookies() {
    let app = TestApp::start().await;
    let api = app.session().await;
    for token in [&api.access, &api.refresh, &String::new(), &"x".repeat(300)] {
        let mut browser = Browser::of(&app);
        browser.cookies.insert(COOKIE.to_owned(), token.clone());
        assert!(!browser.is_signed_in().await);
        assert_eq!(browser.post("/ui/token", &[]).await.contract(), AUTH_REQUIRED);
    }
}

#[tokio::test]
async fn altered_cookie_is_rejected() {
    let app = TestApp::start().await;
    let mut browser = Browser::signed_in(&app).await;
    let cookie = browser.cookie();
    for at in 0..cookie.len() {
        let with = if &cookie[at..=at] == "A" { "B" } else { "A" };
        let altered = format!("{}{with}{}", &cookie[..at], &cookie[at + 1..]);
        // The last digit of the MAC has bits that are not part of it.
        if at + 1 < cookie.len() {
            browser.cookies.insert(COOKIE.to_owned(), altered);
            assert!(!browser.is_signed_in().await, "{at}");
        }
    }
    browser.cookies.insert(COOKIE.to_owned(), cookie);
    assert!(browser.is_signed_in().await);
}
