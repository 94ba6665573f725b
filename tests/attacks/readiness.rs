//! Floods of readiness checks.

use std::time::Duration;

use sqlx::{Connection, SqliteConnection};
use tokio::time::Instant;

use super::support::{SECRET, Service, countersign, until};

/// Each of them was a query to the database.
#[tokio::test(flavor = "multi_thread")]
async fn result_of_a_readiness_check_is_used_for_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let mut serve = countersign(&["serve", "--database", "sqlite:users.db"]);
    let service =
        Service::start(serve.current_dir(folder.path()).env("COUNTERSIGN_SECRET", SECRET));
    let path = folder.path().join("users.db");
    let mut other = SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    let is = async |status| service.get("/readyz", "").await.0 == status;
    // Both within a second, if the machine is not too busy for that.
    loop {
        until("ready", async || is(200).await).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let start = Instant::now();
        assert!(is(200).await);
        sqlx::raw_sql("ALTER TABLE sessions RENAME TO gone").execute(&mut other).await.unwrap();
        let is_ready = is(200).await;
        if start.elapsed() < Duration::from_millis(900) {
            assert!(is_ready, "the database was asked again");
            break;
        }
        sqlx::raw_sql("ALTER TABLE gone RENAME TO sessions").execute(&mut other).await.unwrap();
    }
    until("not ready", async || is(503).await).await;
    sqlx::raw_sql("ALTER TABLE gone RENAME TO sessions").execute(&mut other).await.unwrap();
    until("ready again", async || is(200).await).await;
}
