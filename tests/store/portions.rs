//! Sessions end in portions, so that a user with very many can be disabled.

use countersign::domain::UserId;
use countersign::store::sql::SqlStore;
use countersign::store::{Authorization, Deletion, Effects, EndedSessions, PasswordChange};
use countersign::store::{SessionStore, UserStore};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use crate::databases::{self, TestDatabase};
use crate::support::{
    account, at, authorization, delete, disable, hash, new_session, open, opened, revoke,
    set_password, user,
};

/// More than one portion, inserted by another program.
const COUNT: usize = 10_500;

async fn insert_sessions(database: &TestDatabase, user: UserId) {
    let rows = format!(
        "INSERT INTO sessions (id, user_id, generation, created_at, last_used_at, \
         idle_expires_at, absolute_expires_at, foreign_retries) \
         SELECT 'session-' || n, {user}, 0, n, n, 9000000000000, 9000000000000, 0 FROM ",
        user = user.0
    );
    if database.url.starts_with("sqlite:") {
        let numbers = format!(
            "(WITH RECURSIVE numbers(n) AS \
             (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {COUNT}) \
             SELECT n FROM numbers)"
        );
        let mut connection = SqliteConnection::connect(&database.url).await.unwrap();
        let insert = sqlx::raw_sql(AssertSqlSafe(rows + &numbers));
        insert.execute(&mut connection).await.unwrap();
    } else {
        let mut connection = PgConnection::connect(&database.url).await.unwrap();
        let numbers = format!("generate_series(1, {COUNT}) AS numbers(n)");
        let insert = sqlx::raw_sql(AssertSqlSafe(rows + &numbers));
        insert.execute(&mut connection).await.unwrap();
    }
}

async fn every_command_ends_all(database: &TestDatabase) {
    let store = database.store().await;
    for command in 0..7 {
        let user = user(&store).await;
        insert_sessions(database, user).await;
        let own = opened(&store, user).await;
        let token = authorization(Some(own));
        match command {
            0 => drop(disable(&store, user, 0).await.unwrap()),
            1 => assert!(revoke(&store, user, 0).await),
            2 => drop(set_password(&store, user, 0).await.unwrap()),
            3 => assert!(delete(&store, user).await),
            4 => {
                let ended = EndedSessions::Others;
                let ended = store.end_own(user, &token, ended, at(0), Effects::none()).await;
                assert_eq!(ended.unwrap(), Ok(true));
                assert_eq!(sessions(&store, user).await, 1);
                continue;
            }
            5 => {
                let change = PasswordChange {
                    user,
                    authorization: Authorization { password_hash: Some(hash(1)), ..token },
                    password_hash: hash(2),
                    session: new_session(1),
                };
                let changed = store.change_password(change, Effects::none()).await.unwrap();
                assert_eq!(changed, Ok(()));
                assert_eq!(sessions(&store, user).await, 1);
                continue;
            }
            _ => {
                let deleted = store.delete_own(user, &token, at(0), Effects::none()).await;
                assert_eq!(deleted.unwrap(), Ok(Deletion::Deleted));
            }
        }
        assert_eq!(sessions(&store, user).await, 0, "{command}");
    }
}

async fn sessions(store: &SqlStore, user: UserId) -> usize {
    store.sessions_of(user, at(0), 99).await.unwrap().len()
}

#[tokio::test]
async fn every_command_ends_very_many_sessions_on_sqlite() {
    every_command_ends_all(&databases::sqlite()).await;
}

#[tokio::test]
async fn every_command_ends_very_many_sessions_on_postgres() {
    let Some(database) = databases::postgres().await else { return };
    every_command_ends_all(&database).await;
    database.remove().await;
}

/// Each login ends a portion of those over the limit.
#[tokio::test]
async fn login_with_very_many_sessions_succeeds() {
    let database = databases::sqlite();
    let store = database.store().await;
    let user = user(&store).await;
    insert_sessions(&database, user).await;
    let session = new_session(1);
    assert!(open(&store, &account(&store, user).await, session.clone()).await);
    assert!(store.session(session.id).await.unwrap().is_some());
}
