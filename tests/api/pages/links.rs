//! Pages that the links of mails lead to, and those that send mails.

use countersign::mail::MailKind;
use countersign::verification::EmailVerification;

use super::Browser;
use crate::mail::{inbox, token, with_mails};
use crate::support::{EMAIL, PASSWORD, TestApp};

const NEW_PASSWORD: &str = "another horse battery";
const INVALID: &str = "<h1>This link is not valid</h1>";

async fn forgot(app: &TestApp, email: &str) -> crate::support::TestResponse {
    Browser::of(app).post("/ui/forgot-password", &[("email", email)]).await
}

#[tokio::test]
async fn forgotten_password_is_set_by_a_link_that_is_opened_ten_times() {
    let app = TestApp::start_with(with_mails).await;
    let mut before = Browser::signed_in(&app).await;
    assert!(Browser::of(&app).get("/ui/sign-in").await.body.contains("/ui/forgot-password"));
    assert_eq!(forgot(&app, EMAIL).await.status, 202);
    let token = token(&app, MailKind::ResetPassword).await;
    let mut browser = Browser::of(&app);
    for _ in 0..10 {
        let page = browser.get(&format!("/ui/reset-password?token={token}")).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains(&format!("name=\"token\" value=\"{token}\"")), "{}", page.body);
    }
    // A rejected password does not use it up.
    for (password, text) in
        [("", "Enter a password."), ("short", "Choose a password of at least 8 characters.")]
    {
        let form = [("token", &*token), ("password", password)];
        let page = browser.post("/ui/reset-password", &form).await;
        assert_eq!(page.status, 400);
        assert!(page.body.contains(text) && page.body.contains(&token), "{}", page.body);
    }
    let form = [("token", &*token), ("password", NEW_PASSWORD)];
    let set = browser.post("/ui/reset-password", &form).await;
    assert_eq!((set.status, set.header("location")), (303, "/ui/account?done=password"));
    assert!(browser.is_signed_in().await && !before.is_signed_in().await);
    assert_eq!(app.login(EMAIL, NEW_PASSWORD).await.status, 200);
    let again = Browser::of(&app).post("/ui/reset-password", &form).await;
    assert_eq!(again.status, 400);
    assert!(again.body.contains(INVALID) && again.body.contains("Request a new one."));
}

#[tokio::test]
async fn forgotten_password_page_does_not_tell_who_has_an_account() {
    let app = TestApp::start_with(with_mails).await;
    let (known, unknown) = (forgot(&app, EMAIL).await, forgot(&app, "nobody@example.com").await);
    assert_eq!((known.status, &known.body), (unknown.status, &unknown.body));
    let malformed = forgot(&app, "nobody").await;
    assert_eq!(malformed.status, 400);
    assert!(malformed.body.contains("Enter an e-mail address in the form"), "{}", malformed.body);
}

#[tokio::test]
async fn altered_foreign_or_missing_token_is_rejected_with_advice() {
    let app = TestApp::start_with(with_mails).await;
    forgot(&app, EMAIL).await;
    let token = token(&app, MailKind::ResetPassword).await;
    let altered = format!("{}x", &token[..token.len() - 1]);
    for path in [
        "/ui/reset-password",
        "/ui/accept-invitation",
        "/ui/verify-email",
        "/ui/confirm-email",
        "/ui/undo-email-change",
    ] {
        let mut browser = Browser::of(&app);
        assert!(browser.get(path).await.body.contains(INVALID), "{path}");
        // That of a forgotten password is foreign to all other pages.
        let foreign = if path == "/ui/reset-password" { "" } else { &*token };
        for token in [&*altered, "", "<b>", foreign] {
            let form = [("token", token), ("password", NEW_PASSWORD)];
            let page = browser.post(path, &form).await;
            assert_eq!(page.status, 400, "{path}");
            assert!(page.body.contains(INVALID) && !page.body.contains("<b>"), "{}", page.body);
        }
        let page = browser.get(&format!("{path}?token=%3Cb%3E\"")).await;
        assert!(!page.body.contains("<b>"), "{}", page.body);
    }
    // It was used by none of them.
    let form = [("token", &*token), ("password", NEW_PASSWORD)];
    assert_eq!(Browser::of(&app).post("/ui/reset-password", &form).await.status, 303);
}

