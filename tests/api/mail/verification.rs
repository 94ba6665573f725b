//! `POST /verify-email`, `POST /verify-email/request`, `POST /register`

use countersign::config::Config;
use countersign::mail::MailKind;
use countersign::verification::EmailVerification;

use super::{GOOD, INVALID_LINK, MAIL_SENT, inbox, post, register, sent, token, with_mails};
use crate::support::{EMAIL, PASSWORD, Session, TestApp, TestResponse};

const NEW: &str = "new@example.com";

fn required(config: &mut Config) {
    with_mails(config);
    config.accounts.verification = EmailVerification::Required;
}

async fn is_verified(app: &TestApp, access: &str) -> bool {
    let answer = TestResponse::of(app.get("/userinfo").bearer_auth(access)).await;
    answer.json()["email_verified"].as_bool().unwrap()
}

async fn registration_sends_a_link_that_verifies_the_address(app: &TestApp) {
    let session = Session::of(&register(app, NEW).await, "token");
    assert!(!is_verified(app, &session.access).await);
    assert_eq!(sent(app).await, [("verify-email", NEW.to_owned())]);
    let token = token(app, MailKind::VerifyEmail).await;
    // A scanner that opens the link.
    for _ in 0..10 {
        let opened = TestResponse::of(app.get(&format!("/verify-email?token={token}"))).await;
        assert_eq!(opened.status, 405);
    }
    let answer = post(app, "/verify-email", &[("token", &token)]).await;
    let verified = r#"{"email": "new@example.com", "email_verified": true}"#;
    assert_eq!((answer.status, answer.body.as_str()), (200, verified));
    assert!(is_verified(app, &session.access).await);
    let again = post(app, "/verify-email", &[("token", &token)]).await;
    assert_eq!((again.status, again.body.as_str()), (400, INVALID_LINK));
}

async fn another_link_replaces_the_first_one(app: &TestApp) {
    register(app, NEW).await;
    let first = token(app, MailKind::VerifyEmail).await;
    let answer = post(app, "/verify-email/request", &[("email", NEW)]).await;
    assert_eq!((answer.status, answer.body.as_str()), (202, MAIL_SENT));
    let second = token(app, MailKind::VerifyEmail).await;
    assert_ne!(first, second);
    assert_eq!(post(app, "/verify-email", &[("token", &first)]).await.status, 400);
    assert_eq!(post(app, "/verify-email", &[("token", &second)]).await.status, 200);
    // No link to an address that is verified, or that has no account.
    for email in [NEW, EMAIL, "nobody@example.com"] {
        let answer = post(app, "/verify-email/request", &[("email", email)]).await;
        assert_eq!((answer.status, answer.body.as_str()), (202, MAIL_SENT), "{email}");
    }
    assert_eq!(inbox(app).await.len(), 2);
}

async fn link_is_valid_until_it_expires(app: &TestApp) {
    register(app, NEW).await;
    let first = token(app, MailKind::VerifyEmail).await;
    app.advance_clock(24 * 3600 - 1);
    assert_eq!(post(app, "/verify-email", &[("token", &first)]).await.status, 200);
    register(app, "late@example.com").await;
    let second = token(app, MailKind::VerifyEmail).await;
    app.advance_clock(24 * 3600);
    let answer = post(app, "/verify-email", &[("token", &second)]).await;
    assert_eq!((answer.status, answer.body.as_str()), (400, INVALID_LINK));
}

