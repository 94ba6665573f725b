//! The account: its sessions, its data, its deletion.

use super::Browser;
use crate::support::{EMAIL, TestApp};

on_every_store!(
    person_signs_up_ends_a_session_and_deletes_the_account,
    exported_data_are_those_of_the_account,
);

async fn person_signs_up_ends_a_session_and_deletes_the_account(app: &TestApp) {
    let mut first = Browser::of(app);
    let form = [("email", "ann@example.com"), ("password", "correct horse battery")];
    assert_eq!(first.post("/ui/sign-up", &form).await.header("location"), "/ui/account");
    let user_agent = "curl/8.14.1".to_owned();
    let mut second = Browser { user_agent, ..Browser::of(app) };
    assert_eq!(second.sign_in(form[0].1, form[1].1).await.status, 303);

    let page = second.get("/ui/account").await.body.replace("&#x2f;", "/");
    assert!(page.contains("ann@example.com") && page.contains("Firefox, Linux"), "{page}");
    assert!(
        page.contains("curl/8.14.1</strong> <span class=\"badge\">This browser</span>"),
        "{page}"
    );
    let ended: Vec<_> = page.split("name=\"id\" value=\"").skip(1).collect();
    assert_eq!(ended.len(), 1, "the session of the page has no button");
    let id = ended[0].split('"').next().unwrap();
    let response = second.post("/ui/sessions/end", &[("id", id)]).await;
    assert_eq!(response.header("location"), "/ui/account?done=session");
    assert!(!first.is_signed_in().await && second.is_signed_in().await);
    assert_eq!(second.post("/ui/sessions/end", &[("id", "x")]).await.status, 404);

    assert_eq!(first.sign_in(form[0].1, form[1].1).await.status, 303);
    let response = second.post("/ui/sessions/end-others", &[]).await;
    assert_eq!(response.header("location"), "/ui/account?done=sessions");
    assert!(!first.is_signed_in().await && second.is_signed_in().await);

    let wrong = second.post("/ui/delete-account", &[("password", "wrong")]).await;
    assert_eq!(wrong.status, 400);
    let deleted = second.post("/ui/delete-account", &[("password", form[1].1)]).await;
    assert_eq!(deleted.header("location"), "/ui/sign-in?done=deleted");
    assert!(second.get("/ui/sign-in?done=deleted").await.body.contains("was deleted"));
    assert_eq!(second.sign_in(form[0].1, form[1].1).await.status, 400);
}

#[tokio::test]
async fn session_of_another_user_is_not_ended() {
    let app = TestApp::start().await;
    let mut victim = Browser::signed_in(&app).await;
    let id = victim.cookie().split('.').next().unwrap().to_owned();
    let mut other = Browser::of(&app);
    let form = [("email", "ann@example.com"), ("password", "correct horse battery")];
    other.post("/ui/sign-up", &form).await;
    other.post("/ui/sessions/end", &[("id", &id)]).await;
    assert!(victim.is_signed_in().await);
}

async fn exported_data_are_those_of_the_account(app: &TestApp) {
    let mut other = Browser::of(app);
    let form = [("email", "ann@example.com"), ("password", "correct horse battery")];
    other.post("/ui/sign-up", &form).await;
    let mut browser = Browser::signed_in(app).await;
    let response = browser.get("/ui/export").await;
    assert_eq!(response.header("content-type"), "application/json");
    assert_eq!(response.header("content-disposition"), "attachment; filename=\"account.json\"");
    let data = response.json();
    assert_eq!(data["user"]["email"], EMAIL);
    assert_eq!(data["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(data["events"][0]["kind"], "login");
    assert!(!response.body.contains("ann@example.com") && !response.body.contains("argon2"));
    assert_eq!(Browser::of(app).get("/ui/export").await.status, 303);
}

#[tokio::test]
async fn sign_out_ends_the_session_and_repeats_without_an_error() {
    let app = TestApp::start().await;
    let mut browser = Browser::signed_in(&app).await;
    assert!(browser.get("/ui/sign-out").await.body.contains("Do you want to sign out?"));
    let cookie = browser.cookie();
    for _ in 0..2 {
        let response = browser.post("/ui/sign-out", &[]).await;
        assert_eq!(response.header("location"), "/ui/sign-in?done=signed-out");
    }
    browser.cookies.insert(super::COOKIE.to_owned(), cookie);
    assert!(!browser.is_signed_in().await);
}
