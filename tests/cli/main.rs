//! Tests of the binary, from its arguments to its exit code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

mod config;
#[allow(dead_code, reason = "a part of it is enough here")]
#[path = "../store/databases.rs"]
mod databases;
mod effects;
mod fail2ban;
mod files;
mod generated;
mod healthcheck;
mod log;
mod messages;
mod origins;
mod release_notes;
mod reload;
mod secrets;
mod service_manager;
mod signals;
#[path = "../support/mod.rs"]
mod support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

use countersign::auth::KeyAlgorithm;
use countersign::keys::{KeySet, SigningKey};
use rstest::rstest;
use support::{SECRET, Service, client, countersign, run};

const DEMO_USER: &str = r#"{"user": "User id=1: <user@email.com, is_admin=False>"}"#;

#[tokio::test]
async fn from_an_empty_folder_to_a_verified_token() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(countersign(&[]).current_dir(folder.path()));
    let token = service.token().await;
    assert_eq!(service.get("/get-user", &token).await, (200, DEMO_USER.to_owned()));
    let (status, log) = service.stop();
    assert_eq!(status.code(), Some(0));
    assert!(log.contains("try it: curl -d email=user@email.com -d password=password http://127"));
    assert!(
        log.contains("access tokens expire after 20s and are signed with a random secret"),
        "{log}"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn demo_uses_configured_secret_and_lifetime() {
    let mut command = countersign(&["serve", "--token-ttl", "2h"]);
    let service = Service::start(command.env("COUNTERSIGN_SECRET", SECRET));
    let token = service.token().await;
    assert_eq!(service.get("/get-user", &token).await, (200, DEMO_USER.to_owned()));
    let (_, log) = service.stop();
    assert!(
        log.contains("access tokens expire after 2h and are signed with the configured secret"),
        "{log}"
    );
}

#[tokio::test]
async fn token_is_accepted_by_an_instance_with_the_same_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, format!("{SECRET}\n")).unwrap();
    // Instances that share a database share its users and their sessions.
    let url = format!("sqlite:{}", folder.path().join("users.db").display());
    let start = |command: &mut Command| {
        let flags = ["--registration", "open", "--database", &url];
        Service::start(command.args(flags))
    };
    let one = start(countersign(&["serve", "--secret-file"]).arg(&path));
    let other = start(countersign(&["serve"]).env("COUNTERSIGN_SECRET", SECRET));
    let form = [("email", "a@example.com"), ("password", "correct horse battery")];
    let request = client().post(one.url("/register")).form(&form);
    let answer: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
    let token = answer["token"].as_str().unwrap();
    assert_eq!(other.get("/get-user", token).await.0, 200);
    let mut stranger = countersign(&["serve"]);
    let stranger = start(stranger.env("COUNTERSIGN_SECRET", SECRET.to_uppercase()));
    assert_eq!(stranger.get("/get-user", token).await.0, 400);
}

