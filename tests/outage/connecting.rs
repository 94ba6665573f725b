//! What is said where PostgreSQL cannot be connected to, and what can be connected to.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use tokio::time::Instant;

use super::support::postgres::{Server, free_port};
use super::support::{Service, countersign, is_here, run};
use super::use_cases::{ALL_WELL, User};
use super::{SOON, serve};

const SECRET: &str = "hunter2";

/// What `countersign migrate` says of this URL, and its exit code.
fn migrate(url: &str) -> (i32, String) {
    let mut command = countersign(&["migrate"]);
    let (code, stdout, stderr) = run(command.env("COUNTERSIGN_DATABASE_URL", url));
    let said = stdout + &stderr;
    assert!(!said.contains(SECRET), "{said}");
    (code, said)
}

fn assert_rejected(url: &str, reason: &str) {
    let (code, said) = migrate(url);
    assert_eq!(code, 9, "{said}");
    assert!(said.contains(reason), "{said}");
    assert!(!said.contains(" at line ") && !said.contains("error with configuration"), "{said}");
}

fn assert_migrated(url: &str) {
    let (code, said) = migrate(url);
    assert_eq!(code, 0, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_connection_is_reported_with_cause_and_cure() {
    let Some(server) = Server::start() else { return };
    let port = server.port;
    for statement in [
        "CREATE ROLE pw LOGIN PASSWORD 'right'",
        "CREATE ROLE full LOGIN CONNECTION LIMIT 0",
        "CREATE DATABASE closed",
        "REVOKE CONNECT ON DATABASE closed FROM PUBLIC",
        "CREATE ROLE other LOGIN",
    ] {
        server.execute(statement).await;
    }
    server.admit("host all pw 127.0.0.1/32 scram-sha-256").await;
    server.admit("host all unwanted 127.0.0.1/32 reject").await;
    let at = |user: &str, rest: &str| format!("postgres://{user}@127.0.0.1:{port}/{rest}");
    assert_rejected(&at("pw:hunter2", "postgres"), "wrong password of the role \"pw\"");
    assert_rejected(&at("pw", "postgres"), "wrong password of the role \"pw\"");
    assert_rejected(&at("postgres", "nothing"), "database \"nothing\" not found; `createdb`");
    assert_rejected(&at("stranger", "postgres"), "rejects the role \"stranger\"");
    assert_rejected(&at("unwanted", "postgres"), "rejects the role \"unwanted\"");
    assert_rejected(&at("other", "closed"), "may not connect to \"closed\"; GRANT CONNECT");
    assert_rejected(&at("full", "postgres"), "has no connections left");
    assert_rejected(&at("postgres", "postgres?sslmode=require"), "has no TLS");
    let nothing = format!("postgres://u:hunter2@127.0.0.1:{}/n", free_port());
    assert_rejected(&nothing, "connection refused");
    let (code, said) = migrate("postgres://u:hunter2@no-such-host.invalid/n");
    assert_eq!(code, 9, "{said}");
    // Without a name server the resolution fails temporarily.
    let known = ["host not found", "name resolution failed"];
    assert!(known.iter().any(|reason| said.contains(reason)), "{said}");
    let two = format!("postgres://u@127.0.0.1:{0},127.0.0.1:{0}/n", free_port());
    assert_rejected(&two, "no server is usable: 127.0.0.1:");
}

#[tokio::test(flavor = "multi_thread")]
async fn starting_server_is_retried_and_reported() {
    let Some(primary) = Server::start() else { return };
    let standby = primary.standby().await;
    assert_rejected(&standby.url(), "read-only, as a standby");
    standby.shut_down();
    standby.resume_with("-c hot_standby=off");
    assert_rejected(&standby.url(), "is starting or stopping");
}

#[test]
fn malformed_url_is_rejected_without_its_password() {
    for (url, reason) in [
        ("postgres://u:hunter2/x@h/n", "/ is written %2F"),
        ("postgres://u:x@hunter2@h/n", "@ is written %40"),
        ("postgres://u:hunter2%@h/n", "% itself is written %25"),
        ("postgres://u:hunter2@h/n?sslmod=require", "unknown parameter"),
        ("postgres://u:hunter2@h/n?sslmode=hunter2", "verify-ca or verify-full"),
        ("postgres://u:hunter2@h/n?sslmode=verify-full", "sslrootcert"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("url");
        std::fs::write(&file, url).unwrap();
        let mut command = countersign(&["migrate"]);
        let (code, _, said) = run(command.env("COUNTERSIGN_DATABASE_URL_FILE", &file));
        assert_eq!(code, 9, "{said}");
        assert!(said.contains(reason) && !said.contains(SECRET), "{url}: {said}");
    }
}

#[test]
fn schema_without_postgres_or_of_another_form_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("users.db").display());
    for (schema, code, reason) in
        [("auth", 9, "require PostgreSQL"), ("a\"b", 2, "letters, digits and _")]
    {
        let mut command = countersign(&["migrate", "--database-schema", schema]);
        let (found, _, said) = run(command.env("COUNTERSIGN_DATABASE_URL", &url));
        assert_eq!(found, code, "{said}");
        assert!(said.contains(reason), "{said}");
    }
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_names_and_passwords_of_all_kinds_connect() {
    let Some(server) = Server::start() else { return };
    let (port, folder) = (server.port, server.folder().display().to_string());
    server.execute("CREATE DATABASE \"d\u{e4}ta base\"").await;
    server.execute("CREATE ROLE pw LOGIN SUPERUSER PASSWORD 'hunter2#?+%/@:'").await;
    server.admit("host all pw 127.0.0.1/32 scram-sha-256").await;
    assert_migrated(&format!("postgres://postgres@127.0.0.1:{port}/postgres"));
    if TcpListener::bind("[::1]:0").is_ok() {
        assert_migrated(&format!("postgres://postgres@[::1]:{port}/postgres"));
    }
    assert_migrated(&format!("postgres://postgres@/postgres?host={folder}&port={port}"));
    assert_migrated(&format!("postgres://pw:hunter2#?+%25%2F%40:@127.0.0.1:{port}/postgres"));
    let silent = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_migrated(&format!("postgres://postgres@127.0.0.1:{silent},localhost:{port}/postgres"));
    let (_, said) = migrate(&format!("postgres://postgres@127.0.0.1:{port}/d%C3%A4ta%20base"));
    let expected = format!("postgres://127.0.0.1:{port}/d\u{e4}ta base: created the tables");
    assert!(said.contains(&expected), "{said}");
}

/// As libpq does it.
#[tokio::test(flavor = "multi_thread")]
async fn url_without_a_role_connects_as_the_user_of_the_process() {
    let Some(server) = Server::start() else { return };
    let mut command = countersign(&["migrate"]);
    let url = format!("postgres://127.0.0.1:{}/postgres", server.port);
    command.env("COUNTERSIGN_DATABASE_URL", url).env("USER", "postgres").env_remove("PGUSER");
    let (code, _, said) = run(&mut command);
    assert_eq!(code, 0, "{said}");
}

/// Starts it anew with TLS and this certificate, which is for its own user alone.
fn start_with_certificate(server: &Server, name: &str) {
    for (from, to) in [("crt", "server.crt"), ("key", "server.key")] {
        let text = std::fs::read(server.folder().join(format!("{name}.{from}"))).unwrap();
        server.write(to, &text);
    }
    server.stop();
    server.resume_with("-c ssl=on");
}

fn openssl(folder: &Path, arguments: &str) {
    let mut command = Command::new("openssl");
    command.args(arguments.split(' ')).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(command.status().unwrap().success(), "openssl {arguments}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_is_verified_as_libpq_does() {
    if !is_here("openssl", Command::new("openssl").arg("version")) {
        return;
    }
    let Some(server) = Server::start() else { return };
    let folder = server.folder();
    for name in ["ours", "other"] {
        let ca = format!(
            "req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN={name} -keyout {name}.key -out {name}.crt"
        );
        openssl(folder, &ca);
    }
    openssl(folder, "req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout tls.key -out tls.csr");
    std::fs::write(folder.join("names"), "subjectAltName=DNS:localhost").unwrap();
    let sign = "x509 -req -in tls.csr -CA ours.crt -CAkey ours.key -CAcreateserial -days 30";
    openssl(folder, &format!("{sign} -extfile names -out tls.crt"));
    start_with_certificate(&server, "tls");
    let url = |host: &str, parameters: &str| {
        let folder = folder.display().to_string();
        let parameters = parameters.replace("rootcert=", &format!("rootcert={folder}/"));
        format!("postgres://postgres@{host}:{}/postgres?{parameters}", server.port)
    };
    // Nothing is verified.
    assert_migrated(&url("127.0.0.1", "sslmode=require"));
    assert_migrated(&url("127.0.0.1", "sslmode=prefer&sslrootcert=other.crt"));
    // As verify-ca.
    assert_migrated(&url("127.0.0.1", "sslmode=require&sslrootcert=ours.crt"));
    let another = "is not issued by an authority in sslrootcert";
    assert_rejected(&url("127.0.0.1", "sslmode=require&sslrootcert=other.crt"), another);
    assert_rejected(&url("localhost", "sslmode=verify-full&sslrootcert=other.crt"), another);
    assert_migrated(&url("localhost", "sslmode=verify-full&sslrootcert=ours.crt"));
    let name = "is not for this host";
    assert_rejected(&url("127.0.0.1", "sslmode=verify-full&sslrootcert=ours.crt"), name);
    // A server that wants TLS gets it, and one that has none does without.
    server.admit("hostnossl all all 127.0.0.1/32 reject").await;
    assert_migrated(&url("127.0.0.1", "sslmode=allow"));
    assert_migrated(&url("127.0.0.1", "sslmode=prefer"));
    assert_rejected(&url("127.0.0.1", "sslmode=disable"), "rejects the role");
}

/// A certificate of X.509 version 1, which rustls cannot parse, and one that is its own authority.
#[tokio::test(flavor = "multi_thread")]
async fn certificates_that_only_libpq_accepts_are_accepted() {
    if !is_here("openssl", Command::new("openssl").arg("version")) {
        return;
    }
    let Some(server) = Server::start() else { return };
    let folder = server.folder();
    for name in ["own", "other"] {
        let own = format!(
            "req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost -keyout {name}.key \
             -addext subjectAltName=DNS:localhost -out {name}.crt"
        );
        openssl(folder, &own);
    }
    openssl(
        folder,
        "req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout first.key -out first.csr",
    );
    openssl(
        folder,
        "x509 -req -in first.csr -CA own.crt -CAkey own.key -CAcreateserial -out first.crt",
    );
    let url = |host: &str, parameters: &str| {
        let rootcert = format!("rootcert={}/", folder.display());
        let parameters = parameters.replace("rootcert=", &rootcert);
        format!("postgres://postgres@{host}:{}/postgres?{parameters}", server.port)
    };
    start_with_certificate(&server, "own");
    // TLS is required.
    server.admit("hostnossl all all 127.0.0.1/32 reject").await;
    assert_migrated(&url("127.0.0.1", "sslmode=require&sslrootcert=own.crt"));
    assert_migrated(&url("localhost", "sslmode=verify-full&sslrootcert=own.crt"));
    let name = "is not for this host";
    assert_rejected(&url("127.0.0.1", "sslmode=verify-full&sslrootcert=own.crt"), name);
    let another = "is not issued by an authority in sslrootcert";
    assert_rejected(&url("localhost", "sslmode=require&sslrootcert=other.crt"), another);
    start_with_certificate(&server, "first");
    assert_migrated(&url("127.0.0.1", "sslmode=prefer"));
    let service = Service::start(&mut serve(&url("127.0.0.1", "sslmode=require")));
    let mut users: Vec<User<'_>> =
        (0..8).map(|number| User::new(&service, format!("{number}@example.com"))).collect();
    let everything = users.iter_mut().map(|user| user.do_everything(async |_| ()));
    for steps in futures_util::future::join_all(everything).await {
        assert_eq!(steps, ALL_WELL);
    }
    let start = Instant::now();
    assert_eq!(service.stop().0.code(), Some(0));
    assert!(start.elapsed() < SOON);
}
