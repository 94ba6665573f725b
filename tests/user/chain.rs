//! `countersign audit verify`, `head` and `prune`, on tables that another program alters.

use std::sync::Arc;

use countersign::audit::Chain;
use countersign::clock::SystemClock;
use countersign::domain::{Actor, AuditEvent, AuditKind, SessionId, Timestamp, UserId};
use countersign::store::AuditStore;
use countersign::store::sql::{DatabaseUrl, SqlOptions, SqlStore};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tokio::task::JoinSet;

use super::databases::{self, TestDatabase};
use super::support::{SECRET, Service, TIMEOUT, client, countersign, run, until};

/// Runs `countersign audit …`.
fn audit(database: &TestDatabase, arguments: &[&str]) -> (i32, String, String) {
    let mut command = countersign(&["audit"]);
    let command = command.args(arguments).env("COUNTERSIGN_DATABASE_URL", &database.url);
    let (code, stdout, stderr) = run(command);
    (code, stdout.trim_end().to_owned(), stderr.trim_end().to_owned())
}

fn done(database: &TestDatabase, arguments: &[&str]) -> String {
    let (code, stdout, stderr) = audit(database, arguments);
    assert_eq!(code, 0, "{arguments:?}: {stderr}");
    stdout
}

/// The exit code of `countersign audit verify`, and its error.
fn verify(database: &TestDatabase, arguments: &[&str]) -> (i32, String) {
    let (code, stdout, stderr) = audit(database, &[&["verify"], arguments].concat());
    assert_eq!(stdout.is_empty(), code != 0, "{stdout}");
    (code, stderr)
}

/// Executes statements as another program does.
async fn alter(database: &TestDatabase, statements: &str) {
    let statements = AssertSqlSafe(statements.to_owned());
    if database.url.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(&database.url).await.unwrap();
        sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
    } else {
        let mut connection = PgConnection::connect(&database.url).await.unwrap();
        sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
    }
}

fn at(day: u64) -> Timestamp {
    Timestamp::from_seconds(i64::try_from(day * 86_400).unwrap())
}

/// An event with a value in each column.
fn event(day: u64) -> AuditEvent {
    AuditEvent {
        at: at(day),
        kind: AuditKind::Logout,
        user: Some(UserId(1)),
        actor: Actor::User(UserId(1)),
        session: Some(SessionId::random()),
        address: Some("192.0.2.1".to_owned()),
        request_id: Some(format!("request-{day}")),
        details: Some("scope=local".to_owned()),
    }
}

async fn append(database: &TestDatabase, days: impl IntoIterator<Item = u64>) {
    let url: DatabaseUrl = database.url.parse().unwrap();
    let store = SqlStore::new(&url, SqlOptions::default(), Arc::new(SystemClock)).unwrap();
    store.migrate(true).await.unwrap();
    let events: Vec<_> = days.into_iter().map(event).collect();
    store.append_many(&events).await.unwrap();
    store.close().await;
}

/// The head of a chain of six sealed events, of the days 1 to 6.
async fn six_events(database: &TestDatabase) -> String {
    append(database, 1..=6).await;
    let head = done(database, &["head"]);
    assert!(head.starts_with("6:") && head.len() == 66, "{head}");
    head
}

/// Alters an intact chain, verifies that this is found, and restores the chain.
async fn assert_found(
    database: &TestDatabase,
    head: &str,
    (tamper, restore): (&str, &str),
    error: &str,
) {
    alter(database, tamper).await;
    assert_eq!(verify(database, &[]), (1, format!("error: tampered: {error}")), "{tamper}");
    alter(database, restore).await;
    assert_eq!(verify(database, &["--head", head]), (0, String::new()), "{restore}");
}

pub(crate) async fn changed_column_is_found(database: &TestDatabase) {
    let head = six_events(database).await;
    let changed =
        "event 3 (id 3) is not the one that was sealed: it was changed, replaced or moved";
    alter(database, KEEP).await;
    for (column, value) in [
        ("at", "at + 1"),
        ("kind", "'login'"),
        ("user_id", "2"),
        ("user_id", "NULL"),
        ("actor", "'operator'"),
        ("session_id", "NULL"),
        ("address", "'192.0.2.2'"),
        ("request_id", "''"),
        ("details", "'scope=global'"),
        ("hash", "NULL"),
    ] {
        let tamper = format!("UPDATE audit_events SET {column} = {value} WHERE seq = 3");
        assert_found(database, &head, (&tamper, RESTORE), changed).await;
    }
    let tamper = ("UPDATE audit_events SET id = 99 WHERE seq = 3", RESTORE);
    assert_found(database, &head, tamper, &changed.replace("id 3", "id 99")).await;
}

/// Copies the tables, for [`RESTORE`].
const KEEP: &str = "CREATE TABLE kept AS SELECT * FROM audit_events; \
                    CREATE TABLE chain AS SELECT * FROM audit_chain";

