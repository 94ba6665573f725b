//! PostgreSQL's tables, sequences and roles, altered under the running service.

use super::support::postgres::Server;
use super::support::{Service, until};
use super::use_cases::{ALL_WELL, User};
use super::{assert_readiness, serve};

/// What an operator or a newer version does to the tables.
const ALTERATIONS: [&str; 9] = [
    "ALTER TABLE users ADD COLUMN note text",
    "ALTER TABLE users ADD COLUMN seen bigint NOT NULL DEFAULT 0",
    "ALTER TABLE sessions ADD COLUMN note text",
    "ALTER TABLE users ALTER COLUMN email TYPE varchar(400)",
    "ALTER TABLE sessions ALTER COLUMN user_agent TYPE varchar(4000)",
    "CREATE INDEX users_by_note ON users (note); DROP INDEX sessions_by_expiry",
    "ALTER TABLE users DROP COLUMN note",
    "CREATE INDEX sessions_by_expiry ON sessions (idle_expires_at); ANALYZE users, sessions",
    "ALTER TABLE users ALTER COLUMN email TYPE text",
];

#[tokio::test(flavor = "multi_thread")]
async fn altered_table_is_not_noticed() {
    let Some(server) = Server::start() else { return };
    // One connection: each statement meets it again.
    let mut command = serve(&server.url());
    let service = Service::start(command.env("COUNTERSIGN_DATABASE_CONNECTIONS", "1"));
    for (number, alteration) in ALTERATIONS.iter().enumerate() {
        let mut user = User::new(&service, format!("a{number}@example.com"));
        assert_eq!(user.do_everything(async |_| ()).await, ALL_WELL);
        let mut user = User::new(&service, format!("b{number}@example.com"));
        let steps = user.do_everything(async |path| {
            // In the middle of everything.
            if path == "/token" {
                server.execute(alteration).await;
            }
        });
        assert_eq!(steps.await, ALL_WELL, "{alteration}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sequence_behind_the_ids_refuses_no_new_address() {
    let Some(server) = Server::start() else { return };
    let service = Service::start(&mut serve(&server.url()));
    for number in 0..30 {
        assert_eq!(
            User::new(&service, format!("{number}@example.com")).step("/register").await,
            201
        );
    }
    server.execute("ALTER TABLE users ALTER COLUMN id RESTART WITH 1").await;
    let mut users: Vec<User<'_>> =
        (30..40).map(|number| User::new(&service, format!("{number}@example.com"))).collect();
    for status in
        futures_util::future::join_all(users.iter_mut().map(|it| it.step("/register"))).await
    {
        assert_eq!(status, 201);
    }
    assert_eq!(User::new(&service, "7@example.com").step("/register").await, 409);
    assert_eq!(server.count("SELECT COUNT(DISTINCT id) FROM users").await, 40);
    assert!(server.count("SELECT MIN(id) FROM users WHERE email LIKE '3_@%'").await > 30);
}

/// A role that may not set the sequence.
#[tokio::test(flavor = "multi_thread")]
async fn sequence_that_may_not_be_set_is_a_503_with_the_cure_in_the_log() {
    let Some(server) = Server::start() else { return };
    Service::start(&mut serve(&server.url())).stop();
    server.execute(ROLE).await;
    server.execute(GRANTS).await;
    let service = Service::start(&mut serve(&url_of_role(&server)));
    for number in 0..30 {
        assert_eq!(
            User::new(&service, format!("{number}@example.com")).step("/register").await,
            201
        );
    }
    server.execute("ALTER TABLE users ALTER COLUMN id RESTART WITH 1").await;
    assert_eq!(User::new(&service, "new@example.com").step("/register").await, 503);
    let log = service.stop().1;
    assert!(log.contains("setval"), "{log}");
}

/// A statement that is given up does not go on at the server, where it may hold locks.
#[tokio::test(flavor = "multi_thread")]
async fn statement_that_takes_too_long_is_ended_at_the_server() {
    let Some(server) = Server::start() else { return };
    let mut command = serve(&server.url());
    let service = Service::start(command.env("COUNTERSIGN_DATABASE_TIMEOUT", "1s"));
    let mut other = server.connect().await;
    let lock = "BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE";
    sqlx::raw_sql(lock).execute(&mut other).await.unwrap();
    assert_eq!(User::new(&service, "a@example.com").step("/register").await, 503);
    let waiting = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    until("ended", async || server.count(waiting).await == 0).await;
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    assert_eq!(User::new(&service, "a@example.com").step("/register").await, 201);
    let log = service.stop().1;
    assert!(log.contains("statement timeout"), "{log}");
}

/// As distributed engines report it.
#[tokio::test(flavor = "multi_thread")]
async fn serialization_failure_is_tried_again() {
    let Some(server) = Server::start() else { return };
    let service = Service::start(&mut serve(&server.url()));
    // A sequence is not rolled back.
    let refuse = "CREATE SEQUENCE tries; CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN \
         IF nextval('tries') % 9 < 3 THEN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END IF; \
         RETURN NEW; END $$ LANGUAGE plpgsql; \
         CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION refuse(); \
         CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON sessions FOR EACH ROW EXECUTE FUNCTION refuse()";
    server.execute(refuse).await;
    let steps = User::new(&service, "a@example.com").do_everything(async |_| ()).await;
    assert_eq!(steps, ALL_WELL);
}

/// Another unique column, of an operator's or a newer version's.
#[tokio::test(flavor = "multi_thread")]
async fn conflict_on_another_constraint_is_no_taken_address() {
    let Some(server) = Server::start() else { return };
    let service = Service::start(&mut serve(&server.url()));
    server.execute("ALTER TABLE users ADD COLUMN tenant int NOT NULL DEFAULT 1 UNIQUE").await;
    assert_eq!(User::new(&service, "a@example.com").step("/register").await, 201);
    assert_eq!(User::new(&service, "b@example.com").step("/register").await, 503);
    assert_eq!(User::new(&service, "a@example.com").step("/register").await, 409);
    let log = service.stop().1;
    assert!(log.contains("users_tenant_key"), "{log}");
}

pub(crate) const ROLE: &str = "CREATE ROLE serves LOGIN; REVOKE ALL ON SCHEMA public FROM PUBLIC";
pub(crate) const GRANTS: &str = "GRANT USAGE ON SCHEMA public TO serves; \
     GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO serves";

pub(crate) fn url_of_role(server: &Server) -> String {
    format!("postgres://serves@127.0.0.1:{}/postgres", server.port)
}

#[tokio::test(flavor = "multi_thread")]
async fn role_without_the_right_to_create_serves_migrated_tables() {
    let Some(server) = Server::start() else { return };
    Service::start(&mut serve(&server.url())).stop();
    server.execute(ROLE).await;
    server.execute(GRANTS).await;
    let service = Service::start(&mut serve(&url_of_role(&server)));
    let steps = User::new(&service, "a@example.com").do_everything(async |_| ()).await;
    assert_eq!(steps, ALL_WELL);
}

#[tokio::test(flavor = "multi_thread")]
async fn role_without_the_right_to_create_is_told_the_cure() {
    let Some(server) = Server::start() else { return };
    server.execute(ROLE).await;
    server.execute("GRANT USAGE ON SCHEMA public TO serves").await;
    let (status, log) = Service::try_start(&mut serve(&url_of_role(&server))).err().unwrap();
    assert_eq!(status.code(), Some(9), "{log}");
    assert!(log.contains("countersign migrate") && log.contains("may not create"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn revoked_right_is_a_503_and_its_return_is_enough() {
    let Some(server) = Server::start() else { return };
    Service::start(&mut serve(&server.url())).stop();
    server.execute(ROLE).await;
    server.execute(GRANTS).await;
    let service = Service::start(&mut serve(&url_of_role(&server)));
    let mut user = User::new(&service, "a@example.com");
    assert_eq!(user.step("/register").await, 201);
    server.execute("REVOKE ALL ON users, sessions FROM serves").await;
    until("unready", async || service.get("/readyz", "").await.0 == 503).await;
    for path in ["/login", "/token", "/register"] {
        assert_eq!(user.step(path).await, 503, "{path}");
    }
    server.execute(GRANTS).await;
    assert_readiness(&service, 200).await;
    assert_eq!(user.step("/login").await, 200);
    let log = service.stop().1;
    assert!(log.contains("GRANT"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn terminated_backends_during_each_use_case_lose_nothing_acknowledged() {
    let Some(server) = Server::start() else { return };
    let service = Service::start(&mut serve(&server.url()));
    for round in 0..2 {
        // Between the requests no client notices.
        let mut user = User::new(&service, format!("between{round}@example.com"));
        let steps = user.do_everything(async |_| server.terminate_backends().await).await;
        assert_eq!(steps, ALL_WELL);
    }
    // During the requests: all of them again and again, while backends are ended.
    let stop = std::sync::atomic::AtomicBool::new(false);
    let ending = async {
        while !stop.load(std::sync::atomic::Ordering::Relaxed) {
            server.terminate_backends().await;
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    let acting = async {
        for number in 0..4 {
            let mut user = User::new(&service, format!("during{number}@example.com"));
            for (path, well) in ALL_WELL {
                let mut status = user.step(path).await;
                let mut tries = 0;
                // Refused or not known to have been done; it is done as a whole or not at all.
                while status == 503 && tries < 200 {
                    status = user.step(path).await;
                    tries += 1;
                }
                let done_before = matches!(
                    (path, status),
                    ("/register", 409) | ("/change-password" | "/logout" | "/account", 400 | 401)
                );
                assert!(status == well || done_before, "{path}: {status}");
                if done_before {
                    if path == "/change-password" {
                        user.password.push('!');
                    }
                    let login = user.step("/login").await;
                    assert!(matches!(login, 200 | 400 | 503), "{path}: {login}");
                }
            }
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    };
    tokio::join!(ending, acting);
    until("ready", async || service.get("/readyz", "").await.0 == 200).await;
    let steps = User::new(&service, "after@example.com").do_everything(async |_| ()).await;
    assert_eq!(steps, ALL_WELL);
}
