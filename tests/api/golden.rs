//! Tokens, password hashes and files that version 0.1.0 wrote: every later version accepts them. One
//! that does not would log out or lock out users with its upgrade.
//!
//! They are in `tests/golden/`, a folder for each version that wrote something new.

use countersign::config::Database;
use countersign::keys::{KeySet, SharedKeySet};
use countersign::oauth_clients::OAuthClients;
use rstest::rstest;
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};

use crate::databases::{self, TestDatabase};
use crate::support::{Session, TestApp, TestResponse, WRONG_CREDENTIALS};

/// SQL of a database with its tables, users and sessions, as it was at the start of every test.
const USERS: &str = include_str!("../golden/0.1.0/users.sql");
/// A key of each algorithm, of which the first is the secret of these tests.
const KEYS: &str = include_str!("../golden/0.1.0/keys.json");
/// The tokens of a session for each of the keys.
const TOKENS: &str = include_str!("../golden/0.1.0/tokens.json");
/// A client, and its secret.
const CLIENTS: &str = include_str!("../golden/0.1.0/clients");
const CLIENT_SECRET: &str = "Xmf5X7imy9q-IVHiA5z6S5DIy4OVMHDaksJ46hTvuCI";

const ADA: &str = r#"{"user": "User id=1: <ada@example.com, is_admin=False>"}"#;

/// The golden database, and the service on it.
struct Golden {
    app: TestApp,
    _database: TestDatabase,
}

impl Golden {
    async fn start(keys: SharedKeySet) -> Self {
        let database = databases::sqlite();
        let file = format!("{}?mode=rwc", database.url);
        let mut connection = SqliteConnection::connect(&file).await.unwrap();
        sqlx::raw_sql(USERS).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let url = database.url.parse().unwrap();
        let app = TestApp::start_with(|config| {
            config.demo = false;
            config.database.database = Database::Sql(url);
            config.oauth_clients = OAuthClients::parse(CLIENTS).unwrap();
            config.tokens.keys = keys;
        })
        .await;
        app.advance_clock(10);
        Self { app, _database: database }
    }

    /// With the secret that all tests have.
    async fn with_secret() -> Self {
        Self::start(crate::support::config().tokens.keys).await
    }
}

fn all_keys() -> SharedKeySet {
    SharedKeySet::new(KeySet::from_json(KEYS.as_bytes()).unwrap())
}

/// Each algorithm, and the tokens of a session that a key of it signed.
fn sessions() -> Vec<(String, Session)> {
    let rows: Vec<Value> = serde_json::from_str(TOKENS).unwrap();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let session = |row: &Value| Session {
        access: text(row, "access_token"),
        refresh: text(row, "refresh_token"),
    };
    rows.iter().map(|row| (text(row, "key"), session(row))).collect()
}

#[tokio::test]
async fn golden_tokens_of_every_key_are_accepted() {
    let golden = Golden::start(all_keys()).await;
    let app = &golden.app;
    assert_eq!(sessions().len(), 4);
    for (key, session) in sessions() {
        assert_eq!(app.get_user(&session.access).await.body, ADA, "{key}");
        let answer = app.refresh(&session.refresh).await;
        assert_eq!(answer.status, 200, "{key}: {}", answer.body);
        let next = Session::refreshed(&answer);
        assert_eq!(app.get_user(&next.access).await.body, ADA, "{key}");
    }
}

/// The generation is a part of the token: it is one of the tokens that rotate, and no older one.
#[tokio::test]
async fn golden_tokens_of_the_secret_continue_their_session() {
    let golden = Golden::with_secret().await;
    let app = &golden.app;
    let session = &sessions()[0].1;
    assert_eq!(app.get_user(&session.access).await.body, ADA);
    let ask = async |token: &str| {
        let request = app.post("/introspect").form(&[("token", token)]);
        TestResponse::of(request.basic_auth("gateway", Some(CLIENT_SECRET))).await.json()
    };
    for token in [&session.access, &session.refresh] {
        let answer = ask(token).await;
        assert_eq!(
            (&answer["active"], &answer["username"]),
            (&json!(true), &json!("ada@example.com"))
        );
    }
    let next = Session::refreshed(&app.refresh(&session.refresh).await);
    let of_session = |token: &str| token.split('.').next().unwrap().to_owned();
    assert_eq!(of_session(&next.refresh), of_session(&session.refresh));
    assert_eq!(ask(&session.refresh).await, json!({"active": false}));
    assert_eq!(app.refresh(&next.refresh).await.status, 200);
}

#[rstest]
#[case::argon2id("ada", "correct horse battery")]
#[case::bcrypt("bcrypt", "pässwörd")]
#[case::decomposed_letters("bcrypt", "pa\u{308}sswo\u{308}rd")]
#[case::bcrypt_of_django("bcrypt.django", "pässwörd")]
#[case::pbkdf2_of_django("pbkdf2-sha256.django", "pässwörd")]
#[case::pbkdf2_sha1_of_django("pbkdf2-sha1.django", "pässwörd")]
#[case::pbkdf2_of_passlib("pbkdf2-sha256.passlib", "pässwörd")]
#[case::pbkdf2_sha512_of_passlib("pbkdf2-sha512.passlib", "pässwörd")]
#[case::pbkdf2_as_phc("pbkdf2-sha256.phc", "pässwörd")]
#[case::scrypt_of_django("scrypt.django", "pässwörd")]
#[case::scrypt_of_passlib("scrypt.passlib", "pässwörd")]
#[tokio::test]
async fn golden_password_hash_logs_in(#[case] name: &str, #[case] password: &str) {
    let golden = Golden::with_secret().await;
    let email = format!("{name}@example.com");
    let wrong = golden.app.login(&email, "passwort").await;
    assert_eq!(wrong.contract(), WRONG_CREDENTIALS);
    // The first one hashes anew, and the second one reads that.
    for _ in 0..2 {
        let answer = golden.app.login(&email, password).await;
        let access = Session::of(&answer, "token").access;
        assert!(golden.app.get_user(&access).await.body.contains(&email));
    }
}

#[tokio::test]
async fn golden_database_is_migrated_and_served() {
    let golden = Golden::with_secret().await;
    let app = &golden.app;
    let disabled = app.login("disabled@example.com", "pässwörd").await;
    assert_eq!(disabled.contract(), WRONG_CREDENTIALS);
    // Id 12 was a user's who was deleted.
    let form = [("email", "new@example.com"), ("password", "correct horse battery")];
    let new = Session::of(&TestResponse::of(app.post("/register").form(&form)).await, "token");
    assert!(app.get_user(&new.access).await.body.contains("id=13: <new@example.com"));
    let listed = app.get("/sessions").bearer_auth(&sessions()[0].1.access);
    let listed = TestResponse::of(listed).await.json();
    let listed = listed["sessions"].as_array().unwrap();
    assert_eq!(listed.len(), 4);
    assert!(listed.iter().all(|session| session["user_agent"] == "Fancy/1.0"));
}
