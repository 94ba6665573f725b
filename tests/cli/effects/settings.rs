//! Settings of tokens, passwords and the log.

use countersign::password::Engine;

use super::{PASSWORD, access, login, serve, serve_file};
use crate::support::{SECRET, Service, client, countersign, run, until};

#[tokio::test]
async fn issuer_and_audience_are_those_of_the_tokens() {
    let flags = ["--issuer", "the-issuer", "--audience", "the-audience"];
    let mut command = countersign(&["serve"]);
    let service = Service::start(command.args(flags).env("COUNTERSIGN_SECRET", SECRET));
    let tokens = login(&service).await;
    let mut explain = countersign(&["token", "explain", access(&tokens)]);
    explain.args(flags).env("COUNTERSIGN_SECRET", SECRET);
    let (exit, stdout, stderr) = run(&mut explain);
    assert_eq!(exit, 0, "{stdout} {stderr}");
    assert!(stdout.contains("issuer      \"the-issuer\""), "{stdout}");
    assert!(stdout.contains("audience    \"the-audience\""), "{stdout}");
    // Those without them are refused.
    let other = Service::start(countersign(&["serve"]).env("COUNTERSIGN_SECRET", SECRET));
    assert_eq!(service.get("/get-user", access(&login(&other).await)).await.0, 400);
}

#[tokio::test]
async fn new_password_has_the_minimum_length() {
    let service = serve("--min-password-length 12");
    let post = async |length: usize| {
        let password = &"wxkqjvzpwxkqjvzp"[..length];
        service.post("/register", &format!("a{length}@example.com"), password).await
    };
    assert_eq!((post(11).await, post(12).await), (Some(400), Some(201)));
}

#[tokio::test]
async fn new_password_has_the_minimum_score() {
    for (flags, status) in [("", 201), ("--min-password-score 3", 400)] {
        let registered = serve(flags).post("/register", "a@example.com", "wxkqjvzp").await;
        assert_eq!(registered, Some(status), "{flags}");
    }
    let lax = serve("--min-password-score 0");
    assert_eq!(lax.post("/register", "a@example.com", "password").await, Some(201));
}

#[tokio::test]
async fn new_password_is_not_on_the_list_of_breached_ones() {
    let folder = tempfile::tempdir().unwrap();
    // The SHA-1 of `correct horse battery`.
    let list = "98decc62ece399a22ed30d490ef333be7fde7385:3\n";
    std::fs::write(folder.path().join("breached"), list).unwrap();
    let service = serve_file(&folder, "--breached-passwords breached");
    let register = async |email, password| service.post("/register", email, password).await;
    assert_eq!(register("a@example.com", "correct horse battery").await, Some(400));
    assert_eq!(register("a@example.com", "another horse battery").await, Some(201));
    // Not accepted without having been checked.
    std::fs::write(folder.path().join("breached"), "").unwrap();
    assert_eq!(register("b@example.com", "another horse battery").await, Some(503));
    let mut add = countersign(&["user", "add", "b@example.com", "--database", "sqlite:users.db"]);
    let (exit, _, stderr) =
        run(add.args(["--breached-passwords", "breached"]).current_dir(folder.path()));
    assert_eq!((exit, stderr.contains("breached: it is empty")), (12, true), "{stderr}");
}

#[tokio::test]
async fn hash_of_a_new_password_has_the_cost() {
    let folder = tempfile::tempdir().unwrap();
    let service = serve_file(&folder, "--hash-cost m=12288,t=3");
    assert_eq!(service.post("/register", "a@example.com", PASSWORD).await, Some(201));
    let mut export = countersign(&["user", "export", "--database", "sqlite:users.db"]);
    let (_, users, _) = run(export.current_dir(folder.path()));
    assert!(users.contains("$m=12288,t=3,p=1$"), "{users}");
}

