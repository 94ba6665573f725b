//! A batch of an import is one transaction: all of it is there afterwards, or nothing.

use std::fs;

use sqlx::{Connection, PgConnection, SqliteConnection};

use super::databases::{self, TestDatabase};
use super::{BCRYPT, done, rows, user};

/// More than one statement inserts, and fewer than there are in two batches.
const ROWS: usize = 700;

fn import_is_all_or_nothing(database: &TestDatabase) -> impl FnOnce() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.csv");
    let row = |number| format!("user-{number}@example.com,{BCRYPT}\n");
    let text = format!("email,password_hash\n{}", (1..=ROWS).map(row).collect::<String>());
    fs::write(&path, text).unwrap();
    let url = database.url.clone();
    let (code, stdout, stderr) = user(&url, &["import", path.to_str().unwrap()], "");
    assert_eq!((code, &*stdout), (9, ""), "{stderr}");
    assert_eq!(rows(&done(&url, &["list", "--json"], "")).len(), 0);
    // When the last row can be inserted, too.
    move || {
        let imported =
            done(&url, &["import", folder.path().join("users.csv").to_str().unwrap()], "");
        assert!(imported.starts_with("imported 700, rejected 0, "), "{imported}");
        assert_eq!(rows(&done(&url, &["list", "--json"], "")).len(), ROWS);
    }
}

#[tokio::test]
async fn batch_whose_last_row_fails_leaves_nothing_in_sqlite() {
    let database = databases::sqlite();
    database.store().await.close().await;
    let mut connection = SqliteConnection::connect(&database.url).await.unwrap();
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON users \
        WHEN NEW.email = 'user-700@example.com' BEGIN SELECT RAISE(ABORT, 'not this one'); END";
    sqlx::raw_sql(refuse).execute(&mut connection).await.unwrap();
    let again = import_is_all_or_nothing(&database);
    sqlx::raw_sql("DROP TRIGGER refuse").execute(&mut connection).await.unwrap();
    again();
}

#[tokio::test]
async fn batch_whose_last_row_fails_leaves_nothing_in_postgres() {
    let Some(database) = databases::postgres().await else { return };
    database.store().await.close().await;
    let mut connection = PgConnection::connect(&database.url).await.unwrap();
    let refuse = "ALTER TABLE users ADD CONSTRAINT refuse CHECK (email <> 'user-700@example.com')";
    sqlx::raw_sql(refuse).execute(&mut connection).await.unwrap();
    let again = import_is_all_or_nothing(&database);
    sqlx::raw_sql("ALTER TABLE users DROP CONSTRAINT refuse")
        .execute(&mut connection)
        .await
        .unwrap();
    again();
    connection.close().await.unwrap();
    database.remove().await;
}
