//! The tables and indexes of SQLite, as its file has them.

use sqlx::{Connection, SqliteConnection};

use crate::databases;

async fn migrated() -> (databases::TestDatabase, SqliteConnection) {
    let database = databases::sqlite();
    database.store().await.close().await;
    let connection = SqliteConnection::connect(&database.url).await.unwrap();
    (database, connection)
}

/// A user may have many sessions, and a service has millions: no statement looks through all of them.
#[tokio::test]
async fn statements_about_sessions_use_an_index() {
    let (_database, mut connection) = migrated().await;
    for (statement, index) in [
        (
            "DELETE FROM sessions WHERE id IN \
             (SELECT id FROM sessions WHERE user_id = 1 AND id <> 'x' LIMIT 10000)",
            "sessions_by_user (user_id=?)",
        ),
        (
            "SELECT id FROM sessions WHERE user_id = 1 AND idle_expires_at > 2 \
             ORDER BY last_used_at DESC, id DESC LIMIT 3",
            "sessions_by_user (user_id=?)",
        ),
        (
            "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE user_id = 1 \
             AND id <> 'x' ORDER BY last_used_at DESC, id DESC LIMIT 1000 OFFSET 99)",
            "sessions_by_user (user_id=?)",
        ),
        (
            "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions \
             WHERE idle_expires_at <= 1 ORDER BY idle_expires_at, id LIMIT 4)",
            "sessions_by_expiry (idle_expires_at<?)",
        ),
        // Deleting a user deletes the user's sessions.
        ("SELECT 1 FROM sessions WHERE user_id = 1", "sessions_by_user (user_id=?)"),
        (
            "SELECT id FROM audit_events WHERE user_id = 1 AND id > 2 AND at >= 3 \
             ORDER BY id LIMIT 4",
            "audit_events_by_user (user_id=? AND id>?)",
        ),
        (
            "SELECT at FROM audit_events WHERE seq > 1 AND seq <= 2 ORDER BY seq, id LIMIT 1000",
            "audit_events_by_seq (seq>? AND seq<?)",
        ),
    ] {
        let plan = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let steps: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(plan).fetch_all(&mut connection).await.unwrap();
        let steps: Vec<_> = steps.into_iter().map(|(.., step)| step).collect();
        assert!(steps.iter().any(|step| step.ends_with(index)), "{statement}: {steps:?}");
        assert!(!steps.iter().any(|step| step.starts_with("SCAN")), "{statement}: {steps:?}");
    }
}

/// Of many users, few are administrators.
#[tokio::test]
async fn statement_about_administrators_looks_through_these_alone() {
    let (_database, mut connection) = migrated().await;
    let plan = "EXPLAIN QUERY PLAN SELECT id FROM users WHERE is_admin AND NOT disabled";
    let steps: Vec<(i64, i64, i64, String)> =
        sqlx::query_as(plan).fetch_all(&mut connection).await.unwrap();
    assert_eq!(steps[0].3, "SCAN users USING INDEX users_admins");
}

/// A migration that was released is never altered: where it has run, it is refused then.
#[tokio::test]
async fn released_migrations_of_sqlite_have_these_checksums() {
    let (_database, mut connection) = migrated().await;
    let rows: Vec<(i64, String)> =
        sqlx::query_as("SELECT version, hex(checksum) FROM _sqlx_migrations ORDER BY version")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    let released = [
        (
            1,
            "46913F778ECC8F7AE1B5EB73535E2275ED39DE22C99309E4F8673CE58807728504AFFBBFFF00E4A026BAE12B02B3C900",
        ),
        (
            2,
            "F11CE35AAD9AFE54F20A64B32BB2CE0145EA512A2E3B969D444DA4BB3311180ABD2003FFBB2FAEDA181C29F6AEC6FAD0",
        ),
    ];
    assert!(rows.len() >= released.len());
    for ((version, checksum), expected) in rows.iter().zip(released) {
        assert_eq!((*version, &**checksum), expected);
    }
}
