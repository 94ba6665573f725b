//! PgBouncer between the service and PostgreSQL.

use tokio::task::JoinSet;

use super::serve;
use super::support::pgbouncer::PgBouncer;
use super::support::postgres::Server;
use super::support::{Service, countersign, run, until};
use super::use_cases::{ALL_WELL, User};

/// Fewer servers than clients, so that a client meets another one at each transaction.
const TRANSACTION: &str = "pool_mode = transaction\ndefault_pool_size = 3\n";

async fn everything_works(settings: &str, parameters: &str) {
    let Some(server) = Server::start() else { return };
    let Some(mut bouncer) = PgBouncer::start(&server, settings) else { return };
    let url = format!("{}{parameters}", bouncer.url());
    for said in ["created the tables at migration", "is up to date at migration"] {
        let mut migrate = countersign(&["migrate"]);
        let (code, stdout, stderr) = run(migrate.env("COUNTERSIGN_DATABASE_URL", &url));
        assert_eq!(code, 0, "{stderr}");
        assert!(stdout.contains(said) && !stdout.contains("migration 0"), "{stdout}");
    }
    let mut command = serve(&url);
    let service = Service::start(command.env("COUNTERSIGN_DATABASE_TIMEOUT", "10s"));
    let service = std::sync::Arc::new(service);
    for round in 0..2 {
        let mut users = JoinSet::new();
        for number in 0..6 {
            let service = std::sync::Arc::clone(&service);
            users.spawn(async move {
                let mut user = User::new(&service, format!("{round}.{number}@example.com"));
                user.do_everything(async |_| ()).await
            });
        }
        let all = users.join_all().await;
        if all.iter().any(|steps| *steps != ALL_WELL) {
            let service = std::sync::Arc::into_inner(service).unwrap();
            panic!("{all:?}\n{}", service.stop().1);
        }
        bouncer.restart();
        until("ready", async || service.get("/readyz", "").await.0 == 200).await;
    }
    // What is left at the server would meet its next client.
    assert_eq!(server.count("SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory'").await, 0);
    assert_eq!(server.count("SELECT COUNT(*) FROM users").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn pgbouncer_in_session_mode_works_with_its_default_settings() {
    everything_works("pool_mode = session", "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pgbouncer_in_transaction_mode_works_with_its_default_settings() {
    everything_works(TRANSACTION, "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pgbouncer_in_transaction_mode_works_with_ignored_startup_parameters() {
    let ignored = "ignore_startup_parameters = extra_float_digits,options";
    everything_works(&format!("{TRANSACTION}{ignored}"), "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pgbouncer_in_transaction_mode_works_where_the_url_names_it() {
    everything_works(TRANSACTION, "?pgbouncer=true").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn schema_of_its_own_works_through_pgbouncer() {
    let Some(server) = Server::start() else { return };
    let Some(bouncer) = PgBouncer::start(&server, TRANSACTION) else { return };
    server.execute("CREATE TABLE users (name text)").await;
    let mut command = serve(&bouncer.url());
    let service = Service::start(command.env("COUNTERSIGN_DATABASE_SCHEMA", "auth"));
    let steps = User::new(&service, "a@example.com").do_everything(async |_| ()).await;
    assert_eq!(steps, ALL_WELL);
    User::new(&service, "kept@example.com").step("/register").await;
    server.execute("ALTER TABLE auth.users ALTER COLUMN id RESTART WITH 2").await;
    assert_eq!(User::new(&service, "next@example.com").step("/register").await, 201);
    assert_eq!(server.count("SELECT COUNT(*) FROM auth.users").await, 2);
}

/// Options of the URL cannot be passed on: that is said, with the way out.
#[tokio::test(flavor = "multi_thread")]
async fn options_that_pgbouncer_refuses_are_rejected_with_the_way_out() {
    let Some(server) = Server::start() else { return };
    let Some(bouncer) = PgBouncer::start(&server, TRANSACTION) else { return };
    let url = format!("{}?options=-csearch_path%3Dauth", bouncer.url());
    let (status, log) = Service::try_start(&mut serve(&url)).err().unwrap();
    assert_eq!(status.code(), Some(9), "{log}");
    assert!(log.contains("--database-schema"), "{log}");
}