/// A hash of each engine verifies with the others.
#[tokio::test]
async fn passwords_are_hashed_by_the_engine() {
    let folder = tempfile::tempdir().unwrap();
    for (number, engine) in Engine::available().enumerate() {
        let service = serve_file(&folder, &format!("--hash-engine {engine}"));
        if number == 0 {
            assert_eq!(service.post("/register", "a@example.com", PASSWORD).await, Some(201));
        }
        assert_eq!(service.post("/login", "a@example.com", PASSWORD).await, Some(200), "{engine}");
        let (_, log) = service.stop();
        let line = format!("passwords are hashed by the argon2 engine {engine}");
        assert!(log.contains(&line), "{log}");
    }
}

/// The engine `faulty`, which only test builds have, computes tags with one wrong bit.
#[tokio::test]
async fn engine_that_fails_its_self_test_is_replaced() {
    let service = serve("--hash-engine faulty");
    assert!(login(&service).await["token"].is_string());
    let (_, log) = service.stop();
    for line in [
        r#""level":"ERROR","message":"the argon2 engine faulty failed its self-test and is not used"#,
        "computes another tag than RustCrypto's argon2: Input(argon2id, V0x13, m=8, t=1, p=1, ..)",
        "passwords are hashed by the argon2 engine rustcrypto",
    ] {
        assert!(log.contains(line), "{log}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn passwords_are_hashed_by_so_many_threads() {
    let service = serve("--hash-threads 3");
    login(&service).await;
    let hashing = || {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", service.child.id())).unwrap();
        let names = tasks.map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")));
        names.filter(|name| name.as_ref().is_ok_and(|it| it.starts_with("hashing-"))).count()
    };
    // A thread has its name once it runs.
    until("all have their names", async || hashing() >= 3).await;
    assert_eq!(hashing(), 3);
}

#[tokio::test]
async fn log_has_its_format_and_its_level() {
    let log_of = async |flags: &str| {
        let service = serve(flags);
        assert_eq!(service.get("/get-user", "x.y.z").await.0, 400);
        service.stop().1
    };
    let json = log_of("--log-format json --log-level info").await;
    assert!(json.lines().all(|line| line.starts_with('{')), "{json}");
    assert!(json.contains("INFO") && !json.contains("DEBUG"), "{json}");
    let text = log_of("--log-format text --log-level debug").await;
    assert!(text.lines().all(|line| !line.starts_with('{')), "{text}");
    assert!(text.contains("DEBUG"), "{text}");
    let mut quiet = countersign(&["serve", "--log-level", "error", "--listen", "192.0.2.1:0"]);
    let (_, _, stderr) = run(quiet.env("COUNTERSIGN_SECRET", SECRET));
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

/// The number of logins with a wrong password that are admitted, of ten.
async fn admitted(service: &Service, email: impl Fn(usize) -> String) -> usize {
    let mut admitted = 0;
    for number in 0..10 {
        let form = [("email", email(number)), ("password", "wrong".to_owned())];
        let request = client().post(service.url("/login")).form(&form);
        admitted += usize::from(request.send().await.unwrap().status() == 400);
    }
    admitted
}

#[tokio::test]
async fn failed_logins_are_throttled_after_the_configured_numbers_unless_it_is_off() {
    let one_account = |_| "user@email.com".to_owned();
    let many_accounts = |number| format!("{number}@example.com");
    let service = serve("--throttle-account-failures 2 --throttle-network-failures 7");
    assert_eq!(admitted(&service, one_account).await, 2);
    // The failures before count for the network, too.
    assert_eq!(admitted(&service, many_accounts).await, 5);
    let service = serve("--throttle off --throttle-account-failures 2");
    assert_eq!(admitted(&service, one_account).await, 10);
}

#[tokio::test]
async fn registrations_are_limited_after_the_configured_number() {
    let service = serve("--registration open --throttle-registrations 2");
    for (number, status) in [(1, 201), (2, 201), (3, 429)] {
        let email = format!("{number}@example.com");
        assert_eq!(service.post("/register", &email, "correct horse battery").await, Some(status));
    }
}

#[tokio::test]
async fn api_docs_are_on_unless_they_are_turned_off() {
    for (flags, status) in [("", 200), ("--api-docs off", 404)] {
        let service = serve(flags);
        for path in ["/openapi.json", "/docs", "/docs/main.js"] {
            let response = client().get(service.url(path)).send().await.unwrap();
            assert_eq!(response.status(), status, "{path} with {flags:?}");
        }
    }
}