#[tokio::test]
async fn demo_user_exists_on_loopback_only() {
    let mut command = countersign(&["--listen", "0.0.0.0:0"]);
    let mut service = Service::start(command.env("COUNTERSIGN_SECRET", SECRET));
    service.address = service.address.replace("0.0.0.0", "127.0.0.1");
    let form = [("email", "user@email.com"), ("password", "password")];
    let answer = client().post(service.url("/login")).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(answer.text().await.unwrap(), r#"{"message": "Wrong credentials"}"#);
    let (_, log) = service.stop();
    assert!(log.contains("until the process ends") && !log.contains("user@email.com"), "{log}");
}

#[rstest]
#[case::typing_error(3, "COUNTERSIGN_TOKEN_TLL", "1m", "did you mean COUNTERSIGN_TOKEN_TTL?")]
#[case::no_such_file(
    4,
    "COUNTERSIGN_SECRET_FILE",
    "/no/such/file",
    "cannot read the secret file /no/such/file"
)]
#[case::folder(4, "COUNTERSIGN_SECRET_FILE", "/", "cannot read the secret file /")]
#[case::short_secret(
    5,
    "COUNTERSIGN_SECRET",
    "hunter2",
    "the secret has 7 bytes; HS256 needs at least 32"
)]
#[case::empty_secret(5, "COUNTERSIGN_SECRET", "\n", "the secret has 0 bytes")]
#[case::exposed(7, "COUNTERSIGN_LISTEN", "0.0.0.0:0", "set COUNTERSIGN_SECRET or --secret-file")]
#[case::exposed_ipv6(7, "COUNTERSIGN_LISTEN", "[::]:0", "requires a secret or a key file")]
#[case::no_key_file(
    10,
    "COUNTERSIGN_KEYS",
    "/no/such",
    "cannot use the key file /no/such: no such file"
)]
#[case::no_keys(10, "COUNTERSIGN_KEYS", "/dev/null", "it is not a regular file")]
#[case::bad_address(2, "COUNTERSIGN_LISTEN", "8080", "expected ADDRESS:PORT")]
#[case::bad_variable(2, "COUNTERSIGN_LISTEN", "x", "error: the variable COUNTERSIGN_LISTEN: ")]
#[case::bad_lifetime(2, "COUNTERSIGN_TOKEN_TTL", "15", "expected whole seconds with a unit")]
#[case::bad_level(2, "COUNTERSIGN_LOG_LEVEL", "loud", "error, warn, info, debug, trace")]
#[case::bad_format(2, "COUNTERSIGN_LOG_FORMAT", "xml", "expected one of: auto, text, json")]
#[case::bad_origin(2, "COUNTERSIGN_CORS_ORIGINS", "https://a.example,b", "expected an origin")]
fn invalid_configuration_is_rejected_with_its_exit_code(
    #[case] code: i32,
    #[case] variable: &str,
    #[case] value: &str,
    #[case] sentence: &str,
) {
    let (exit, _, stderr) = run(countersign(&["serve"]).env(variable, value));
    assert_eq!(exit, code, "{stderr}");
    assert!(stderr.contains(sentence), "{stderr}");
    assert!(!stderr.contains("hunter2"), "{stderr}");
}

#[test]
fn secret_that_is_set_twice_is_rejected() {
    let mut command = countersign(&["serve", "--secret-file", "/no/such/file"]);
    let (exit, _, stderr) = run(command.env("COUNTERSIGN_SECRET", SECRET));
    assert_eq!((exit, stderr.contains("set only one of them")), (6, true), "{stderr}");
}

#[test]
fn secret_beside_a_key_file_is_rejected() {
    let mut command = countersign(&["serve", "--keys", "/no/such/file"]);
    let (exit, _, stderr) = run(command.env("COUNTERSIGN_SECRET", SECRET));
    assert_eq!((exit, stderr.contains("set only one of them")), (6, true), "{stderr}");
    let files = ["serve", "--keys", "/no/such/file", "--secret-file", "/no/such/file"];
    let (exit, _, stderr) = run(&mut countersign(&files));
    assert_eq!((exit, stderr.contains("set only one of them")), (6, true), "{stderr}");
}

#[tokio::test]
async fn key_file_replaces_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let keys = KeySet::new(SigningKey::generate(KeyAlgorithm::EdDsa).unwrap());
    std::fs::write(folder.path().join("keys.json"), keys.to_json().unwrap()).unwrap();
    let serve = |arguments: &[&str]| {
        let mut command = countersign(&["serve", "--keys", "keys.json", "--log-level", "trace"]);
        Service::start(command.args(arguments).current_dir(folder.path()))
    };
    let (demo, exposed) = (serve(&[]), serve(&["--listen", "0.0.0.0:0"]));
    let lasting = serve(&["--database", "sqlite:users.db"]);
    let token = demo.token().await;
    assert_eq!(demo.get("/get-user", &token).await, (200, DEMO_USER.to_owned()));
    let private = keys.to_json().unwrap();
    let private: serde_json::Value = serde_json::from_str(&private).unwrap();
    for service in [demo, exposed, lasting] {
        let (_, log) = service.stop();
        assert!(log.contains(keys.signing_key().kid()), "{log}");
        assert!(log.contains("others than its owner may read or write the key file"), "{log}");
        assert!(!log.contains(private["keys"][0]["d"].as_str().unwrap()), "{log}");
    }
}