#[tokio::test]
async fn address_is_verified_by_the_button_of_the_page() {
    let app = TestApp::start_with(with_mails).await;
    let mut browser = Browser::of(&app);
    let form = [("email", "ann@example.com"), ("password", "correct horse battery")];
    browser.post("/ui/sign-up", &form).await;
    assert!(browser.get("/ui/account").await.body.contains("Not confirmed"));
    let sent = browser.post("/ui/verify-email/request", &[]).await;
    assert_eq!(sent.header("location"), "/ui/account?done=verify");
    let token = token(&app, MailKind::VerifyEmail).await;
    for _ in 0..10 {
        assert_eq!(browser.get(&format!("/ui/verify-email?token={token}")).await.status, 200);
    }
    assert!(browser.get("/ui/account").await.body.contains("Not confirmed"));
    let page = browser.post("/ui/verify-email", &[("token", &token)]).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("ann@example.com belongs to your account."), "{}", page.body);
    assert!(browser.get("/ui/account").await.body.contains(">Confirmed<"));
}

#[tokio::test]
async fn required_verification_answers_known_and_unknown_addresses_alike() {
    let app = TestApp::start_with(|config| {
        with_mails(config);
        config.accounts.verification = EmailVerification::Required;
    })
    .await;
    let sign_up = async |email| {
        let form = [("email", email), ("password", "correct horse battery")];
        let page = Browser::of(&app).post("/ui/sign-up", &form).await;
        assert_eq!(page.status, 202);
        assert!(page.headers.get("set-cookie").is_none());
        page.body
    };
    assert_eq!(sign_up("ann@example.com").await, sign_up(EMAIL).await);
    let mut browser = Browser::of(&app);
    let page = browser.sign_in("ann@example.com", "correct horse battery").await;
    assert_eq!(page.status, 403);
    assert!(page.body.contains("Your e-mail address is not verified yet."), "{}", page.body);
    let token = token(&app, MailKind::VerifyEmail).await;
    browser.post("/ui/verify-email", &[("token", &token)]).await;
    let signed_in = browser.sign_in("ann@example.com", "correct horse battery").await;
    assert_eq!(signed_in.status, 303);
}

#[tokio::test]
async fn change_of_address_is_confirmed_and_undone_by_pages() {
    let app = TestApp::start_with(with_mails).await;
    let mut browser = Browser::signed_in(&app).await;
    for (email, password, text) in [
        (EMAIL, PASSWORD, "This is your address already."),
        ("nobody", PASSWORD, "Enter an e-mail address in the form"),
        ("new@example.com", "wrong", "The password is wrong."),
        ("new@example.com", "", "Enter a password."),
    ] {
        let form = [("email", email), ("password", password)];
        let page = browser.post("/ui/change-email", &form).await;
        assert_eq!(page.status, 400, "{text}");
        assert!(page.body.contains(text), "{}", page.body);
    }
    let form = [("email", "new@example.com"), ("password", PASSWORD)];
    assert_eq!(browser.post("/ui/change-email", &form).await.status, 202);
    let confirm = token(&app, MailKind::ConfirmEmail).await;
    assert_eq!(browser.get(&format!("/ui/confirm-email?token={confirm}")).await.status, 200);
    assert!(browser.get("/ui/account").await.body.contains(EMAIL));
    let page = browser.post("/ui/confirm-email", &[("token", &confirm)]).await;
    assert!(page.body.contains("From now on you sign in with new@example.com."), "{}", page.body);
    assert!(browser.get("/ui/account").await.body.contains("new@example.com"));
    let undo = token(&app, MailKind::EmailChanged).await;
    let page = browser.post("/ui/undo-email-change", &[("token", &undo)]).await;
    assert!(page.body.contains(&format!("You sign in with {EMAIL} again.")), "{}", page.body);
    assert!(!browser.is_signed_in().await);
    assert!(!inbox(&app).await.is_empty());
}

#[tokio::test]
async fn pages_that_send_mails_are_404s_where_none_are_sent() {
    let app = TestApp::start().await;
    let mut browser = Browser::signed_in(&app).await;
    let form = [("email", EMAIL), ("password", PASSWORD)];
    for path in ["/ui/forgot-password", "/ui/change-email"] {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
        assert_eq!(browser.post(path, &form).await.status, 404, "{path}");
    }
    assert_eq!(browser.post("/ui/verify-email/request", &[]).await.status, 404);
    assert_eq!(browser.get("/ui/inbox").await.status, 404);
    assert!(!browser.get("/ui/account").await.body.contains("/ui/change-email"));
    assert!(!Browser::of(&app).get("/ui/sign-in").await.body.contains("/ui/forgot-password"));
}
