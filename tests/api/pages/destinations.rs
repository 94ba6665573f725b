//! Where a sign-in leads. `src/pages/destination.rs` has the whole table of URLs.

use countersign::pages::RedirectOrigins;
use rstest::rstest;

use super::Browser;
use crate::support::{EMAIL, PASSWORD, TestApp};

async fn app() -> TestApp {
    TestApp::start_with(|config| {
        let front_end = "https://app.example.com".to_owned();
        config.pages.redirect_origins = RedirectOrigins::new(vec![front_end]);
    })
    .await
}

#[rstest]
#[case("", "/ui/account")]
#[case("/ui/change-password", "/ui/change-password")]
#[case("https://app.example.com/done?x=1", "https://app.example.com/done?x=1")]
#[case("https://evil.example/", "/ui/account")]
#[case("//evil.example", "/ui/account")]
#[case("/\\evil.example", "/ui/account")]
#[case("/\t/evil.example", "/ui/account")]
#[case("https:evil.example", "/ui/account")]
#[case("https://app.example.com@evil.example", "/ui/account")]
#[case("javascript:alert(1)", "/ui/account")]
#[case("/x\r\nset-cookie: a=b", "/ui/account")]
#[tokio::test]
async fn sign_in_and_sign_up_lead_to_allowed_urls_alone(#[case] next: &str, #[case] url: &str) {
    let app = app().await;
    let mut browser = Browser::of(&app);
    let form = [("email", EMAIL), ("password", PASSWORD), ("next", next)];
    let response = browser.post("/ui/sign-in", &form).await;
    assert_eq!((response.status, response.header("location")), (303, url));
    // Where the browser is signed in already.
    let query = encoded(next);
    for page in ["/ui/sign-in", "/ui/sign-up"] {
        let response = browser.get(&format!("{page}?next={query}")).await;
        assert_eq!((response.status, response.header("location")), (303, url), "{page}");
    }
    let form = [("email", "a@example.com"), ("password", "correct horse battery"), ("next", next)];
    let response = Browser::of(&app).post("/ui/sign-up", &form).await;
    assert_eq!((response.status, response.header("location")), (303, url));
}

#[tokio::test]
async fn destination_survives_the_form_and_the_link_to_the_other_one() {
    let app = app().await;
    let mut browser = Browser::of(&app);
    let next = "https://app.example.com/done?x=1&y=2";
    let query = encoded(next);
    for (page, other) in [("/ui/sign-in", "/ui/sign-up"), ("/ui/sign-up", "/ui/sign-in")] {
        let shown = browser.get(&format!("{page}?next={query}")).await;
        let body = shown.body.replace("&#x2f;", "/").replace("&amp;", "&");
        assert!(body.contains(&format!("name=\"next\" value=\"{next}\"")), "{body}");
        let query = "next=https%3A%2F%2Fapp.example.com%2Fdone%3Fx%3D1%26y%3D2";
        assert!(body.contains(&format!("href=\"{other}?{query}\"")), "{body}");
    }
    let form = [("email", EMAIL), ("password", "wrong"), ("next", next)];
    let shown = browser.post("/ui/sign-in", &form).await;
    assert!(shown.body.contains("app.example.com"), "{}", shown.body);
    // One that is not allowed is in no form.
    let shown = browser.get("/ui/sign-in?next=https://evil.example").await;
    assert!(!shown.body.contains("evil"), "{}", shown.body);
}

#[tokio::test]
async fn page_that_needs_a_session_leads_to_the_sign_in_and_back() {
    let app = app().await;
    let mut browser = Browser::of(&app);
    let response = browser.get("/ui/change-password?a=b").await;
    assert_eq!(response.status, 303);
    assert_eq!(response.header("location"), "/ui/sign-in?next=%2Fui%2Fchange-password%3Fa%3Db");
    let response = browser.post("/ui/sessions/end-others", &[]).await;
    assert_eq!((response.status, response.header("location")), (303, "/ui/sign-in"));
}

#[tokio::test]
async fn form_may_lead_to_front_ends() {
    let response = Browser::of(&app().await).get("/ui/sign-in").await;
    let policy = response.header("content-security-policy");
    assert!(policy.ends_with("form-action 'self' https://app.example.com"), "{policy}");
}

/// As a parameter of a query.
fn encoded(text: &str) -> String {
    let url = reqwest::Url::parse_with_params("http://x", [("next", text)]).unwrap();
    url.query().unwrap().trim_start_matches("next=").to_owned()
}
