//! Mails and `kill -9`; mails of several instances.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use serde_json::Value;
use tokio::sync::Mutex;

use crate::databases::{TestDatabase, postgres, sqlite};
use crate::server::SmtpServer;
use crate::support::{Service, until};
use crate::{PASSWORD, listed, mail, serve};

const REGISTRATIONS: usize = 1000;
const KILLS: usize = 25;
const CLIENTS: usize = 8;

fn recipients(mails: &[Value]) -> BTreeSet<String> {
    mails.iter().map(|mail| mail["to"][0].as_str().unwrap().to_owned()).collect()
}

/// Registers users while the service is killed again and again.
async fn mails_survive_kills(database: &TestDatabase) {
    let Some(server) = SmtpServer::start() else { return };
    let service = Arc::new(Mutex::new(serve(&database.url, &server, &[])));
    let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
    let registrations = stream::iter(0..REGISTRATIONS).map(|number| {
        let (service, acknowledged) = (Arc::clone(&service), Arc::clone(&acknowledged));
        async move {
            let email = format!("user{number}@example.com");
            // The address of the service that runs now; another one may answer the next attempt.
            let url = service.lock().await.url("/register");
            let form = [("email", email.as_str()), ("password", PASSWORD)];
            let answer = crate::support::client().post(url).form(&form).send().await;
            if answer.is_ok_and(|answer| answer.status() == 201) {
                acknowledged.lock().await.insert(email);
            }
        }
    });
    let kills = async {
        for round in 1..=KILLS {
            // Spread over the registrations.
            until("some are acknowledged", async || {
                acknowledged.lock().await.len() >= round * REGISTRATIONS / (KILLS + 15)
            })
            .await;
            let mut service = service.lock().await;
            service.signal("KILL");
            *service = serve(&database.url, &server, &[]);
        }
    };
    let registrations = registrations.buffer_unordered(CLIENTS).collect::<Vec<()>>();
    tokio::join!(registrations, kills);
    // Those that were being sent at a kill would wait for the end of their lease.
    mail(&database.url, &["retry", "--all"]);
    until("all mails are sent", async || listed(&database.url, &[]).is_empty()).await;
    let received = recipients(&server.received());
    let acknowledged = acknowledged.lock().await;
    let lost: Vec<_> = acknowledged.difference(&received).collect();
    assert!(lost.is_empty(), "acknowledged, and no mail: {lost:?}");
    // A mail belongs to an account, also if its response was lost.
    let service = service.lock().await;
    let unacknowledged = received.difference(&acknowledged);
    for email in unacknowledged {
        assert_eq!(service.post("/login", email, PASSWORD).await, Some(200), "{email}");
    }
}

#[tokio::test]
async fn acknowledged_registration_has_its_mail_after_kills_on_sqlite() {
    mails_survive_kills(&sqlite()).await;
}

#[tokio::test]
async fn acknowledged_registration_has_its_mail_after_kills_on_postgres() {
    let Some(database) = postgres().await else { return };
    mails_survive_kills(&database).await;
    database.remove().await;
}

#[tokio::test]
async fn several_instances_send_each_mail_once() {
    let Some(database) = postgres().await else { return };
    let Some(server) = SmtpServer::start() else { return };
    let instances = [(); 3].map(|()| serve(&database.url, &server, &[]));
    let registrations = stream::iter(0..90).map(|number: usize| {
        let instance: &Service = &instances[number % 3];
        let email = format!("user{number}@example.com");
        async move { instance.post("/register", &email, PASSWORD).await }
    });
    let answers: Vec<_> = registrations.buffer_unordered(CLIENTS).collect().await;
    assert!(answers.iter().all(|answer| *answer == Some(201)));
    until("all mails are sent", async || listed(&database.url, &[]).is_empty()).await;
    let received = server.received();
    assert_eq!((received.len(), recipients(&received).len()), (90, 90));
    drop(instances);
    database.remove().await;
}
