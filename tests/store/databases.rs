//! Databases of a test's own.

use std::io::Write;
use std::sync::Arc;

use countersign::clock::ManualClock;
use countersign::domain::Timestamp;
use countersign::store::sql::{DatabaseUrl, SqlOptions, SqlStore};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use uuid::Uuid;

/// A database, and what has to go when the test is over.
pub(crate) struct TestDatabase {
    pub(crate) url: String,
    folder: Option<TempDir>,
    /// The server, and the schema in it that is the test's.
    schema: Option<(String, String)>,
}

/// A clock that stands still.
pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::starting_at(Timestamp::UNIX_EPOCH))
}

/// A file in a folder that goes when the value is dropped.
pub(crate) fn sqlite() -> TestDatabase {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("users.db").display());
    TestDatabase { url, folder: Some(folder), schema: None }
}

/// A schema on the server that `COUNTERSIGN_TEST_POSTGRES` names.
///
/// Without it the test says loudly that it was skipped; with `CI=true` it fails.
pub(crate) async fn postgres() -> Option<TestDatabase> {
    let Ok(server) = std::env::var("COUNTERSIGN_TEST_POSTGRES") else {
        let is_ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
        assert!(!is_ci, "COUNTERSIGN_TEST_POSTGRES names no server");
        // Past the capture of the test runner.
        let _ = writeln!(
            std::io::stderr(),
            "\n*** SKIPPED a test: COUNTERSIGN_TEST_POSTGRES names no server ***\n"
        );
        return None;
    };
    let schema = format!("countersign_{}", Uuid::new_v4().simple());
    execute(&server, format!("CREATE SCHEMA {schema}")).await;
    let join = if server.contains('?') { '&' } else { '?' };
    let url = format!("{server}{join}options=-csearch_path%3D{schema}");
    Some(TestDatabase { url, folder: None, schema: Some((server, schema)) })
}

async fn execute(server: &str, statement: String) {
    let mut connection = PgConnection::connect(server).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

impl TestDatabase {
    /// A store in it, without its tables.
    pub(crate) fn bare_store(&self, clock: Arc<ManualClock>) -> SqlStore {
        let url: DatabaseUrl = self.url.parse().unwrap();
        let timeout = std::time::Duration::from_secs(10);
        let options = SqlOptions { connections: 5, timeout, ..SqlOptions::default() };
        SqlStore::new(&url, options, clock).unwrap()
    }

    /// A store in it, whose clock stands still.
    pub(crate) async fn store(&self) -> SqlStore {
        self.store_with(clock()).await
    }

    pub(crate) async fn store_with(&self, clock: Arc<ManualClock>) -> SqlStore {
        let store = self.bare_store(clock);
        store.migrate(true).await.unwrap();
        store
    }

    /// Removes what a dropped value cannot.
    pub(crate) async fn remove(self) {
        if let Some((server, schema)) = self.schema {
            execute(&server, format!("DROP SCHEMA {schema} CASCADE")).await;
        }
        drop(self.folder);
    }
}