#[test]
fn port_in_use_is_rejected() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (exit, _, stderr) = run(&mut countersign(&["serve", "--listen", &address]));
    assert_eq!(exit, 8, "{stderr}");
    assert!(stderr.contains(&format!("cannot listen on {address}")), "{stderr}");
}

#[test]
fn every_error_is_reported() {
    let mut command = countersign(&["serve"]);
    command.env("COUNTERSIGN_SECRET", "short").env("COUNTERSIGN_X", "1").env("COUNTERSIGN_Y", "1");
    let (exit, _, stderr) = run(&mut command);
    assert_eq!(exit, 3);
    assert_eq!(stderr.lines().filter(|line| line.starts_with("error: ")).count(), 3, "{stderr}");
}

#[test]
fn help_lists_flags_and_variables_without_values() {
    let mut command = countersign(&["serve", "--help"]);
    command.env("COUNTERSIGN_SECRET", SECRET).env("COUNTERSIGN_ISSUER", "value-of-issuer");
    let (exit, stdout, _) = run(&mut command);
    assert_eq!(exit, 0);
    for word in
        ["--listen", "COUNTERSIGN_LISTEN", "COUNTERSIGN_SECRET", "[default: 127.0.0.1:8080]"]
    {
        assert!(stdout.contains(word), "{word} is not in {stdout}");
    }
    assert!(!stdout.contains(SECRET) && !stdout.contains("value-of-issuer"), "{stdout}");
    let (exit, stdout, _) = run(&mut countersign(&["--version"]));
    assert_eq!((exit, stdout.trim()), (0, concat!("countersign ", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn help_begins_with_what_the_command_is() {
    let (exit, stdout, _) = run(&mut countersign(&["--help"]));
    assert_eq!(exit, 0);
    assert!(stdout.starts_with("An auth microservice: "), "{stdout}");
    let (_, short, _) = run(&mut countersign(&["-h"]));
    assert_eq!(short.lines().next(), stdout.lines().next());
    let (exit, stdout, _) = run(&mut countersign(&["gateway", "--help"]));
    assert_eq!(exit, 0);
    assert!(stdout.starts_with("Print the configuration of a reverse proxy"), "{stdout}");
    let words: Vec<_> = stdout.split_whitespace().collect();
    assert!(words.join(" ").contains("[default: that of the site, under /ui/]"), "{stdout}");
    assert!(!stdout.contains("demo") && !stdout.contains("Pages and links"), "{stdout}");
}

#[tokio::test]
async fn openapi_prints_the_document_that_the_service_has() {
    let (code, stdout, stderr) = run(&mut countersign(&["openapi"]));
    assert_eq!((code, &*stderr), (0, ""));
    let service = Service::start(&mut countersign(&["serve"]));
    let served = client().get(service.url("/openapi.json")).send().await.unwrap();
    assert_eq!(served.text().await.unwrap(), stdout);
}

/// Its output is a file of variables, with what was measured as comments.
#[tokio::test]
async fn output_of_calibrate_configures_serve() {
    let (exit, stdout, stderr) =
        run(&mut countersign(&["calibrate", "--target", "1ms", "--threads", "1"]));
    assert_eq!((exit, stderr.as_str()), (0, ""));
    let (comments, variables): (Vec<_>, Vec<_>) =
        stdout.lines().partition(|line| line.starts_with('#'));
    let measured = comments.iter().filter(|line| line.contains(" ms per hash, ")).count();
    assert_eq!(measured, 6, "{stdout}");
    assert!(stdout.contains("None of them takes at most 1ms"), "{stdout}");
    let variables: Vec<_> = variables.iter().filter_map(|line| line.split_once('=')).collect();
    let names: Vec<_> = variables.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["COUNTERSIGN_HASH_COST", "COUNTERSIGN_HASH_THREADS"]);
    let service = Service::start(countersign(&["serve"]).envs(variables));
    assert_eq!(service.get("/get-user", &service.token().await).await.0, 200);
}

#[test]
fn weak_hash_cost_is_rejected_with_the_minimum() {
    for command in ["serve", "user add a@example.com --database sqlite:x"] {
        let mut command = countersign(&command.split(' ').collect::<Vec<_>>());
        let (exit, _, stderr) = run(command.env("COUNTERSIGN_HASH_COST", "m=4096,t=3"));
        assert_eq!(exit, 2);
        assert!(stderr.contains("m=19456,t=2,p=1 m=12288,t=3,p=1"), "{stderr}");
    }
}

#[test]
fn migrate_creates_the_tables_and_reports_it() {
    let folder = tempfile::tempdir().unwrap();
    let migrate = || {
        let mut command = countersign(&["migrate", "--database", "sqlite:users.db"]);
        run(command.current_dir(folder.path()))
    };
    let (exit, stdout, stderr) = migrate();
    assert_eq!((exit, stderr), (0, String::new()));
    assert!(stdout.starts_with("sqlite:users.db: created the tables"), "{stdout}");
    let (exit, stdout, _) = migrate();
    assert_eq!(exit, 0);
    assert!(stdout.starts_with("sqlite:users.db is up to date"), "{stdout}");
}

#[rstest]
#[case::migrate_memory(9, &["migrate"], "set --database")]
#[case::migrate_without_a_folder(9, &["migrate", "--database", "sqlite:/no/such/x"], "/no/such/x")]
#[case::backup_memory(9, &["backup", "copy.db"], "set --database")]
#[case::backup_postgres(9, &["backup", "copy.db", "--database", "postgres://u@h/n"], "pg_dump")]
#[case::backup_of_nothing(9, &["backup", "copy.db", "--database", "sqlite:no-such"], "no-such")]
#[case::backup_to_nowhere(1, &["backup", "no/such", "--database", "sqlite:x"], "no/such")]
fn unusable_database_is_reported(
    #[case] code: i32,
    #[case] arguments: &[&str],
    #[case] sentence: &str,
) {
    let folder = tempfile::tempdir().unwrap();
    let (exit, stdout, stderr) = run(countersign(arguments).current_dir(folder.path()));
    assert_eq!((exit, stdout), (code, String::new()), "{stderr}");
    assert!(stderr.contains(sentence), "{stderr}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "something was left behind");
    let (exit, ..) = run(countersign(arguments).env("COUNTERSIGN_DATABSE_URL", "memory:"));
    assert_eq!(exit, 3);
}

/// Sends the head of a login without its body. The service waits for the body for 2 s when it shuts down.
fn half_a_login(service: &Service) -> TcpStream {
    let mut stream = TcpStream::connect(&service.address).unwrap();
    stream
        .write_all(
            b"POST /login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
              content-length: 49\r\nexpect: 100-continue\r\n\r\n",
        )
        .unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    stream
}

#[test]
fn requests_in_flight_are_aborted_at_the_shutdown_timeout() {
    let service = Service::start(&mut countersign(&["serve", "--shutdown-timeout", "100ms"]));
    let _login = half_a_login(&service);
    let (status, log) = service.stop();
    assert_eq!(status.code(), Some(0));
    assert!(log.contains("shutdown timeout expired, closing connections"), "{log}");
    assert!(log.contains("request abandoned"), "{log}");
}

/// An example of `countersign-auth`, built with the packages and features of the tests, so that
/// dependencies are not rebuilt.
fn example(name: &str) -> Command {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--offline", "--example", name]);
    if cfg!(feature = "jwks-client") {
        build.args(["--features", "jwks-client"]);
    }
    assert!(build.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap().success());
    let binary = Path::new(env!("CARGO_BIN_EXE_countersign"));
    Command::new(binary.parent().unwrap().join("examples").join(name))
}

async fn assert_authenticates(example: &Service, token: &str) {
    assert_eq!(example.get("/orders", token).await, (200, "The orders of user 1\n".to_owned()));
    assert_eq!(example.get("/orders", &format!("{token}x")).await.0, 401);
    let anonymous = client().get(example.url("/orders")).send().await.unwrap();
    assert_eq!(anonymous.status(), 401);
    assert_eq!(anonymous.text().await.unwrap(), r#"{"message": "Auth required"}"#);
}

#[tokio::test]
async fn example_service_accepts_valid_tokens_only() {
    let service = Service::start(countersign(&[]).env("COUNTERSIGN_SECRET", SECRET));
    let mut example = example("protected_service");
    let example = Service::start(example.arg("127.0.0.1:0").env("COUNTERSIGN_SECRET", SECRET));
    assert_authenticates(&example, &service.token().await).await;
}

#[cfg(feature = "jwks-client")]
#[tokio::test]
async fn example_service_with_public_keys_accepts_valid_tokens_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let keys = KeySet::new(SigningKey::generate(KeyAlgorithm::EdDsa).unwrap());
    std::fs::write(&path, keys.to_json().unwrap()).unwrap();
    let service = Service::start(countersign(&[]).env("COUNTERSIGN_KEYS", &path));
    let mut example = example("jwks_service");
    let url = service.url("/.well-known/jwks.json");
    let example = Service::start(example.args([&*url, "127.0.0.1:0"]));
    assert_authenticates(&example, &service.token().await).await;
}

#[tokio::test]
async fn oauth_client_may_introspect_until_it_is_removed() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clients");
    let client = |arguments: &[&str]| {
        let mut command = countersign(&["oauth-client"]);
        run(command.args(arguments).env("COUNTERSIGN_OAUTH_CLIENTS", &path))
    };
    let (exit, secret, stderr) = client(&["add", "gateway"]);
    assert_eq!((exit, &*stderr), (0, ""));
    let secret = secret.strip_suffix('\n').unwrap();
    assert_eq!((secret.len(), secret.lines().count()), (43, 1));
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let (exit, stdout, stderr) = client(&["add", "gateway"]);
    assert_eq!((exit, &*stdout), (1, ""), "{stderr}");
    assert!(stderr.contains("OAuth client gateway already exists"), "{stderr}");
    assert_eq!(client(&["add", "shop"]).0, 0);
    assert_eq!(client(&["list"]), (0, "gateway\nshop\n".to_owned(), String::new()));

    let status = async |service: &Service| {
        let form = [("token", service.token().await)];
        let request = support::client().post(service.url("/introspect")).form(&form);
        let answer = request.basic_auth("gateway", Some(secret)).send().await.unwrap();
        answer.status().as_u16()
    };
    let serve = || Service::start(countersign(&["serve", "--oauth-clients"]).arg(&path));
    assert_eq!(status(&serve()).await, 200);
    assert_eq!(client(&["remove", "gateway"]).0, 0);
    assert_eq!(client(&["remove", "gateway"]).0, 1);
    let service = serve();
    assert_eq!(status(&service).await, 401);
    let log = service.stop().1;
    assert!(!log.contains(secret), "{log}");
}

#[rstest]
#[case::no_file(11, &["list", "--oauth-clients", "no-such"], "no-such: it cannot be read: no such")]
#[case::folder(11, &["add", "a", "--oauth-clients", "."], "it cannot be read")]
#[case::no_folder(11, &["add", "a", "--oauth-clients", "no/such"], "no/such: it cannot be written")]
#[case::broken(11, &["add", "a", "--oauth-clients", "broken"], "broken: line 2: expected ID:sha256:HASH")]
#[case::odd_id(2, &["add", "a:b", "--oauth-clients", "new"], "1 to 64 of the characters")]
#[case::nothing(2, &["list"], "--oauth-clients <FILE>")]
#[case::unknown(1, &["remove", "a", "--oauth-clients", "new"], "OAuth client a not found")]
fn failed_oauth_client_command_leaves_no_file_behind(
    #[case] code: i32,
    #[case] arguments: &[&str],
    #[case] sentence: &str,
) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("broken"), "# a\nhunter2\n").unwrap();
    let mut command = countersign(&["oauth-client"]);
    let (exit, stdout, stderr) = run(command.args(arguments).current_dir(folder.path()));
    assert_eq!((exit, &*stdout), (code, ""), "{stderr}");
    assert!(stderr.contains(sentence) && !stderr.contains("hunter2"), "{stderr}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "something was left behind");
}

#[test]
fn malformed_oauth_client_file_is_rejected_with_the_line_number() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("clients"), "# ours\n\ngateway:hunter2\n").unwrap();
    let mut command = countersign(&["serve", "--oauth-clients", "clients"]);
    let (exit, _, stderr) = run(command.current_dir(folder.path()));
    assert_eq!(exit, 11, "{stderr}");
    assert!(stderr.contains("clients: line 3: expected ID:sha256:HASH"), "{stderr}");
    assert!(!stderr.contains("hunter2"), "{stderr}");
}
