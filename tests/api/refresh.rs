//! Sessions that go on by `POST /token`, on every store.

use std::time::Duration;

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;
use tokio::task::JoinSet;

use crate::databases;
use crate::support::{
    DEMO_USER, EMAIL, PASSWORD, Session, TOKEN_IS_INVALID, TestApp, TestResponse, WRONG_CREDENTIALS,
};

const DAY: i64 = 24 * 60 * 60;

fn is_rejected(answer: &TestResponse) -> bool {
    (answer.status, answer.json()["error"].as_str()) == (400, Some("invalid_grant"))
}

async fn is_active(app: &TestApp, access: &str) -> bool {
    app.get_user(access).await.status == 200
}

async fn refresh_rotates_the_token(app: &TestApp) {
    let first = app.session().await;
    app.advance_clock(25);
    assert_eq!(app.get_user(&first.access).await.contract(), TOKEN_IS_INVALID);
    let answer = app.refresh(&first.refresh).await;
    assert_eq!((answer.status, &answer.json()["expires_in"]), (200, &json!(20)));
    let second = Session::refreshed(&answer);
    assert_eq!(app.get_user(&second.access).await.contract(), DEMO_USER);
    assert_ne!(second.refresh, first.refresh);
}

async fn parent_within_the_grace_gets_the_same_successor(app: &TestApp) {
    let first = app.session().await;
    let lost = Session::refreshed(&app.refresh(&first.refresh).await);
    app.advance_clock(30);
    let again = Session::refreshed(&app.refresh(&first.refresh).await);
    assert_eq!(again.refresh, lost.refresh);
    assert!(is_active(app, &again.access).await);
    assert!(app.refresh(&again.refresh).await.status == 200);
}

async fn refresh_in_the_second_of_the_expiry_is_rejected(app: &TestApp) {
    // The sessions end in the middle of a second, and tokens expire with one.
    app.clock.advance(TimeDelta::milliseconds(700));
    let (one, other) = (app.session().await, app.session().await);
    app.clock.advance(TimeDelta::milliseconds(30 * DAY * 1000 - 701));
    let answer = app.refresh(&one.refresh).await;
    assert_eq!((answer.status, &answer.json()["expires_in"]), (200, &json!(20)));
    app.clock.advance(TimeDelta::milliseconds(1));
    let answer = app.refresh(&other.refresh).await;
    assert!(is_rejected(&answer), "{answer:?}");
}

async fn parent_after_the_grace_gets_a_new_successor(app: &TestApp) {
    let first = app.session().await;
    let lost = Session::refreshed(&app.refresh(&first.refresh).await);
    app.advance_clock(29 * DAY);
    let again = Session::refreshed(&app.refresh(&first.refresh).await);
    assert_ne!(again.refresh, lost.refresh);
    let next = Session::refreshed(&app.refresh(&again.refresh).await);
    assert!(is_active(app, &next.access).await);
}

async fn replaced_successor_ends_the_session(app: &TestApp) {
    let first = app.session().await;
    let second = Session::refreshed(&app.refresh(&first.refresh).await);
    app.advance_clock(31);
    let third = Session::refreshed(&app.refresh(&first.refresh).await);
    assert!(is_rejected(&app.refresh(&second.refresh).await));
    assert!(is_rejected(&app.refresh(&third.refresh).await));
    assert!(!is_active(app, &third.access).await);
}

async fn thief_who_follows_each_rotation_is_found_at_the_third(app: &TestApp) {
    let thief = async |token: &str| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let request = app.post("/token").header("user-agent", "thief/1.0").form(&form);
        TestResponse::of(request).await
    };
    let mut session = app.session().await;
    for round in 1..=3 {
        let parent = session.refresh.clone();
        session = Session::refreshed(&app.refresh(&parent).await);
        let stolen = thief(&parent).await;
        assert_eq!(is_rejected(&stolen), round == 3, "{round}: {stolen:?}");
    }
    assert!(!is_active(app, &session.access).await);
}

async fn reused_token_ends_the_session_at_once(app: &TestApp) {
    let other = app.session().await;
    let stolen = app.session().await;
    let second = Session::refreshed(&app.refresh(&stolen.refresh).await);
    let third = Session::refreshed(&app.refresh(&second.refresh).await);
    assert!(is_active(app, &third.access).await);
    // The thief comes late.
    assert!(is_rejected(&app.refresh(&stolen.refresh).await));
    for session in [&stolen, &second, &third] {
        assert_eq!(app.get_user(&session.access).await.contract(), TOKEN_IS_INVALID);
        assert!(is_rejected(&app.refresh(&session.refresh).await));
    }
    assert!(is_active(app, &other.access).await);
}

async fn unused_session_expires_after_the_idle_timeout(app: &TestApp) {
    let session = app.session().await;
    app.advance_clock(30 * DAY - 1);
    let session = Session::refreshed(&app.refresh(&session.refresh).await);
    app.advance_clock(30 * DAY);
    assert!(is_rejected(&app.refresh(&session.refresh).await));
}

async fn session_and_its_tokens_expire_after_the_absolute_timeout(app: &TestApp) {
    let mut session = app.session().await;
    for _ in 0..3 {
        app.advance_clock(29 * DAY);
        session = Session::refreshed(&app.refresh(&session.refresh).await);
    }
    app.advance_clock(3 * DAY - 7);
    let answer = app.refresh(&session.refresh).await;
    assert_eq!(answer.json()["expires_in"], 7);
    session = Session::refreshed(&answer);
    app.advance_clock(6);
    assert!(is_active(app, &session.access).await);
    app.advance_clock(1);
    assert!(!is_active(app, &session.access).await);
    assert!(is_rejected(&app.refresh(&session.refresh).await));
}

