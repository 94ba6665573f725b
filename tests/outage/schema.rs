//! A PostgreSQL database that other programs use, too.

use super::serve;
use super::support::postgres::Server;
use super::support::{Service, countersign, run};
use super::use_cases::{ALL_WELL, User};

/// The tables of another program, by the same names.
const FOREIGN: &str = "CREATE TABLE users (name text); INSERT INTO users VALUES ('theirs'); \
     CREATE TABLE sessions (cookie text); \
     CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL, \
     installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, \
     checksum bytea NOT NULL, execution_time bigint NOT NULL); \
     INSERT INTO _sqlx_migrations VALUES (20240101000000, 'theirs', now(), true, '\\x00', 1)";

const TABLES: &str = "SELECT COUNT(*) FROM pg_class WHERE relkind IN ('r', 'S', 'i') \
     AND relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname LIKE 'pg\\_%' \
     OR nspname = 'information_schema')";

fn refused(server: &Server) -> String {
    let (status, log) = Service::try_start(&mut serve(&server.url())).err().unwrap();
    assert_eq!(status.code(), Some(9), "{log}");
    assert!(log.contains("--database-schema") && !log.contains("newer version"), "{log}");
    log
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_of_another_program_are_rejected_and_nothing_is_left_behind() {
    for foreign in [
        FOREIGN,
        "CREATE TABLE users (name text)",
        "CREATE TABLE sessions (cookie text)",
        "CREATE VIEW users AS SELECT 1",
    ] {
        let Some(server) = Server::start() else { return };
        server.execute(foreign).await;
        let before = server.count(TABLES).await;
        refused(&server);
        assert_eq!(server.count(TABLES).await, before, "{foreign}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn schema_of_its_own_is_created_and_served_beside_the_tables_of_others() {
    let Some(server) = Server::start() else { return };
    server.execute(FOREIGN).await;
    let mut command = serve(&server.url());
    command.env("COUNTERSIGN_DATABASE_SCHEMA", "auth");
    for _ in 0..2 {
        let service = Service::start(&mut command);
        let steps = User::new(&service, "a@example.com").do_everything(async |_| ()).await;
        assert_eq!(steps, ALL_WELL);
        User::new(&service, "kept@example.com").step("/register").await;
        service.stop();
    }
    assert_eq!(server.count("SELECT COUNT(*) FROM auth.users").await, 1);
    assert_eq!(server.count("SELECT COUNT(*) FROM public.users WHERE name = 'theirs'").await, 1);
    let mut list = countersign(&["user", "list", "--database-schema", "auth"]);
    let (code, stdout, stderr) = run(list.env("COUNTERSIGN_DATABASE_URL", server.url()));
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("kept@example.com"), "{stdout}");
}

#[tokio::test(flavor = "multi_thread")]
async fn schema_that_may_not_be_created_is_rejected_with_the_cure() {
    let Some(server) = Server::start() else { return };
    server.execute(super::alterations::ROLE).await;
    let mut command = serve(&super::alterations::url_of_role(&server));
    command.env("COUNTERSIGN_DATABASE_SCHEMA", "auth");
    let (status, log) = Service::try_start(&mut command).err().unwrap();
    assert_eq!(status.code(), Some(9), "{log}");
    assert!(log.contains("CREATE SCHEMA auth AUTHORIZATION"), "{log}");
}
