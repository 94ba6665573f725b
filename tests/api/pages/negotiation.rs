//! Pages for browsers and JSON for programs; languages; errors as pages; pages turned off.

use reqwest::Method;

use super::Browser;
use crate::support::{TIMEOUT, TestApp, TestResponse};

const NOT_FOUND: &str = r#"{"message": "Not found"}"#;

#[tokio::test]
async fn start_leads_a_browser_to_the_pages_and_is_a_404_for_programs() {
    let app = TestApp::start().await;
    let mut browser = Browser::of(&app);
    let start = browser.get("/").await;
    assert_eq!((start.status, start.header("location")), (303, "/ui/"));
    for path in ["/ui", "/ui/"] {
        assert_eq!(browser.get(path).await.status, 303, "{path}");
    }
    assert_eq!(browser.get("/ui/").await.header("location"), "/ui/sign-in");
    let mut browser = Browser::signed_in(&app).await;
    assert_eq!(browser.get("/ui/").await.header("location"), "/ui/account");
    for accept in ["*/*", "application/json", "text/plain", "application/json, text/htmlx"] {
        let response = TestResponse::of(app.get("/").header("accept", accept)).await;
        assert_eq!((response.status, &*response.body), (404, NOT_FOUND), "{accept}");
    }
    let post = TestResponse::of(app.post("/").header("accept", "text/html")).await;
    assert_eq!((post.status, &*post.body), (404, NOT_FOUND));
}

#[tokio::test]
async fn turned_off_pages_are_404s() {
    let app = TestApp::start_with(|config| config.pages.enabled = false).await;
    let mut browser = Browser::of(&app);
    for path in ["/", "/ui", "/ui/", "/ui/sign-in", "/ui/style.css", "/ui/none"] {
        let response = browser.get(path).await;
        assert_eq!((response.status, &*response.body), (404, NOT_FOUND), "{path}");
    }
    assert_eq!(browser.post("/ui/token", &[]).await.status, 404);
}

#[tokio::test]
async fn page_has_the_language_that_the_browser_prefers() {
    let app = TestApp::start().await;
    for (accepted, language, title) in [
        ("de-AT,de;q=0.9,en;q=0.8", "de", "Bei countersign anmelden"),
        ("en-GB,de;q=0.5", "en", "Sign in to countersign"),
        ("fr", "en", "Sign in to countersign"),
    ] {
        let request = app.get("/ui/sign-in").header("accept-language", accepted);
        let page = TestResponse::of(request).await;
        assert!(page.body.contains(&format!("<html lang=\"{language}\">")), "{}", page.body);
        assert!(page.body.contains(&format!("<h1>{title}</h1>")), "{}", page.body);
        assert!(page.header("vary").contains("accept-language"));
    }
}

#[tokio::test]
async fn error_of_a_page_is_a_page_in_its_language() {
    let app = TestApp::start().await;
    let get = async |method, path: &str| {
        let request = app.client.request(method, app.url(path)).header("accept-language", "de");
        TestResponse::of(request.timeout(TIMEOUT)).await
    };
    let missing = get(Method::GET, "/ui/none").await;
    assert_eq!(missing.status, 404);
    assert!(missing.body.contains("<h1>Seite nicht gefunden</h1>"), "{}", missing.body);
    let method = get(Method::DELETE, "/ui/sign-in").await;
    assert_eq!((method.status, method.header("allow")), (405, "GET,HEAD,POST"));
    assert!(method.body.contains("<h1>Diese Anfrage ist"), "{}", method.body);
    let malformed = app.post("/ui/sign-in").body("x").header("content-type", "text/plain");
    let malformed = TestResponse::of(malformed).await;
    assert_eq!(malformed.status, 415);
    assert!(malformed.body.contains("<h1>This request is invalid</h1>"), "{}", malformed.body);
}

#[tokio::test]
async fn unavailable_store_is_a_503_page() {
    let Some(database) = crate::databases::postgres().await else { return };
    let app = TestApp::on(&database).await;
    let mut browser = Browser::signed_in(&app).await;
    database.remove().await;
    app.advance_clock(2);
    let page = browser.get("/ui/account").await;
    assert_eq!((page.status, page.header("retry-after")), (503, "1"));
    assert!(page.body.contains("<h1>Temporarily unavailable</h1>"), "{}", page.body);
}

#[tokio::test]
async fn stylesheet_is_cached_by_its_version_and_has_the_accent() {
    let accent = countersign::pages::Accent::parse("#ffcc00").unwrap();
    let app = TestApp::start_with(|config| config.pages.accent = accent).await;
    let mut browser = Browser::of(&app);
    let page = browser.get("/ui/sign-in").await;
    let link = page.body.split("rel=\"stylesheet\" href=\"").nth(1).unwrap();
    let style = browser.get(link.split('"').next().unwrap()).await;
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
    assert_eq!(style.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(style.body.contains("--accent: #ffcc00; --on-accent: #000000;"), "{}", style.body);
    assert_eq!(page.header("cache-control"), "no-store");
    let logo = browser.get("/ui/logo").await;
    assert_eq!((logo.status, logo.header("content-type")), (200, "image/svg+xml"));
}
