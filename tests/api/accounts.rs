//! `POST /register`, `POST /change-password`, `DELETE /account`, `GET /readyz`

use std::io::Write;

use countersign::domain::UserId;
use countersign::password::{BreachedPasswords, PasswordPolicy};
use rstest::rstest;
use serde_json::json;
use tokio::task::JoinSet;

use crate::support::{
    AUTH_REQUIRED, EMAIL, PASSWORD, SECRET, START, TOKEN_IS_INVALID, TestApp, TestResponse,
    WRONG_CREDENTIALS,
};

const GOOD: &str = "correct horse battery";

async fn register(app: &TestApp, email: &str, password: &str) -> TestResponse {
    let form = [("email", email), ("password", password)];
    TestResponse::of(app.post("/register").form(&form)).await
}

async fn change_password(app: &TestApp, token: &str, current: &str, new: &str) -> TestResponse {
    let form = [("current_password", current), ("new_password", new)];
    TestResponse::of(app.post("/change-password").bearer_auth(token).form(&form)).await
}

async fn delete_account(app: &TestApp, token: &str, password: &str) -> TestResponse {
    let request = app.client.delete(app.url("/account")).bearer_auth(token);
    TestResponse::of(request.json(&json!({"password": password}))).await
}

fn token(answer: &TestResponse) -> String {
    answer.json()["token"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

#[tokio::test]
async fn a_stranger_registers_and_is_logged_in() {
    let app = TestApp::start().await;
    let answer = register(&app, " New@Example.com", GOOD).await;
    assert_eq!(answer.status, 201);
    let who = app.get_user(&token(&answer)).await;
    assert_eq!(who.body, r#"{"user": "User id=2: <new@example.com, is_admin=False>"}"#);
    assert_eq!(app.login("new@example.com", GOOD).await.status, 200);
}

#[tokio::test]
async fn an_address_that_is_taken_is_a_409_in_any_spelling() {
    let app = TestApp::start().await;
    let answer = register(&app, "USER@email.com", GOOD).await;
    let message = json!({"message": "E-mail address already registered"});
    assert_eq!((answer.status, answer.json()), (409, message));
    assert_eq!(app.login(EMAIL, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn of_racing_registrations_exactly_one_wins() {
    let app = TestApp::start().await;
    let mut racing = JoinSet::new();
    for _ in 0..16 {
        let form = [("email", "a@example.com"), ("password", GOOD)];
        racing.spawn(app.post("/register").form(&form).send());
    }
    let mut statuses: Vec<_> = racing
        .join_all()
        .await
        .into_iter()
        .map(|answer| answer.unwrap().status().as_u16())
        .collect();
    statuses.sort_unstable();
    assert_eq!((statuses[0], statuses.iter().filter(|status| **status == 409).count()), (201, 15));
}

#[tokio::test]
async fn closed_registration_is_a_403() {
    let app = TestApp::start_with(|config| config.accounts.open_registration = false).await;
    let answer = register(&app, "new@example.com", GOOD).await;
    assert_eq!((answer.status, answer.json()), (403, json!({"message": "Registration is closed"})));
}

#[rstest]
#[case::no_address("new", GOOD, "email is not an e-mail address")]
#[case::short("new@example.com", "1234567", "password has fewer than 8 characters")]
#[case::common(
    "new@example.com",
    "Password",
    "password is too common, or similar to a common one; add another word or two"
)]
#[case::address(
    "new@example.com",
    "New@Example.com",
    "password is the e-mail address or a part of it"
)]
#[tokio::test]
async fn invalid_registration_is_rejected_with_its_reason(
    #[case] email: &str,
    #[case] password: &str,
    #[case] message: &str,
) {
    let app = TestApp::start().await;
    let answer = register(&app, email, password).await;
    assert_eq!((answer.status, answer.json()), (400, json!({"message": message})));
}

#[tokio::test]
async fn breached_password_is_rejected_and_an_unreadable_list_is_a_503() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    // The SHA-1 of `correct horse battery`.
    writeln!(file, "98DECC62ECE399A22ED30D490EF333BE7FDE7385:3").unwrap();
    let list = BreachedPasswords::open(file.path()).unwrap();
    let app = TestApp::start_with(|config| {
        config.accounts.policy = PasswordPolicy::default().with_breached(Some(list));
    })
    .await;
    let token = app.token().await;
    let message = "password is on a list of breached passwords; choose another one";
    let rejected = (400, json!({"message": message}));
    let registered = register(&app, "new@example.com", GOOD).await;
    assert_eq!((registered.status, registered.json()), rejected);
    let changed = change_password(&app, &token, PASSWORD, GOOD).await;
    assert_eq!((changed.status, changed.json()), rejected);
    file.as_file().set_len(0).unwrap();
    let other = "another horse battery";
    let registered = register(&app, "new@example.com", other).await;
    let unavailable = json!({"message": "Temporarily unavailable, try again later"});
    assert_eq!((registered.status, registered.json()), (503, unavailable));
    assert_eq!(change_password(&app, &token, PASSWORD, other).await.status, 503);
    // A login reads no list.
    assert_eq!(app.login(EMAIL, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn spellings_of_one_password_are_one_password() {
    let app = TestApp::start().await;
    // Composed and decomposed, as different keyboards send it.
    assert_eq!(register(&app, "new@example.com", "pa\u{df}w\u{f6}rter").await.status, 201);
    assert_eq!(app.login("new@example.com", "pa\u{df}wo\u{308}rter").await.status, 200);
}

#[tokio::test]
async fn a_changed_password_ends_the_tokens_from_before_and_gives_a_new_one() {
    let app = TestApp::start().await;
    let (first, second) = (app.token().await, app.token().await);
    let answer = change_password(&app, &first, PASSWORD, GOOD).await;
    assert_eq!(answer.status, 200);
    for old in [&first, &second] {
        assert_eq!(app.get_user(old).await.contract(), TOKEN_IS_INVALID);
    }
    // All of it happened in one and the same millisecond.
    assert_eq!(app.get_user(&token(&answer)).await.status, 200);
    assert_eq!(app.login(EMAIL, PASSWORD).await.contract(), WRONG_CREDENTIALS);
    let login = app.login(EMAIL, GOOD).await;
    assert_eq!(app.get_user(&token(&login)).await.status, 200);
}

#[tokio::test]
async fn password_change_demands_the_current_one_and_the_policy() {
    let app = TestApp::start().await;
    let token = app.token().await;
    let wrong = change_password(&app, &token, "passwore", GOOD).await;
    assert_eq!(wrong.contract(), WRONG_CREDENTIALS);
    let common = change_password(&app, &token, PASSWORD, "password1").await;
    assert_eq!(
        common.json(),
        json!({"message": "password is too common, or similar to a common one; add another word or two"})
    );
    let form = [("current_password", PASSWORD)];
    let missing = app.post("/change-password").bearer_auth(&token).form(&form);
    assert_eq!(
        TestResponse::of(missing).await.json(),
        json!({"message": "new_password is missing"})
    );
    let anonymous = app.post("/change-password").form(&form);
    assert_eq!(TestResponse::of(anonymous).await.contract(), AUTH_REQUIRED);
    assert_eq!(app.get_user(&token).await.status, 200);
}

#[tokio::test]
async fn of_racing_changes_one_wins() {
    let app = TestApp::start().await;
    let token = app.token().await;
    let mut racing = JoinSet::new();
    for number in 0..8 {
        let new = format!("correct horse {number}");
        let form = [("current_password", PASSWORD.to_owned()), ("new_password", new)];
        racing.spawn(app.post("/change-password").bearer_auth(&token).form(&form).send());
    }
    let won = racing.join_all().await.into_iter().filter(|a| a.as_ref().unwrap().status() == 200);
    assert_eq!(won.count(), 1);
}

#[tokio::test]
async fn an_account_goes_with_its_password_and_its_tokens_with_it() {
    let app = TestApp::start().await;
    let token = app.token().await;
    let wrong = delete_account(&app, &token, "passwore").await;
    assert_eq!(wrong.contract(), WRONG_CREDENTIALS);
    let answer = delete_account(&app, &token, PASSWORD).await;
    assert_eq!((answer.status, &*answer.body), (204, ""));
    assert_eq!(app.get_user(&token).await.contract(), TOKEN_IS_INVALID);
    assert_eq!(app.login(EMAIL, PASSWORD).await.contract(), WRONG_CREDENTIALS);
    let again = register(&app, EMAIL, GOOD).await;
    assert!(app.get_user(&self::token(&again)).await.body.contains("id=2"));
    assert_eq!(app.get_user(&token).await.contract(), TOKEN_IS_INVALID);
}

/// Some proxies drop the body of a `DELETE`.
#[tokio::test]
async fn account_is_deleted_by_a_post_as_well() {
    let app = TestApp::start().await;
    let token = app.token().await;
    let delete = async |password: &str| {
        let request = app.post("/account/delete").bearer_auth(&token);
        TestResponse::of(request.form(&[("password", password)])).await
    };
    assert_eq!(delete("passwore").await.contract(), WRONG_CREDENTIALS);
    let answer = delete(PASSWORD).await;
    assert_eq!((answer.status, &*answer.body), (204, ""));
    assert_eq!(app.login(EMAIL, PASSWORD).await.contract(), WRONG_CREDENTIALS);
    assert_eq!(delete(PASSWORD).await.contract(), TOKEN_IS_INVALID);
    let anonymous = app.post("/account/delete").form(&[("password", PASSWORD)]);
    assert_eq!(TestResponse::of(anonymous).await.contract(), AUTH_REQUIRED);
    let listed = TestResponse::of(app.get("/account/delete")).await;
    assert_eq!((listed.status, listed.header("allow")), (405, "POST"));
}

#[tokio::test]
async fn disabled_user_is_rejected_at_once_until_enabled() {
    let app = TestApp::start().await;
    let token = app.token().await;
    app.set_disabled(UserId(1), true).await;
    assert_eq!(app.get_user(&token).await.contract(), TOKEN_IS_INVALID);
    assert_eq!(app.login(EMAIL, PASSWORD).await.contract(), WRONG_CREDENTIALS);
    app.set_disabled(UserId(1), false).await;
    assert_eq!(app.get_user(&token).await.contract(), TOKEN_IS_INVALID);
    assert_eq!(app.get_user(&app.token().await).await.status, 200);
}

/// They belong to no session that could have ended.
#[tokio::test]
async fn enabling_revives_no_token_of_another_program() {
    let app = TestApp::start().await;
    let key = jsonwebtoken::EncodingKey::from_secret(SECRET.as_bytes());
    let issued_at = |time: i64| {
        let claims = json!({"user_id": 1, "exp": START + 3600, "iat": time});
        jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims, &key).unwrap()
    };
    let without_iat = json!({"user_id": 1, "exp": START + 3600});
    let without_iat =
        jsonwebtoken::encode(&jsonwebtoken::Header::default(), &without_iat, &key).unwrap();
    let before = issued_at(START);
    assert_eq!(app.get_user(&before).await.status, 200);
    assert_eq!(app.get_user(&without_iat).await.status, 200);
    app.advance_clock(10);
    app.set_disabled(UserId(1), true).await;
    app.advance_clock(10);
    let meanwhile = issued_at(START + 20);
    app.advance_clock(10);
    app.set_disabled(UserId(1), false).await;
    for token in [&before, &without_iat, &meanwhile] {
        assert_eq!(app.get_user(token).await.contract(), TOKEN_IS_INVALID);
    }
    app.advance_clock(10);
    assert_eq!(app.get_user(&issued_at(START + 40)).await.status, 200);
}

#[tokio::test]
async fn service_is_ready_while_its_store_responds() {
    let app = TestApp::start().await;
    let answer = TestResponse::of(app.get("/readyz")).await;
    assert_eq!((answer.status, &*answer.body), (200, r#"{"status": "ready"}"#));
}
