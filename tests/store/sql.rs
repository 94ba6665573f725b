//! What a SQL store promises beyond the others.

use std::sync::Arc;
use std::time::Duration;

use countersign::domain::UserId;
use countersign::store::UserStore;
use countersign::store::sql::{DatabaseUrl, MigrationError, SqlOptions, SqlStore};
use sqlx::{Connection, PgConnection, SqliteConnection};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::databases::{self, TestDatabase, clock};
use crate::support::{delete, insert, issued, new_session, new_user, present, register};

async fn several_instances_may_start_at_once(database: &TestDatabase) {
    let mut starts = JoinSet::new();
    for number in 0..8 {
        let store = database.bare_store(clock());
        starts.spawn(async move {
            store.migrate(true).await.unwrap();
            insert(&store, new_user(&format!("{number}@example.com"))).await.unwrap();
        });
    }
    starts.join_all().await;
    assert_eq!(database.store().await.page(UserId(0), 100).await.unwrap().len(), 8);
}

#[tokio::test]
async fn several_instances_may_start_at_once_on_sqlite() {
    for _ in 0..10 {
        several_instances_may_start_at_once(&databases::sqlite()).await;
    }
}

#[tokio::test]
async fn several_instances_may_start_at_once_on_postgres() {
    let Some(database) = databases::postgres().await else { return };
    several_instances_may_start_at_once(&database).await;
    database.remove().await;
}

/// Both of the locks that a start can meet: that of the tables, and that of another one that waits.
#[tokio::test]
async fn a_start_waits_for_a_migration_longer_than_a_statement_may_take() {
    let Some(database) = databases::postgres().await else { return };
    database.store().await;
    let mut other = PgConnection::connect(&database.url).await.unwrap();
    let lock = "BEGIN; LOCK TABLE _sqlx_migrations IN ACCESS EXCLUSIVE MODE";
    sqlx::raw_sql(lock).execute(&mut other).await.unwrap();

    // A transaction looks but once.
    let mut watcher = PgConnection::connect(&database.url).await.unwrap();
    let timeout = Duration::from_secs(1);
    let name = Uuid::new_v4().simple();
    let url: DatabaseUrl = format!("{}&application_name={name}", database.url).parse().unwrap();
    let mut starts = JoinSet::new();
    for _ in 0..2 {
        let store = SqlStore::new(
            &url,
            SqlOptions { connections: 2, timeout, ..SqlOptions::default() },
            clock(),
        )
        .unwrap();
        starts.spawn(async move { store.migrate(true).await });
    }
    let waiting = "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = $1 \
                   AND wait_event_type = 'Lock' \
                   AND clock_timestamp() - query_start > interval '1200 milliseconds'";
    loop {
        let waiting = sqlx::query_scalar(waiting).bind(name.to_string());
        let waiting: i64 = waiting.fetch_one(&mut watcher).await.unwrap();
        if waiting == 2 {
            break;
        }
        let ended = starts.try_join_next();
        assert!(ended.is_none(), "{ended:?}");
    }
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    for started in starts.join_all().await {
        started.unwrap();
    }
    database.remove().await;
}

#[tokio::test]
async fn data_and_ids_survive_a_restart() {
    let database = databases::sqlite();
    let store = database.store().await;
    let removed = insert(&store, new_user("a@example.com")).await.unwrap().user.id;
    assert!(delete(&store, removed).await);
    store.close().await;
    let store = database.store().await;
    assert!(insert(&store, new_user("a@example.com")).await.unwrap().user.id > removed);
}

#[tokio::test]
async fn database_of_a_newer_version_is_rejected() {
    let database = databases::sqlite();
    database.store().await.close().await;
    let path = database.url.strip_prefix("sqlite:").unwrap();
    let mut connection = SqliteConnection::connect(path).await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, \
                 execution_time) VALUES (9999, 'from the future', TRUE, x'00', 0)";
    sqlx::raw_sql(newer).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let refused = database.bare_store(clock()).migrate(true).await.unwrap_err();
    assert!(matches!(refused, MigrationError::Newer(9999)), "{refused}");
}

/// Without them each login reads every session that there is.
const INDEXES: [&str; 2] = ["sessions_by_expiry", "sessions_by_user"];

#[tokio::test]
async fn sessions_have_their_indexes_on_sqlite() {
    let database = databases::sqlite();
    database.store().await.close().await;
    let path = database.url.strip_prefix("sqlite:").unwrap();
    let mut connection = SqliteConnection::connect(path).await.unwrap();
    let indexes = "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'sessions' \
                   AND sql IS NOT NULL ORDER BY name";
    let indexes: Vec<String> =
        sqlx::query_scalar(indexes).fetch_all(&mut connection).await.unwrap();
    assert_eq!(indexes, INDEXES);
}

#[tokio::test]
async fn sessions_have_their_indexes_on_postgres() {
    let Some(database) = databases::postgres().await else { return };
    database.store().await;
    let mut connection = PgConnection::connect(&database.url).await.unwrap();
    let indexes = "SELECT indexname::text FROM pg_indexes WHERE schemaname = current_schema() \
                   AND tablename = 'sessions' AND indexname <> 'sessions_pkey' ORDER BY 1";
    let indexes: Vec<String> =
        sqlx::query_scalar(indexes).fetch_all(&mut connection).await.unwrap();
    assert_eq!(indexes, INDEXES);
    database.remove().await;
}

#[tokio::test]
async fn file_that_is_no_database_is_rejected_and_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.db");
    let text = "this is not a database, it is a letter to a friend".repeat(100);
    std::fs::write(&path, &text).unwrap();
    let url: DatabaseUrl = format!("sqlite:{}", path.display()).parse().unwrap();
    let store = SqlStore::new(&url, SqlOptions::default(), clock()).unwrap();
    let refused = store.migrate(true).await.unwrap_err().to_string();
    assert!(refused.contains("the file is not a SQLite database"), "{refused}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable_in_time() {
    // Nothing listens on a port that was free just now.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url: DatabaseUrl = format!("postgres://role@127.0.0.1:{port}/none").parse().unwrap();
    let timeout = std::time::Duration::from_millis(300);
    let store = SqlStore::new(
        &url,
        SqlOptions { connections: 2, timeout, ..SqlOptions::default() },
        clock(),
    )
    .unwrap();
    let start = tokio::time::Instant::now();
    assert!(store.ping().await.is_err());
    assert!(start.elapsed() < timeout * 4);
}

/// Two instances on one database, and 64 clients with one token.
async fn race_on_two_instances(database: &TestDatabase) {
    let instances = [Arc::new(database.store().await), Arc::new(database.store().await)];
    let session = new_session(0);
    let id = session.id;
    register(&*instances[0], new_user("a@example.com"), session).await.unwrap();
    for round in 0..50 {
        let mut rotations = JoinSet::new();
        for number in 0..64 {
            let store = Arc::clone(&instances[number % 2]);
            rotations.spawn(async move { present(&*store, id, round, 1).await });
        }
        for found in rotations.join_all().await {
            assert_eq!(issued(&found), Some(round + 1), "{found:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_refreshes_on_two_instances_get_one_successor_on_sqlite() {
    race_on_two_instances(&databases::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_refreshes_on_two_instances_get_one_successor_on_postgres() {
    let Some(database) = databases::postgres().await else { return };
    race_on_two_instances(&database).await;
    database.remove().await;
}
