//! Sealing, by several processes at once.

use std::sync::Arc;

use countersign::audit::Chain;
use countersign::clock::SystemClock;
use sqlx::{Connection, PgConnection, SqliteConnection};
use tokio::task::JoinSet;

use super::{alter, append, done, open, six_events};
use crate::databases::TestDatabase;
use crate::support::{SECRET, Service, client, countersign, until};

/// An event that a slow transaction commits after others with higher ids.
async fn event_that_is_committed_late_is_sealed(database: &TestDatabase) {
    six_events(database).await;
    let late = "INSERT INTO audit_events (id, at, kind, actor) VALUES (-1, 0, 'login', 'operator')";
    alter(database, late).await;
    let intact = done(database, &["verify"]);
    assert!(intact.starts_with("intact: 7 events, head 7:"), "{intact}");
}

fn serve(database: &TestDatabase) -> Service {
    let mut command = countersign(&["serve", "--throttle", "off"]);
    command.env("COUNTERSIGN_DATABASE_URL", &database.url).env("COUNTERSIGN_SECRET", SECRET);
    Service::start(&mut command)
}

/// The number of sealed events.
async fn sealed(database: &TestDatabase) -> i64 {
    let count = "SELECT COUNT(*) FROM audit_events WHERE seq IS NOT NULL";
    if database.url.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(&database.url).await.unwrap();
        sqlx::query_scalar(count).fetch_one(&mut connection).await.unwrap()
    } else {
        let mut connection = PgConnection::connect(&database.url).await.unwrap();
        sqlx::query_scalar(count).fetch_one(&mut connection).await.unwrap()
    }
}

/// Sealing takes turns: no instance fails because of another one.
async fn racing_seals_succeed_and_make_one_chain(database: &TestDatabase) {
    append(database, 1..=5000).await;
    let mut seals = JoinSet::new();
    for _ in 0..4 {
        let store = open(database);
        seals.spawn(async move { Chain::new(Arc::new(store), Arc::new(SystemClock)).seal().await });
    }
    while let Some(sealed) = seals.join_next().await {
        sealed.unwrap().unwrap();
    }
    let intact = done(database, &["verify"]);
    assert!(intact.starts_with("intact: 5000 events, head 5000:"), "{intact}");
}

/// Several instances write and seal concurrently, with failed logins of unknown addresses.
async fn several_instances_make_one_chain(database: &TestDatabase) {
    const EVENTS: i64 = 120;
    let services = [serve(database), serve(database), serve(database)];
    let mut logins = JoinSet::new();
    for number in 0..EVENTS {
        let service = &services[usize::try_from(number).unwrap() % services.len()];
        let login = client().post(service.url("/login"));
        let form = [("email", format!("{number}@example.com")), ("password", "x".to_owned())];
        logins.spawn(login.form(&form).send());
        if number % 8 == 7 {
            while let Some(response) = logins.join_next().await {
                assert_eq!(response.unwrap().unwrap().status(), 400);
            }
        }
    }
    // By the services themselves.
    until("all are sealed", async || sealed(database).await == EVENTS).await;
    let intact = done(database, &["verify"]);
    assert!(intact.starts_with(&format!("intact: {EVENTS} events, head {EVENTS}:")), "{intact}");
    // A service that is shut down leaves nothing unsealed.
    append(database, 1..=3).await;
    for service in services {
        service.stop();
    }
    assert_eq!(sealed(database).await, EVENTS + 3);
}

on_both![
    event_that_is_committed_late_is_sealed,
    racing_seals_succeed_and_make_one_chain,
    several_instances_make_one_chain,
];
