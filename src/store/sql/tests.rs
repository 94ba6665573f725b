//! Settings that only a look at the connections shows which the store really uses.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::SystemClock;
use crate::store::sql::{DatabaseUrl, SqlOptions, SqlStore};

async fn store(folder: &tempfile::TempDir, options: SqlOptions) -> SqlStore {
    let url = format!("sqlite:{}", folder.path().join("users.db").display());
    let store = SqlStore::new(&url.parse::<DatabaseUrl>().unwrap(), options, Arc::new(SystemClock))
        .unwrap();
    store.migrate(true).await.unwrap();
    store
}

/// The value of a setting at the connection that writes, and at one that reads.
macro_rules! setting {
    ($store:expr, $name:literal) => {{
        let query = concat!("SELECT CAST(", $name, " AS TEXT) FROM pragma_", $name);
        let query = query.replace("CAST(busy_timeout", "CAST(timeout");
        let query = || sqlx::AssertSqlSafe(query.clone());
        let write: Result<String, _> =
            on!($store, write, |db| sqlx::query_scalar(query()).fetch_one(db));
        let read: Result<String, _> =
            on!($store, read, |db| sqlx::query_scalar(query()).fetch_one(db));
        [write.unwrap(), read.unwrap()]
    }};
}

/// `FULL` (2) has what was acknowledged survive a loss of power; `NORMAL` does not.
#[tokio::test]
async fn sqlite_connections_are_durable_and_check_references() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder, SqlOptions::default()).await;
    assert_eq!(setting!(store, "synchronous"), ["2", "2"]);
    assert_eq!(setting!(store, "journal_mode"), ["wal", "wal"]);
    assert_eq!(setting!(store, "foreign_keys"), ["1", "1"]);
    // A folder for temporary files may be missing.
    assert_eq!(setting!(store, "temp_store"), ["2", "2"]);
}

/// The other half is for the wait for a connection.
#[tokio::test]
async fn sqlite_lock_is_waited_for_half_of_the_timeout() {
    let default = SqlOptions::default().timeout;
    for (timeout, milliseconds) in [(default, "1000"), (Duration::from_secs(7), "3500")] {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder, SqlOptions { timeout, ..SqlOptions::default() }).await;
        assert_eq!(setting!(store, "busy_timeout"), [milliseconds, milliseconds]);
    }
}
