//! PostgreSQL, away and back.

use std::process::Stdio;

use super::proxy::Proxy;
use super::support::postgres::Server;
use super::support::{Running, Service, TIMEOUT, signal, soon};
use super::{
    EMAIL, PASSWORD, SOON, assert_away, assert_heals, client, login, needy, register, serve,
};
use sqlx::{Connection, PgConnection};
use tokio::time::Instant;

#[tokio::test(flavor = "multi_thread")]
async fn stopped_server_is_a_503_until_it_is_started() {
    let Some(server) = Server::start() else { return };
    let service = Service::start(&mut serve(&server.url()));
    let token = register(&service).await;
    for _ in 0..2 {
        server.stop();
        assert_away(&service, &token).await;
        server.resume();
        assert_heals(&service, &token).await;
    }
    server.stop();
    let log = service.stop().1;
    let port = server.port;
    let nothing =
        format!("postgres://127.0.0.1:{port}/postgres: 127.0.0.1:{port}: connection refused");
    assert!(log.contains(&nothing), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn server_restart_between_requests_is_invisible() {
    let Some(server) = Server::start() else { return };
    let service = Service::start(&mut serve(&server.url()));
    let token = register(&service).await;
    server.stop();
    server.resume();
    assert_eq!(service.get("/get-user", &token).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn unresponsive_server_is_a_503_until_it_responds() {
    let Some(server) = Server::start() else { return };
    let proxy = Proxy::to(server.port).await;
    let service = Service::start(&mut serve(&Server::url_at(proxy.port)));
    let token = register(&service).await;
    for _ in 0..2 {
        proxy.cut();
        assert_away(&service, &token).await;
        proxy.mend();
        assert_heals(&service, &token).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replaced_server_loses_no_request() {
    let Some(server) = Server::start() else { return };
    let proxy = Proxy::to(server.port).await;
    let service = Service::start(&mut serve(&Server::url_at(proxy.port)));
    let token = register(&service).await;
    // So that there are idle connections.
    assert_heals(&service, &token).await;
    proxy.cut();
    proxy.mend();
    for _ in 0..15 {
        let start = Instant::now();
        assert_eq!(service.get("/get-user", &token).await.0, 200);
        assert!(start.elapsed() < SOON);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_flight_when_the_server_vanishes_end_and_keep_no_connection() {
    let Some(server) = Server::start() else { return };
    let proxy = Proxy::to(server.port).await;
    let service = Service::start(&mut serve(&Server::url_at(proxy.port)));
    let token = register(&service).await;
    let mut requests = tokio::task::JoinSet::new();
    for request in (0..100).map(|_| needy(&service, &token).swap_remove(2)) {
        requests.spawn(async move { request.send().await.unwrap().status().as_u16() });
    }
    // In the middle of them.
    assert_eq!(requests.join_next().await.unwrap().unwrap(), 200);
    proxy.cut();
    let statuses = requests.join_all().await;
    assert!(statuses.iter().all(|status| matches!(status, 200 | 503)), "{statuses:?}");
    proxy.mend();
    assert_heals(&service, &token).await;
    // It ends although what it was connected to never says a word.
    let start = Instant::now();
    proxy.cut();
    assert_eq!(service.stop().0.code(), Some(0));
    assert!(start.elapsed() < SOON);
}

/// It may be another instance that needs an hour for its migration.
#[tokio::test(flavor = "multi_thread")]
async fn start_that_waits_for_a_lock_ends_by_a_signal() {
    let Some(server) = Server::start() else { return };
    Service::start(&mut serve(&server.url())).stop();
    let mut other = PgConnection::connect(&server.url()).await.unwrap();
    let lock = "BEGIN; LOCK TABLE _sqlx_migrations IN ACCESS EXCLUSIVE MODE";
    sqlx::raw_sql(lock).execute(&mut other).await.unwrap();
    // A transaction looks but once.
    let mut watcher = PgConnection::connect(&server.url()).await.unwrap();
    let mut starting = Running(serve(&server.url()).stderr(Stdio::null()).spawn().unwrap());
    let start = Instant::now();
    let waiting = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut watcher).await.unwrap() < 1 {
        assert!(start.elapsed() < TIMEOUT && starting.0.try_wait().unwrap().is_none());
    }
    signal(&starting.0, "TERM");
    assert_eq!(starting.wait(TIMEOUT).code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn change_of_one_instance_is_visible_to_the_other() {
    let Some(server) = Server::start() else { return };
    let one = Service::start(&mut serve(&server.url()));
    let other = Service::start(&mut serve(&server.url()));
    let old = register(&one).await;
    let at_other = login(&other).await;
    assert_eq!(other.get("/get-user", &old).await.0, 200);
    let change = [("current_password", PASSWORD), ("new_password", "another horse battery")];
    let request = client().post(one.url("/change-password")).bearer_auth(&old).form(&change);
    assert_eq!(request.send().await.unwrap().status(), 200);
    for token in [&old, &at_other] {
        assert_eq!(one.get("/get-user", token).await.0, 400);
    }
    soon(async || other.get("/get-user", &old).await.0 == 400).await;
    assert_eq!(other.get("/get-user", &at_other).await.0, 400);
    assert_eq!(other.post("/login", EMAIL, PASSWORD).await, Some(400));
    assert_eq!(other.post("/login", EMAIL, "another horse battery").await, Some(200));
}
