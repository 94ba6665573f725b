//! What forms respond, and how their errors are shown.

use super::{Browser, set_cookie};
use crate::support::{EMAIL, PASSWORD, TestApp, TestResponse};

/// Asserts that an error is in the summary, and beside its field.
fn assert_error(page: &TestResponse, status: u16, field: &str, text: &str) {
    assert_eq!(page.status, status, "{}", page.body);
    let body = &page.body;
    assert!(body.contains("<title>Error: "), "{body}");
    assert!(body.contains(&format!("<a href=\"#{field}\">{text}</a>")), "{body}");
    assert!(body.contains(&format!("id=\"{field}-error\">{text}")), "{body}");
    let input = body.split("<input ").find(|it| it.starts_with(&format!("id=\"{field}\"")));
    let input = input.unwrap().split('>').next().unwrap();
    assert!(input.contains("aria-invalid=\"true\""), "{input}");
    let described = input.split("aria-describedby=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(described.split(' ').any(|id| id == format!("{field}-error")), "{described}");
}

#[tokio::test]
async fn wrong_credentials_are_one_error_for_known_and_unknown_addresses() {
    let app = TestApp::start().await;
    let text = "The e-mail address or the password is wrong.";
    let mut bodies = Vec::new();
    for email in [EMAIL, "nobody@example.com"] {
        for password in ["wrong", ""] {
            let page = Browser::of(&app).sign_in(email, password).await;
            assert_error(&page, 400, "email", text);
            assert!(page.headers.get("set-cookie").is_none());
            assert!(!page.body.contains("wrong\""), "the password is not in the form");
            bodies.push(page.body.replace(email, ""));
        }
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]));
}

#[tokio::test]
async fn sign_in_is_throttled_as_the_api_is() {
    let app = TestApp::start().await;
    for _ in 0..5 {
        assert_eq!(app.login(EMAIL, "wrong").await.status, 400);
    }
    let page = Browser::of(&app).sign_in(EMAIL, PASSWORD).await;
    assert_eq!(page.status, 429);
    assert!(page.header("retry-after").parse::<u32>().unwrap() > 0);
    assert!(page.body.contains("There were too many attempts."), "{}", page.body);
    assert!(page.body.contains(r#"<form method="post" action="/ui/sign-in">"#));
}

#[tokio::test]
async fn known_device_may_sign_in_while_others_are_throttled() {
    let app = TestApp::start().await;
    let mut known = Browser::signed_in(&app).await;
    known.post("/ui/sign-out", &[]).await;
    for _ in 0..5 {
        assert_eq!(app.login(EMAIL, "wrong").await.status, 400);
    }
    assert_eq!(Browser::of(&app).sign_in(EMAIL, PASSWORD).await.status, 429);
    assert_eq!(known.sign_in(EMAIL, PASSWORD).await.status, 303);
}

#[tokio::test]
async fn sign_up_says_what_is_wrong_at_its_field() {
    let app = TestApp::start().await;
    for (email, password, status, field, text) in [
        (
            "nobody",
            "correct horse battery",
            400,
            "email",
            "Enter an e-mail address in the form name@example.com.",
        ),
        (
            EMAIL,
            "correct horse battery",
            409,
            "email",
            "There is an account with this e-mail address. Sign in instead.",
        ),
        ("a@example.com", "", 400, "password", "Enter a password."),
        ("a@example.com", "short", 400, "password", "Choose a password of at least 8 characters."),
        (
            "a@example.com",
            "password1",
            400,
            "password",
            "This password is easy to guess. Add another word or two.",
        ),
        (
            "a.longname@example.com",
            "a.longname@example.com",
            400,
            "password",
            "Choose a password that is not part of your e-mail address.",
        ),
    ] {
        let form = [("email", email), ("password", password)];
        let page = Browser::of(&app).post("/ui/sign-up", &form).await;
        assert_error(&page, status, field, text);
    }
}

#[tokio::test]
async fn closed_registration_has_no_page() {
    let app = TestApp::start_with(|config| config.accounts.open_registration = false).await;
    let mut browser = Browser::of(&app);
    assert_eq!(browser.get("/ui/sign-up").await.status, 404);
    let form = [("email", "a@example.com"), ("password", "correct horse battery")];
    assert_eq!(browser.post("/ui/sign-up", &form).await.status, 404);
    assert!(!browser.get("/ui/sign-in").await.body.contains("/ui/sign-up"));
}

#[tokio::test]
async fn fields_have_labels_and_autocomplete_attributes() {
    let app = TestApp::start().await;
    let mut anonymous = Browser::of(&app);
    let mut browser = Browser::signed_in(&app).await;
    let pages = [
        (anonymous.get("/ui/sign-in").await, vec!["username", "current-password"]),
        (anonymous.get("/ui/sign-up").await, vec!["username", "new-password"]),
        (
            browser.get("/ui/change-password").await,
            vec!["username", "current-password", "new-password"],
        ),
        (browser.get("/ui/delete-account").await, vec!["username", "current-password"]),
    ];
    for (page, autocomplete) in pages {
        let found: Vec<_> = page.body.split("autocomplete=\"").skip(1).collect();
        let found: Vec<_> = found.iter().map(|it| it.split('"').next().unwrap()).collect();
        assert_eq!(found, autocomplete);
        for input in page.body.split("<input id=\"").skip(1) {
            let id = input.split('"').next().unwrap();
            assert!(page.body.contains(&format!("<label for=\"{id}\">")), "{id}");
        }
    }
}

#[tokio::test]
async fn change_of_password_ends_all_other_sessions_and_keeps_this_browser_signed_in() {
    let app = TestApp::start().await;
    let mut browser = Browser::of(&app);
    let form = [("email", EMAIL), ("password", PASSWORD), ("remember", "yes")];
    browser.post("/ui/sign-in", &form).await;
    let mut other = Browser::signed_in(&app).await;
    let before = browser.cookie();
    for (current, new, field, text) in [
        ("wrong", "a new passphrase", "current_password", "The password is wrong."),
        (PASSWORD, "", "new_password", "Enter a password."),
        (PASSWORD, "short", "new_password", "Choose a password of at least 8 characters."),
    ] {
        let form = [("current_password", current), ("new_password", new)];
        let page = browser.post("/ui/change-password", &form).await;
        assert_error(&page, 400, field, text);
    }
    let form = [("current_password", PASSWORD), ("new_password", "a new passphrase")];
    let changed = browser.post("/ui/change-password", &form).await;
    assert_eq!((changed.status, changed.header("location")), (303, "/ui/account?done=password"));
    // Of the same kind.
    let cookie = set_cookie(&changed, super::COOKIE).unwrap();
    assert!(cookie.contains("; Max-Age="), "{cookie}");
    let page = browser.get("/ui/account?done=password").await;
    assert!(page.body.contains("Your password was changed."), "{}", page.body);
    assert!(!other.is_signed_in().await);
    browser.cookies.insert(super::COOKIE.to_owned(), before);
    assert!(!browser.is_signed_in().await);
    assert_eq!(app.login(EMAIL, "a new passphrase").await.status, 200);
}