async fn altered_or_foreign_token_is_rejected(app: &TestApp) {
    register(app, NEW).await;
    let verify = token(app, MailKind::VerifyEmail).await;
    post(app, "/forgot-password", &[("email", NEW)]).await;
    let reset = token(app, MailKind::ResetPassword).await;
    let reversed: String = verify.chars().rev().collect();
    let mut altered = verify.clone().into_bytes();
    altered[20] = if altered[20] == b'A' { b'B' } else { b'A' };
    let altered = String::from_utf8(altered).unwrap();
    for wrong in [reset.as_str(), &reversed, &altered, &verify[1..], &format!("{verify}="), "x"] {
        let answer = post(app, "/verify-email", &[("token", wrong)]).await;
        assert_eq!((answer.status, answer.body.as_str()), (400, INVALID_LINK), "{wrong}");
    }
    let form = [("token", verify.as_str()), ("password", GOOD)];
    for path in ["/reset-password", "/accept-invitation"] {
        assert_eq!(post(app, path, &form).await.status, 400, "{path}");
    }
    for path in ["/change-email/confirm", "/change-email/undo"] {
        assert_eq!(post(app, path, &[("token", &verify)]).await.status, 400, "{path}");
    }
    assert_eq!(post(app, "/verify-email", &[("token", &verify)]).await.status, 200);
}

on_every_store!(with super::with_mails;
    registration_sends_a_link_that_verifies_the_address,
    another_link_replaces_the_first_one,
    link_is_valid_until_it_expires,
    altered_or_foreign_token_is_rejected,
);

mod where_verification_is_required {
    use super::*;

    async fn registration_does_not_tell_whether_the_address_has_an_account(app: &TestApp) {
        let new = register(app, NEW).await;
        assert_eq!((new.status, new.body.as_str()), (202, MAIL_SENT));
        let known = register(app, EMAIL).await;
        assert_eq!((known.status, &known.body), (new.status, &new.body));
        let names = |answer: &TestResponse| {
            let mut names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
            names.sort();
            names
        };
        assert_eq!(names(&known), names(&new));
        let unverified = register(app, NEW).await;
        assert_eq!((unverified.status, &unverified.body), (new.status, &new.body));
        let expected =
            [("verify-email", NEW), ("already-registered", EMAIL), ("verify-email", NEW)];
        assert_eq!(sent(app).await, expected.map(|(kind, to)| (kind, to.to_owned())));
        // The password of the account stays as it is.
        assert_eq!(app.login(EMAIL, PASSWORD).await.status, 200);
        assert_eq!(app.login(EMAIL, GOOD).await.status, 400);
    }

    async fn user_logs_in_once_the_address_is_verified(app: &TestApp) {
        register(app, NEW).await;
        let first = token(app, MailKind::VerifyEmail).await;
        let rejected = app.login(NEW, GOOD).await;
        assert_eq!(rejected.status, 403);
        assert!(rejected.body.contains("E-mail address not verified"), "{}", rejected.body);
        // A wrong password is rejected as that of any other account.
        let wrong = app.login(NEW, "wrong").await;
        assert_eq!((wrong.status, wrong.body.contains("Wrong credentials")), (400, true));
        // The login has sent another link, and the first one is no longer valid.
        assert_eq!(post(app, "/verify-email", &[("token", &first)]).await.status, 400);
        let second = token(app, MailKind::VerifyEmail).await;
        assert_eq!(post(app, "/verify-email", &[("token", &second)]).await.status, 200);
        assert_eq!(app.login(NEW, GOOD).await.status, 200);
    }

    on_every_store!(with super::required;
        registration_does_not_tell_whether_the_address_has_an_account,
        user_logs_in_once_the_address_is_verified,
    );
}

#[tokio::test]
async fn route_that_sends_mails_says_that_they_are_off() {
    let app = TestApp::start().await;
    let token = app.token().await;
    for path in ["/forgot-password", "/verify-email/request"] {
        let answer = post(&app, path, &[("email", EMAIL)]).await;
        assert_eq!((answer.status, answer.body.contains("sends no mails")), (501, true), "{path}");
    }
    let form = [("email", NEW), ("password", PASSWORD)];
    let answer = TestResponse::of(app.post("/change-email").bearer_auth(token).form(&form)).await;
    assert_eq!(answer.status, 501);
}