const RESTORE: &str = "DELETE FROM audit_events; INSERT INTO audit_events SELECT * FROM kept; \
                       DELETE FROM audit_chain; INSERT INTO audit_chain SELECT * FROM chain";

pub(crate) async fn deleted_and_moved_rows_are_found(database: &TestDatabase) {
    let head = six_events(database).await;
    alter(database, KEEP).await;
    for (tamper, error) in [
        ("DELETE FROM audit_events WHERE seq = 3", "events 3 to 3 are missing"),
        ("DELETE FROM audit_events WHERE seq > 4", "events 5 to 6 are missing"),
        ("DELETE FROM audit_events WHERE seq < 3", "events 1 to 2 are missing"),
        ("DELETE FROM audit_events", "events 1 to 6 are missing"),
        // A swapped pair.
        (
            "UPDATE audit_events SET seq = 99 WHERE seq = 3; \
             UPDATE audit_events SET seq = 3 WHERE seq = 4; \
             UPDATE audit_events SET seq = 4 WHERE seq = 99",
            "event 3 (id 4) is not the one that was sealed: it was changed, replaced or moved",
        ),
        // An event that is sealed once more.
        (
            "UPDATE audit_events SET seq = NULL, hash = NULL WHERE seq = 3",
            "events 3 to 3 are missing",
        ),
        // A prefix that is passed off as pruned.
        (
            "UPDATE audit_chain SET anchor_seq = 2, \
             anchor_hash = (SELECT hash FROM audit_events WHERE seq = 2); \
             DELETE FROM audit_events WHERE seq <= 2",
            "events up to 2 are missing, and no event audit_pruned has the hash of the last one",
        ),
    ] {
        assert_found(database, &head, (tamper, RESTORE), error).await;
    }
}

pub(crate) async fn inserted_row_and_altered_head_are_found(database: &TestDatabase) {
    let head = six_events(database).await;
    alter(database, KEEP).await;
    let insert = |seq: i64| {
        format!(
            "INSERT INTO audit_events (at, kind, actor, hash, seq) \
             SELECT at, kind, actor, hash, {seq} FROM audit_events WHERE seq = 6"
        )
    };
    for (seq, before) in [(7, ""), (0, ""), (6, "DROP INDEX audit_events_by_seq; ")] {
        let error =
            format!("event {seq} was inserted: the chain has no such position, or has it twice");
        let tamper = format!("{before}{}", insert(seq));
        assert_found(database, &head, (&tamper, RESTORE), &error).await;
    }
    for (tamper, error) in [
        (
            "UPDATE audit_chain SET head_hash = (SELECT hash FROM audit_events WHERE seq = 5)",
            "event 6 is not the one that the head in audit_chain was made of",
        ),
        ("DELETE FROM audit_chain", "the table audit_chain has no valid row"),
    ] {
        assert_found(database, &head, (tamper, RESTORE), error).await;
    }
}

pub(crate) async fn noted_head_detects_a_cut_and_a_rewritten_chain(database: &TestDatabase) {
    append(database, 1..=3).await;
    let third = done(database, &["head"]);
    append(database, 4..=6).await;
    let sixth = done(database, &["head"]);
    for head in [&third, &sixth] {
        assert_eq!(verify(database, &["--head", head]).0, 0);
    }
    // The tail is cut, with the head moved: without a noted head nothing shows it.
    let cut = "DELETE FROM audit_events WHERE seq > 4; UPDATE audit_chain SET head_seq = 4, \
               head_hash = (SELECT hash FROM audit_events WHERE seq = 4)";
    alter(database, cut).await;
    assert_eq!(verify(database, &["--head", &third]).0, 0);
    let error = "error: tampered: events 5 to 6 are missing: the chain ends before the noted head";
    assert_eq!(verify(database, &["--head", &sixth]), (1, error.to_owned()));
    // All is changed and sealed anew.
    let rewrite = "UPDATE audit_events SET actor = 'operator', seq = NULL, hash = NULL; \
                   UPDATE audit_chain SET head_seq = 0, head_hash = anchor_hash";
    alter(database, rewrite).await;
    assert_eq!(verify(database, &[]).0, 0);
    let (code, error) = verify(database, &["--head", &third]);
    assert!(code == 1 && error.contains("event 3 is not the noted head"), "{error}");
    let (code, error) = verify(database, &["--head", "3:00"]);
    assert!(code == 2 && error.contains("expected SEQ:HASH"), "{error}");
}

