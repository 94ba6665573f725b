//! `POST /forgot-password`, `POST /reset-password`, `POST /accept-invitation`

use countersign::audit::AuditFilter;
use countersign::domain::{AuditKind, Email, RequestContext, UserId};
use countersign::mail::MailKind;
use countersign::store::{AuditRecord, StoreError};

use super::{GOOD, INVALID_LINK, MAIL_SENT, inbox, post, sent, token, with_mails};
use crate::support::{EMAIL, PASSWORD, Session, TestApp, TestResponse};

async fn forgot(app: &TestApp, email: &str) -> TestResponse {
    post(app, "/forgot-password", &[("email", email)]).await
}

async fn reset(app: &TestApp, token: &str, password: &str) -> TestResponse {
    post(app, "/reset-password", &[("token", token), ("password", password)]).await
}

async fn response_does_not_tell_whether_the_address_has_an_account(app: &TestApp) {
    super::register(app, "disabled@example.com").await;
    app.set_disabled(UserId(2), true).await;
    for email in [EMAIL, "nobody@example.com", "disabled@example.com"] {
        let answer = forgot(app, email).await;
        assert_eq!((answer.status, answer.body.as_str()), (202, MAIL_SENT), "{email}");
    }
    let expected = [
        ("verify-email", "disabled@example.com"),
        ("account-disabled", "disabled@example.com"),
        ("reset-password", EMAIL),
    ];
    assert_eq!(sent(app).await, expected.map(|(kind, to)| (kind, to.to_owned())));
    let malformed = forgot(app, "nobody").await;
    assert_eq!((malformed.status, malformed.body.contains("email is not")), (400, true));
}

async fn reset_sets_the_password_and_logs_in(app: &TestApp) {
    let before = app.session().await;
    forgot(app, EMAIL).await;
    let token = token(app, MailKind::ResetPassword).await;
    let answer = reset(app, &token, GOOD).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("set-cookie").contains("device"), "{answer:?}");
    let session = Session::of(&answer, "token");
    assert_eq!(app.get_user(&format!("Bearer {}", session.access)).await.status, 200);
    // All other sessions have ended.
    assert_eq!(app.get_user(&format!("Bearer {}", before.access)).await.status, 400);
    assert_eq!(app.refresh(&before.refresh).await.status, 400);
    assert_eq!(app.login(EMAIL, PASSWORD).await.status, 400);
    assert_eq!(app.login(EMAIL, GOOD).await.status, 200);
    let used = reset(app, &token, "another good passphrase").await;
    assert_eq!((used.status, used.body.as_str()), (400, INVALID_LINK));
    let mut kinds = Vec::new();
    let each = |record: AuditRecord| {
        kinds.push(record.event.kind);
        Ok::<_, StoreError>(())
    };
    app.app.audit.list(AuditFilter::default(), each).await.unwrap();
    assert!(kinds.contains(&AuditKind::PasswordResetRequested));
    assert!(kinds.contains(&AuditKind::PasswordReset));
}

async fn rejected_password_does_not_use_the_link_up(app: &TestApp) {
    // The hash is that of the configured cost from now on.
    app.login(EMAIL, PASSWORD).await;
    forgot(app, EMAIL).await;
    let token = token(app, MailKind::ResetPassword).await;
    for weak in ["short", "password1"] {
        assert_eq!(reset(app, &token, weak).await.status, 400);
    }
    assert_eq!(app.login(EMAIL, PASSWORD).await.status, 200);
    assert_eq!(reset(app, &token, GOOD).await.status, 200);
}

async fn link_is_invalid_after_a_change_of_password_or_address_or_status(app: &TestApp) {
    forgot(app, EMAIL).await;
    let link = token(app, MailKind::ResetPassword).await;
    let form = [("current_password", PASSWORD), ("new_password", GOOD)];
    let access = app.token().await;
    let change = app.post("/change-password").bearer_auth(access).form(&form);
    let session = Session::of(&TestResponse::of(change).await, "token");
    assert_eq!(reset(app, &link, "another good passphrase").await.status, 400);
    forgot(app, EMAIL).await;
    let link = token(app, MailKind::ResetPassword).await;
    app.set_disabled(UserId(1), true).await;
    assert_eq!(reset(app, &link, "another good passphrase").await.status, 400);
    app.set_disabled(UserId(1), false).await;
    drop(session);
    // The link is that of the account again, and expires after an hour.
    app.advance_clock(3600);
    assert_eq!(reset(app, &link, "another good passphrase").await.status, 400);
}

async fn address_is_verified_by_a_reset(app: &TestApp) {
    super::register(app, "new@example.com").await;
    forgot(app, "new@example.com").await;
    let link = token(app, MailKind::ResetPassword).await;
    let session = Session::of(&reset(app, &link, "another good passphrase").await, "token");
    let userinfo = TestResponse::of(app.get("/userinfo").bearer_auth(session.access)).await;
    assert_eq!(userinfo.json()["email_verified"], true);
}

async fn invited_user_sets_the_first_password(app: &TestApp) {
    let email = Email::parse("invited@example.com").unwrap();
    let context = RequestContext::default();
    let account = app.app.invite.create(email, true, Some(&context)).await.unwrap();
    assert!(account.password_hash.is_none() && account.user.is_admin);
    let first = token(app, MailKind::Invitation).await;
    assert!(app.app.invite.send(&account, Some(&context)).await.unwrap());
    let second = token(app, MailKind::Invitation).await;
    let accept = async |token: &str| {
        post(app, "/accept-invitation", &[("token", token), ("password", GOOD)]).await
    };
    assert_eq!(accept(&first).await.status, 400);
    assert_eq!(reset(app, &second, GOOD).await.status, 400);
    app.advance_clock(7 * 24 * 3600 - 1);
    assert_eq!(accept(&second).await.status, 200);
    assert_eq!(accept(&second).await.status, 400);
    assert_eq!(app.login("invited@example.com", GOOD).await.status, 200);
    assert_eq!(inbox(app).await.len(), 3, "two invitations, and the notice of a new device");
}

on_every_store!(with super::with_mails;
    response_does_not_tell_whether_the_address_has_an_account,
    reset_sets_the_password_and_logs_in,
    rejected_password_does_not_use_the_link_up,
    link_is_invalid_after_a_change_of_password_or_address_or_status,
    address_is_verified_by_a_reset,
    invited_user_sets_the_first_password,
);
