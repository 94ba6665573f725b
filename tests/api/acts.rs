//! What a token or a password authorises, when it ends before the body of the request does.

use countersign::domain::UserId;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{
    DEMO_USER, EMAIL, PASSWORD, Session, TestApp, TestResponse, WRONG_CREDENTIALS, read_to_end,
};

const GOOD: &str = "correct horse battery";

/// A request whose last byte is held back.
struct HeldBack {
    stream: TcpStream,
    last: u8,
}

impl HeldBack {
    async fn send(app: &TestApp, request_line: &str, token: &str, body: &str) -> Self {
        let mut stream = app.connect().await;
        let head = format!(
            "{request_line} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
             Connection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        let (last, rest) = body.as_bytes().split_last().unwrap();
        stream.write_all(&[head.as_bytes(), rest].concat()).await.unwrap();
        Self { stream, last: *last }
    }

    async fn finish(mut self) -> String {
        self.stream.write_all(&[self.last]).await.unwrap();
        read_to_end(&mut self.stream).await
    }
}

fn assert_token_invalid(response: &str) {
    assert!(response.starts_with("HTTP/1.1 400 "), "{response}");
    assert!(response.contains("error=\"invalid_token\""), "{response}");
    assert!(response.ends_with(r#"{"message": "Token is invalid"}"#), "{response}");
}

async fn log_out(app: &TestApp, token: &str, scope: &'static str) {
    let request = app.post("/logout").bearer_auth(token).form(&[("scope", scope)]);
    assert_eq!(TestResponse::of(request).await.status, 204);
}

async fn change_password(app: &TestApp, token: &str) {
    let form = [("current_password", PASSWORD), ("new_password", GOOD)];
    let request = app.post("/change-password").bearer_auth(token).form(&form);
    assert_eq!(TestResponse::of(request).await.status, 200);
}

/// The acts that a token authorises, with a password where one is asked for.
const ACTS: [(&str, &str); 4] = [
    ("POST /logout", "scope=others"),
    ("POST /logout", "scope=global"),
    ("POST /change-password", "current_password=password&new_password=an+attackers+choice"),
    ("DELETE /account", "password=password"),
];

async fn acts_of_an_ended_session_change_nothing(app: &TestApp) {
    for (request_line, body) in ACTS {
        let (victim, attacker) = (app.session().await, app.session().await);
        let held_back = HeldBack::send(app, request_line, &attacker.access, body).await;
        log_out(app, &attacker.access, "local").await;
        assert_token_invalid(&held_back.finish().await);
        assert_eq!(app.get_user(&victim.access).await.contract(), DEMO_USER, "{request_line}");
        assert_eq!(app.login(EMAIL, PASSWORD).await.status, 200, "{request_line}");
    }
}

async fn account_is_not_deleted_with_a_password_that_was_changed(app: &TestApp) {
    let (one, other) = (app.session().await, app.session().await);
    let held_back = HeldBack::send(app, "DELETE /account", &one.access, "password=password").await;
    change_password(app, &other.access).await;
    let response = held_back.finish().await;
    assert!(response.starts_with("HTTP/1.1 400 "), "{response}");
    assert_eq!(app.login(EMAIL, GOOD).await.status, 200);
    assert_eq!(app.login(EMAIL, PASSWORD).await.contract(), WRONG_CREDENTIALS);
}

async fn disabled_user_changes_nothing(app: &TestApp) {
    for (request_line, body) in ACTS {
        let session = app.session().await;
        let held_back = HeldBack::send(app, request_line, &session.access, body).await;
        app.set_disabled(UserId(1), true).await;
        let response = held_back.finish().await;
        assert!(response.starts_with("HTTP/1.1 400 "), "{request_line}: {response}");
        app.set_disabled(UserId(1), false).await;
        assert_eq!(app.login(EMAIL, PASSWORD).await.status, 200, "{request_line}");
    }
}

async fn acts_of_an_expired_token_change_nothing(app: &TestApp) {
    for (request_line, body) in ACTS {
        let (victim, attacker) = (app.session().await, app.session().await);
        let held_back = HeldBack::send(app, request_line, &attacker.access, body).await;
        // The head is read with the token still active.
        assert_eq!(app.get_user(&attacker.access).await.contract(), DEMO_USER);
        app.advance_clock(20);
        assert_token_invalid(&held_back.finish().await);
        let refreshed = Session::refreshed(&app.refresh(&victim.refresh).await);
        assert_eq!(app.get_user(&refreshed.access).await.contract(), DEMO_USER, "{request_line}");
    }
}

async fn password_change_and_deletion_at_once_keep_their_order(app: &TestApp) {
    for round in 0..12 {
        let email = format!("user-{round}@example.com");
        let form = [("email", &*email), ("password", PASSWORD_OF_ALL)];
        let registered = TestResponse::of(app.post("/register").form(&form)).await;
        let token = Session::of(&registered, "token").access;
        let change = [("current_password", PASSWORD_OF_ALL), ("new_password", GOOD)];
        let change = app.post("/change-password").bearer_auth(&token).form(&change);
        let delete =
            app.delete("/account").bearer_auth(&token).form(&[("password", PASSWORD_OF_ALL)]);
        let (changed, deleted) = tokio::join!(TestResponse::of(change), TestResponse::of(delete));
        // One of the two is authorised by what the other one ends.
        let exists = app.login(&email, GOOD).await.status == 200;
        let expected = if exists { (200, 400) } else { (400, 204) };
        assert_eq!((changed.status, deleted.status), expected);
    }
}

const PASSWORD_OF_ALL: &str = "the first battery";

on_every_store![
    acts_of_an_ended_session_change_nothing,
    account_is_not_deleted_with_a_password_that_was_changed,
    disabled_user_changes_nothing,
    acts_of_an_expired_token_change_nothing,
    password_change_and_deletion_at_once_keep_their_order,
];
