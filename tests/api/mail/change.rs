//! `POST /change-email`, its confirmation, and its undoing

use countersign::mail::MailKind;

use super::{GOOD, INVALID_LINK, MAIL_SENT, inbox, post, register, sent, token, with_mails};
use crate::support::{EMAIL, PASSWORD, Session, TestApp, TestResponse};

const NEW: &str = "new@example.com";

async fn request(app: &TestApp, access: &str, email: &str, password: &str) -> TestResponse {
    let form = [("email", email), ("password", password)];
    TestResponse::of(app.post("/change-email").bearer_auth(access).form(&form)).await
}

/// Changes the demo user's address to [`NEW`].
async fn change(app: &TestApp) {
    let answer = request(app, &app.token().await, NEW, PASSWORD).await;
    assert_eq!((answer.status, answer.body.as_str()), (202, MAIL_SENT));
    let link = token(app, MailKind::ConfirmEmail).await;
    let answer = post(app, "/change-email/confirm", &[("token", &link)]).await;
    assert_eq!(answer.body, r#"{"email": "new@example.com", "email_verified": true}"#);
}

async fn change_is_confirmed_at_the_new_address_and_announced_to_the_old_one(app: &TestApp) {
    let session = app.session().await;
    request(app, &session.access, NEW, PASSWORD).await;
    assert_eq!(app.login(NEW, PASSWORD).await.status, 400, "not before the confirmation");
    let link = token(app, MailKind::ConfirmEmail).await;
    assert_eq!(post(app, "/change-email/confirm", &[("token", &link)]).await.status, 200);
    let again = post(app, "/change-email/confirm", &[("token", &link)]).await;
    assert_eq!((again.status, again.body.as_str()), (400, INVALID_LINK));
    let user = app.get_user(&format!("Bearer {}", session.access)).await;
    assert_eq!(user.body, r#"{"user": "User id=1: <new@example.com, is_admin=False>"}"#);
    assert_eq!(app.login(EMAIL, PASSWORD).await.status, 400);
    let expected = [("confirm-email", NEW), ("email-changed", EMAIL)];
    assert_eq!(sent(app).await, expected.map(|(kind, to)| (kind, to.to_owned())));
    assert_eq!(app.login(NEW, PASSWORD).await.status, 200);
}

async fn old_address_undoes_a_change_also_after_a_change_of_password(app: &TestApp) {
    change(app).await;
    let thief = Session::of(&app.login(NEW, PASSWORD).await, "token");
    let undo = token(app, MailKind::EmailChanged).await;
    // Who has taken the account over changes the password and the address once more.
    let form = [("current_password", PASSWORD), ("new_password", GOOD)];
    let changed = app.post("/change-password").bearer_auth(thief.access).form(&form);
    let thief = Session::of(&TestResponse::of(changed).await, "token");
    request(app, &thief.access, "newer@example.com", GOOD).await;
    let confirm = token(app, MailKind::ConfirmEmail).await;
    assert_eq!(post(app, "/change-email/confirm", &[("token", &confirm)]).await.status, 200);
    let answer = post(app, "/change-email/undo", &[("token", &undo)]).await;
    assert_eq!(answer.body, r#"{"email": "user@email.com", "email_verified": true}"#);
    assert_eq!(app.get_user(&format!("Bearer {}", thief.access)).await.status, 400);
    assert_eq!(app.refresh(&thief.refresh).await.status, 400);
    // The owner sets a new password.
    post(app, "/forgot-password", &[("email", EMAIL)]).await;
    let reset = token(app, MailKind::ResetPassword).await;
    let form = [("token", reset.as_str()), ("password", "another good passphrase")];
    assert_eq!(post(app, "/reset-password", &form).await.status, 200);
    let again = post(app, "/change-email/undo", &[("token", &undo)]).await;
    assert_eq!((again.status, again.body.as_str()), (400, INVALID_LINK));
}

async fn change_requires_the_password_and_another_free_address(app: &TestApp) {
    let access = app.token().await;
    register(app, "taken@example.com").await;
    let before = inbox(app).await.len();
    for (email, password, status, message) in [
        (NEW, "wrong", 400, "Wrong credentials"),
        ("USER@email.com", PASSWORD, 400, "email is the address of the account already"),
        ("nobody", PASSWORD, 400, "email is not an e-mail address"),
        ("taken@example.com", PASSWORD, 409, "already registered"),
    ] {
        let answer = request(app, &access, email, password).await;
        assert_eq!(answer.status, status, "{email} {answer:?}");
        assert!(answer.body.contains(message), "{email} {answer:?}");
    }
    let form = [("email", NEW), ("password", PASSWORD)];
    assert_eq!(post(app, "/change-email", &form).await.status, 401);
    assert_eq!(inbox(app).await.len(), before);
}

async fn address_that_is_taken_meanwhile_is_a_conflict(app: &TestApp) {
    request(app, &app.token().await, NEW, PASSWORD).await;
    let link = token(app, MailKind::ConfirmEmail).await;
    let owner = Session::of(&register(app, NEW).await, "token");
    let answer = post(app, "/change-email/confirm", &[("token", &link)]).await;
    assert_eq!((answer.status, answer.body.contains("already registered")), (409, true));
    assert_eq!(app.login(EMAIL, PASSWORD).await.status, 200);
    // Nothing has changed: the link is valid as soon as the address is free.
    let deletion = app.delete("/account").bearer_auth(owner.access).form(&[("password", GOOD)]);
    assert_eq!(TestResponse::of(deletion).await.status, 204);
    assert_eq!(post(app, "/change-email/confirm", &[("token", &link)]).await.status, 200);
    assert_eq!(app.login(NEW, PASSWORD).await.status, 200);
}

on_every_store!(with super::with_mails;
    change_is_confirmed_at_the_new_address_and_announced_to_the_old_one,
    old_address_undoes_a_change_also_after_a_change_of_password,
    change_requires_the_password_and_another_free_address,
    address_that_is_taken_meanwhile_is_a_conflict,
);