pub(crate) async fn pruned_chain_is_intact_and_says_so(database: &TestDatabase) {
    let sixth = six_events(database).await;
    assert_eq!(done(database, &["prune", "--before", "1970-01-04"]), "deleted 2 events");
    let intact = done(database, &["verify", "--head", &sixth]);
    assert!(
        intact.starts_with("intact: 5 events, events up to 2 were pruned, head 7:"),
        "{intact}"
    );
    let events = done(database, &["list", "--kind", "audit_pruned"]);
    assert!(events.contains("details=through=2:"), "{events}");
    assert!(events.contains(" before=1970-01-04T00:00:00"), "{events}");
    // Twice; the second one has the event of the first one left.
    assert_eq!(done(database, &["prune", "--before", "1970-01-06"]), "deleted 2 events");
    assert_eq!(done(database, &["prune", "--before", "1970-01-06"]), "deleted 0 events");
    let intact = done(database, &["verify", "--head", &sixth]);
    assert!(
        intact.starts_with("intact: 4 events, events up to 4 were pruned, head 8:"),
        "{intact}"
    );
    // Everything, with the events of both.
    assert_eq!(done(database, &["prune", "--before", "0s"]), "deleted 4 events");
    let head = done(database, &["head"]);
    let intact = done(database, &["verify", "--head", &head]);
    assert!(
        intact.starts_with("intact: 1 events, events up to 8 were pruned, head 9:"),
        "{intact}"
    );
    let (code, error) = verify(database, &["--head", &sixth]);
    assert!(code == 1 && error.contains("the noted head 6 cannot be compared"), "{error}");
    let (code, _, error) = audit(database, &["prune", "--before", "2100-01-01"]);
    assert_eq!((code, &*error), (2, "error: 2100-01-01T00:00:00Z is in the future"));
    // The record of the last prune cannot be deleted, and a prune does not delete that trace.
    alter(database, "DELETE FROM audit_events").await;
    let error = "error: tampered: events 9 to 9 are missing".to_owned();
    assert_eq!(verify(database, &[]), (1, error.clone()));
    assert_eq!(audit(database, &["prune", "--before", "0s"]), (1, String::new(), error));
}

/// An event that a slow transaction commits after others with higher ids.
pub(crate) async fn event_that_is_committed_late_is_sealed(database: &TestDatabase) {
    six_events(database).await;
    let late = "INSERT INTO audit_events (id, at, kind, actor) VALUES (-1, 0, 'login', 'operator')";
    alter(database, late).await;
    let intact = done(database, &["verify"]);
    assert!(intact.starts_with("intact: 7 events, head 7:"), "{intact}");
}

pub(crate) async fn list_is_filtered_by_kind_time_and_limit(database: &TestDatabase) {
    six_events(database).await;
    let list = |arguments: &[&str]| {
        let json = done(database, &[&["list", "--json"], arguments].concat());
        super::rows(&json).iter().map(|row| row["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(list(&["--limit", "2"]), [1, 2]);
    assert!(list(&["--limit", "0"]).is_empty());
    assert_eq!(list(&["--since", "1970-01-03", "--until", "1970-01-05"]), [2, 3]);
    assert_eq!(list(&["--kind", "logout", "--limit", "1"]), [1]);
    assert!(list(&["--kind", "login"]).is_empty());
    assert_eq!(list(&["--user", "1", "--kind", "logout", "--until", "1970-01-03"]), [1]);
    let (code, _, error) = audit(database, &["list", "--kind", "logon"]);
    assert!(code == 2 && error.contains("there is no such kind"), "{error}");
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
pub(crate) async fn racing_seals_succeed_and_make_one_chain(database: &TestDatabase) {
    append(database, 1..=5000).await;
    let mut seals = JoinSet::new();
    for _ in 0..4 {
        let url: DatabaseUrl = database.url.parse().unwrap();
        let options = SqlOptions { timeout: TIMEOUT, ..SqlOptions::default() };
        let store = SqlStore::new(&url, options, Arc::new(SystemClock)).unwrap();
        seals.spawn(async move { Chain::new(Arc::new(store), Arc::new(SystemClock)).seal().await });
    }
    while let Some(sealed) = seals.join_next().await {
        sealed.unwrap().unwrap();
    }
    let intact = done(database, &["verify"]);
    assert!(intact.starts_with("intact: 5000 events, head 5000:"), "{intact}");
}

/// Several instances write and seal concurrently, with failed logins of unknown addresses.
pub(crate) async fn several_instances_make_one_chain(database: &TestDatabase) {
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

macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test(&super::databases::sqlite()).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $test() {
                    let Some(database) = super::databases::postgres().await else { return };
                    super::$test(&database).await;
                    database.remove().await;
                }
            )+
        }
    };
}

on_both![
    changed_column_is_found,
    deleted_and_moved_rows_are_found,
    inserted_row_and_altered_head_are_found,
    noted_head_detects_a_cut_and_a_rewritten_chain,
    pruned_chain_is_intact_and_says_so,
    event_that_is_committed_late_is_sealed,
    list_is_filtered_by_kind_time_and_limit,
    racing_seals_succeed_and_make_one_chain,
    several_instances_make_one_chain,
];
