//! `countersign throttle`, beside a service on the same database.

use serde_json::Value;

use super::support::{SECRET, Service, client, countersign, run, until};
use super::{PASSWORD, databases, done, rows, serve};

fn throttle(url: &str, arguments: &[&str]) -> (i32, String, String) {
    let mut command = countersign(&["throttle"]);
    command.args(arguments).env("COUNTERSIGN_DATABASE_URL", url).env("COUNTERSIGN_SECRET", SECRET);
    run(&mut command)
}

fn listed(url: &str, arguments: &[&str]) -> Vec<Value> {
    let (code, stdout, stderr) = throttle(url, &[&["list", "--json"], arguments].concat());
    assert_eq!(code, 0, "{stderr}");
    rows(&stdout)
}

async fn login(service: &Service, email: &str, password: &str) -> u16 {
    let form = [("email", email), ("password", password)];
    client().post(service.url("/login")).form(&form).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn throttled_account_is_listed_and_cleared_for_a_running_service() {
    let database = databases::sqlite();
    let url = &database.url;
    done(url, &["add", "ada@example.com"], PASSWORD);
    let service = serve(url);
    for _ in 0..5 {
        assert_eq!(login(&service, "ada@example.com", "wrong horse battery").await, 400);
    }
    assert_eq!(login(&service, "ada@example.com", PASSWORD).await, 429);
    assert_eq!(login(&service, "bob@example.com", "wrong horse battery").await, 400);
    let of_ada = ["--email", " Ada@example.com"];
    until("they are stored", async || listed(url, &of_ada).len() == 3).await;
    until("they are stored", async || !listed(url, &["--email", "bob@example.com"]).is_empty())
        .await;

    let rows = listed(url, &[&of_ada[..], &["--network", "127.0.0.1"]].concat());
    let [row] = &rows[..] else { panic!("{rows:?}") };
    assert!(row["key"].as_str().unwrap().starts_with("account-network "), "{row}");
    assert!(row["key"].as_str().unwrap().ends_with(" 127.0.0.1"), "{row}");
    assert_eq!(row["failures"], 5);
    assert!(row["until"].as_str() > row["failed_at"].as_str(), "{row}");
    let (_, text, _) = throttle(url, &["list"]);
    assert!(text.contains("  network 127.0.0.1  failures=6  until="), "{text}");

    let (code, said, _) = throttle(url, &[&["clear"], &of_ada[..]].concat());
    assert_eq!((code, &*said), (0, "cleared 3\n"));
    assert_eq!(listed(url, &of_ada).len(), 0);
    assert!(!listed(url, &["--email", "bob@example.com"]).is_empty());
    until("the service forgets", async || {
        login(&service, "ada@example.com", PASSWORD).await == 200
    })
    .await;
    assert_eq!(throttle(url, &["clear", "--all"]).0, 0);
    assert_eq!(listed(url, &[]).len(), 0);
    service.stop();
}

/// A restart is no way out of a back-off.
#[tokio::test]
async fn failures_are_kept_over_a_restart() {
    let database = databases::sqlite();
    let url = &database.url;
    done(url, &["add", "ada@example.com"], PASSWORD);
    let service = serve(url);
    while login(&service, "ada@example.com", "wrong horse battery").await == 400 {}
    service.stop();
    let rows = listed(url, &["--network", "127.0.0.1"]);
    assert!(rows.iter().any(|row| row["failures"].as_i64() >= Some(5)), "{rows:?}");
    let service = serve(url);
    // They may be forgotten by now, except for the count.
    until("they are known", async || {
        login(&service, "ada@example.com", "wrong horse battery").await == 429
    })
    .await;
    service.stop();
}

#[test]
fn clear_requires_a_selection_and_email_a_key() {
    let database = databases::sqlite();
    done(&database.url, &["add", "ada@example.com"], PASSWORD);
    let (code, _, said) = throttle(&database.url, &["clear"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("--all"), "{said}");
    assert_eq!(throttle(&database.url, &["clear", "--all", "--network", "192.0.2.1"]).0, 2);
    assert_eq!(throttle(&database.url, &["list", "--network", "192.0.2.0/24"]).0, 2);
    let mut list = countersign(&["throttle", "list", "--email", "ada@example.com"]);
    let (code, _, said) = run(list.env("COUNTERSIGN_DATABASE_URL", &database.url));
    assert_eq!(code, 7, "{said}");
    assert!(said.contains("COUNTERSIGN_SECRET"), "{said}");
}
