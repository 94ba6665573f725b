//! Lifetimes of tokens and sessions.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::{access, login, serve};
use crate::support::{Service, client, until};

/// The status of a refresh, and its answer.
async fn refresh(service: &Service, tokens: &Value) -> (u16, Value) {
    let token = tokens["refresh_token"].as_str().unwrap();
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    let response = client().post(service.url("/token")).form(&form).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn access_token_expires_after_its_ttl() {
    assert_eq!(login(&serve("--token-ttl 77s")).await["expires_in"], 77);
    assert_eq!(login(&serve("")).await["expires_in"], 20);
}

#[tokio::test]
async fn session_without_refresh_ends_at_the_idle_timeout() {
    let (short, long) = (serve("--session-idle-ttl 2s"), serve("--session-ttl 1h"));
    let of_long = login(&long).await;
    let (status, of_short) = refresh(&short, &login(&short).await).await;
    assert_eq!(status, 200);
    // Its access tokens end with it.
    until("the session ends", async || short.get("/get-user", access(&of_short)).await.0 == 400)
        .await;
    until("it is refused", async || refresh(&short, &of_short).await.0 == 400).await;
    assert_eq!(refresh(&long, &of_long).await.0, 200);
}

#[tokio::test]
async fn refreshed_session_ends_at_the_absolute_timeout() {
    let service = serve("--session-idle-ttl 2s --session-ttl 3s --throttle off");
    let mut tokens = login(&service).await;
    let opened = Instant::now();
    let mut last = opened;
    loop {
        let (status, next) = refresh(&service, &tokens).await;
        if status != 200 {
            assert_eq!(status, 400);
            assert!(last.elapsed() < Duration::from_secs(2), "the test is too slow to tell");
            // It began before its answer was here.
            assert!(opened.elapsed() > Duration::from_millis(1900), "{:?}", opened.elapsed());
            return;
        }
        assert!(opened.elapsed() < Duration::from_secs(5), "the session goes on");
        (tokens, last) = (next, Instant::now());
    }
}

#[tokio::test]
async fn used_refresh_token_returns_the_same_successor_within_the_grace_only() {
    for (flags, is_repeated) in [("--refresh-grace 30s", true), ("--refresh-grace 0s", false)] {
        let service = serve(flags);
        let first = login(&service).await;
        let (_, second) = refresh(&service, &first).await;
        let now = Instant::now();
        while now.elapsed() < Duration::from_millis(2) {
            std::thread::yield_now();
        }
        let (status, again) = refresh(&service, &first).await;
        assert_eq!(again["refresh_token"] == second["refresh_token"], is_repeated, "{flags}");
        assert_eq!(status == 200 && is_repeated, is_repeated, "{flags}");
    }
}
