//! Texts that users choose are no HTML and no templates.

use super::Browser;
use crate::support::{EMAIL, TestApp};

const MARKUP: &str = "<b>\"'&{{ service_name }}{% raw %}</b>";

#[tokio::test]
async fn user_agent_is_escaped_in_the_list_of_sessions() {
    let app = TestApp::start().await;
    let mut browser = Browser::of(&app);
    browser.user_agent = MARKUP.to_owned();
    browser.sign_in(EMAIL, crate::support::PASSWORD).await;
    let page = browser.get("/ui/account").await;
    assert!(page.body.contains("&lt;b&gt;&quot;&#x27;&amp;{{ service_name }}"), "{}", page.body);
    assert!(!page.body.contains("<b>"), "{}", page.body);
}

#[tokio::test]
async fn submitted_address_is_escaped_in_the_form() {
    let app = TestApp::start().await;
    for path in ["/ui/sign-in", "/ui/sign-up"] {
        let form = [("email", MARKUP), ("password", "correct horse battery")];
        let page = Browser::of(&app).post(path, &form).await;
        assert_eq!(page.status, 400, "{path}");
        assert!(page.body.contains(r#"value="&lt;b&gt;&quot;&#x27;&amp;{{"#), "{}", page.body);
        assert!(!page.body.contains("<b>"), "{}", page.body);
    }
}

#[tokio::test]
async fn address_of_an_account_is_escaped() {
    let app = TestApp::start().await;
    let mut browser = Browser::of(&app);
    // Valid by RFC 5321.
    let email = "a&b{{7*7}}'c@example.com";
    let form = [("email", email), ("password", "correct horse battery")];
    assert_eq!(browser.post("/ui/sign-up", &form).await.status, 303);
    for path in ["/ui/account", "/ui/change-password", "/ui/delete-account"] {
        let page = browser.get(path).await;
        assert!(page.body.contains("a&amp;b{{7*7}}&#x27;c@example.com"), "{}", page.body);
    }
}

#[tokio::test]
async fn parameters_of_the_query_are_not_reflected() {
    let app = TestApp::start().await;
    let mut browser = Browser::signed_in(&app).await;
    for path in ["/ui/account?done=<b>x", "/ui/account?done=%3Cb%3Ex", "/ui/%3Cb%3Ex"] {
        assert!(!browser.get(path).await.body.contains("<b>"), "{path}");
    }
}

#[tokio::test]
async fn name_of_the_service_is_escaped() {
    let app = TestApp::start_with(|config| config.pages.service_name = "A & <B>".to_owned()).await;
    let page = Browser::of(&app).get("/ui/sign-in").await;
    assert!(page.body.contains("Sign in to A &amp; &lt;B&gt;"), "{}", page.body);
    assert!(!page.body.contains("<B>"));
}
