//! The hash chain of the audit trail, by `countersign audit`, on tables that another program alters.

macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test(&crate::databases::sqlite()).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $test() {
                    let Some(database) = crate::databases::postgres().await else { return };
                    super::$test(&database).await;
                    database.remove().await;
                }
            )+
        }
    };
}

mod acknowledge;
mod retention;
mod sealing;
mod tampering;

use std::sync::Arc;

use countersign::clock::SystemClock;
use countersign::domain::{Actor, AuditEvent, AuditKind, SessionId, Timestamp, UserId};
use countersign::store::AuditStore;
use countersign::store::sql::{DatabaseUrl, SqlOptions, SqlStore};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use super::databases::TestDatabase;
use super::support::{TIMEOUT, countersign, run};

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

fn open(database: &TestDatabase) -> SqlStore {
    let url: DatabaseUrl = database.url.parse().unwrap();
    let options = SqlOptions { timeout: TIMEOUT, ..SqlOptions::default() };
    SqlStore::new(&url, options, Arc::new(SystemClock)).unwrap()
}

async fn append(database: &TestDatabase, days: impl IntoIterator<Item = u64>) {
    let store = open(database);
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

/// Copies the tables, for [`RESTORE`].
const KEEP: &str = "CREATE TABLE kept AS SELECT * FROM audit_events; \
                    CREATE TABLE chain AS SELECT * FROM audit_chain";

const RESTORE: &str = "DELETE FROM audit_events; INSERT INTO audit_events SELECT * FROM kept; \
                       DELETE FROM audit_chain; INSERT INTO audit_chain SELECT * FROM chain";

async fn list_is_filtered_by_kind_time_and_limit(database: &TestDatabase) {
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

on_both![list_is_filtered_by_kind_time_and_limit];