async fn racing_refreshes_get_one_successor(app: &TestApp) {
    let mut session = app.session().await;
    for _ in 0..50 {
        let form = [("grant_type", "refresh_token"), ("refresh_token", &*session.refresh)];
        let mut racing = JoinSet::new();
        for _ in 0..64 {
            racing.spawn(TestResponse::of(app.post("/token").form(&form)));
        }
        let answers = racing.join_all().await;
        let sessions: Vec<_> = answers.iter().map(Session::refreshed).collect();
        assert!(sessions.iter().all(|one| one.refresh == sessions[0].refresh));
        session = sessions[0].clone();
        // Until as many refreshes are admitted again.
        app.advance_clock(640);
    }
    let session = Session::refreshed(&app.refresh(&session.refresh).await);
    assert!(is_active(app, &session.access).await);
}

async fn password_change_ends_every_session_but_the_new_one(app: &TestApp) {
    let (first, second) = (app.session().await, app.session().await);
    let form = [("current_password", PASSWORD), ("new_password", "correct horse battery")];
    let request = app.post("/change-password").bearer_auth(&first.access).form(&form);
    let new = Session::of(&TestResponse::of(request).await, "token");
    for old in [first, second] {
        assert!(is_rejected(&app.refresh(&old.refresh).await));
        assert!(!is_active(app, &old.access).await);
    }
    assert!(is_active(app, &new.access).await);
    assert_eq!(app.refresh(&new.refresh).await.status, 200);
}

async fn disabling_and_deleting_a_user_end_the_sessions(app: &TestApp) {
    let user = countersign::domain::UserId(1);
    let session = app.session().await;
    app.set_disabled(user, true).await;
    assert!(is_rejected(&app.refresh(&session.refresh).await));
    assert_eq!(app.login(EMAIL, PASSWORD).await.contract(), WRONG_CREDENTIALS);
    app.set_disabled(user, false).await;
    assert!(is_rejected(&app.refresh(&session.refresh).await));
    let session = app.session().await;
    assert!(app.delete_user(user).await);
    assert!(is_rejected(&app.refresh(&session.refresh).await));
}

async fn altered_token_is_rejected_and_ends_nothing(app: &TestApp) {
    let session = app.session().await;
    let next = session.refresh.replacen(".0.", ".1.", 1);
    for text in [&next, &session.access, "x", &session.refresh[1..], &"x".repeat(10_000)] {
        assert!(is_rejected(&app.refresh(text).await), "{text}");
    }
    assert_eq!(app.get_user(&session.refresh).await.contract(), TOKEN_IS_INVALID);
    assert_eq!(app.refresh(&session.refresh).await.status, 200);
}

on_every_store![
    refresh_rotates_the_token,
    parent_within_the_grace_gets_the_same_successor,
    refresh_in_the_second_of_the_expiry_is_rejected,
    parent_after_the_grace_gets_a_new_successor,
    replaced_successor_ends_the_session,
    thief_who_follows_each_rotation_is_found_at_the_third,
    reused_token_ends_the_session_at_once,
    unused_session_expires_after_the_idle_timeout,
    session_and_its_tokens_expire_after_the_absolute_timeout,
    racing_refreshes_get_one_successor,
    password_change_ends_every_session_but_the_new_one,
    disabling_and_deleting_a_user_end_the_sessions,
    altered_token_is_rejected_and_ends_nothing,
];

#[rstest]
#[case::sqlite(true)]
#[case::postgres(false)]
#[tokio::test]
async fn racing_refreshes_on_two_instances_get_one_successor(#[case] is_sqlite: bool) {
    let database = if is_sqlite { Some(databases::sqlite()) } else { databases::postgres().await };
    let Some(database) = database else { return };
    let one = TestApp::on(&database).await;
    let other = one.beside().await;
    let mut session = one.session().await;
    for _ in 0..10 {
        let form = [("grant_type", "refresh_token"), ("refresh_token", &*session.refresh)];
        let mut racing = JoinSet::new();
        for number in 0..64 {
            let app = if number % 2 == 0 { &one } else { &other };
            racing.spawn(TestResponse::of(app.post("/token").form(&form)));
        }
        let answers = racing.join_all().await;
        let sessions: Vec<_> = answers.iter().map(Session::refreshed).collect();
        assert!(sessions.iter().all(|one| one.refresh == sessions[0].refresh));
        session = sessions[0].clone();
        // Until as many refreshes are admitted again.
        one.advance_clock(320);
    }
    drop((one, other));
    database.remove().await;
}

#[tokio::test]
async fn without_a_grace_a_parent_gets_a_new_successor_at_once() {
    let app = TestApp::start_with(|config| config.sessions.grace = Duration::ZERO).await;
    let first = app.session().await;
    let second = Session::refreshed(&app.refresh(&first.refresh).await);
    let third = Session::refreshed(&app.refresh(&first.refresh).await);
    assert_ne!(second.refresh, third.refresh);
    assert!(is_rejected(&app.refresh(&second.refresh).await));
    assert!(is_rejected(&app.refresh(&third.refresh).await));
}
