//! What signals do to the service, and to the requests that are in flight.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use countersign::auth::KeyAlgorithm;
use countersign::keys::{KeySet, SigningKey};
use rstest::rstest;

use super::half_a_login;
use super::support::{Running, Service, TIMEOUT, client, countersign, is_here, until};

/// The rest of the login that [`half_a_login`] begins, without a password: a busy machine may refuse to
/// hash one.
const OTHER_HALF: &[u8] = br#"{"email":"user@email.com","passwort": "password"}"#;
const ANSWERED: &str = "HTTP/1.1 400";

fn finish(mut login: TcpStream) -> String {
    login.write_all(OTHER_HALF).unwrap();
    login.set_read_timeout(Some(TIMEOUT)).unwrap();
    let mut answer = [0; ANSWERED.len()];
    login.read_exact(&mut answer).unwrap();
    String::from_utf8(answer.to_vec()).unwrap()
}

/// Clients that ask all the time, from [`Load::start`] to [`Load::failures`].
struct Load {
    responded: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
    clients: Vec<tokio::task::JoinHandle<Vec<String>>>,
}

impl Load {
    async fn start(service: &Service) -> Self {
        let (responded, is_over) = <(Arc<AtomicUsize>, Arc<AtomicBool>)>::default();
        let token = service.token().await;
        let clients = (0..4).map(|_| {
            let request = client().get(service.url("/get-user")).bearer_auth(&token);
            let (responded, is_over) = (Arc::clone(&responded), Arc::clone(&is_over));
            tokio::spawn(async move {
                let mut failures = Vec::new();
                while !is_over.load(Ordering::Relaxed) {
                    match request.try_clone().unwrap().send().await {
                        Ok(answer) if answer.status() == 200 => {}
                        other => failures.push(format!("{other:?}")),
                    }
                    responded.fetch_add(1, Ordering::Relaxed);
                }
                failures
            })
        });
        let clients = clients.collect();
        Self { responded, is_over, clients }
    }

    /// Waits for requests that were sent after this was called.
    async fn continues(&self) {
        let now = self.responded.load(Ordering::Relaxed);
        until("requests are responded", async || {
            self.responded.load(Ordering::Relaxed) >= now + 2 * self.clients.len()
        })
        .await;
    }

    async fn failures(self) -> Vec<String> {
        self.is_over.store(true, Ordering::Relaxed);
        let mut failures = Vec::new();
        for client in self.clients {
            failures.extend(client.await.unwrap());
        }
        failures
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signals_that_mean_nothing_fail_no_request() {
    let mut signals: Vec<String> =
        "HUP USR1 USR2 PIPE ALRM VTALRM PROF POLL XCPU XFSZ WINCH URG CHLD CONT"
            .split(' ')
            .map(Into::into)
            .collect();
    if cfg!(target_os = "linux") {
        signals.push("STKFLT".into());
        signals.extend(["34", "37", "64"].map(Into::into));
    }
    let service = Service::start(&mut countersign(&["serve", "--token-ttl", "1h"]));
    let load = Load::start(&service).await;
    for signal in signals {
        let login = half_a_login(&service);
        service.signal(&signal);
        load.continues().await;
        assert_eq!(finish(login), ANSWERED, "{signal}");
    }
    let failures = load.failures().await;
    assert!(failures.is_empty(), "{failures:?}");
    assert_eq!(service.stop().0.code(), Some(0));
}

/// As Ctrl-Z and `fg` do.
#[tokio::test(flavor = "multi_thread")]
async fn stopped_service_responds_when_it_continues() {
    let service = Service::start(&mut countersign(&["serve", "--token-ttl", "1h"]));
    let load = Load::start(&service).await;
    let login = half_a_login(&service);
    service.signal("TSTP");
    // Which stops no process whose group has lost its terminal.
    service.signal("STOP");
    let stopped = format!("/proc/{}/stat", service.child.id());
    if cfg!(target_os = "linux") {
        until("it is stopped", async || fs::read_to_string(&stopped).unwrap().contains(") T "))
            .await;
    }
    service.signal("CONT");
    load.continues().await;
    assert_eq!(finish(login), ANSWERED);
    let failures = load.failures().await;
    assert!(failures.is_empty(), "{failures:?}");
}

#[rstest]
#[case("TERM")]
#[case("INT")]
#[case("QUIT")]
#[cfg_attr(target_os = "linux", case("PWR"))]
fn a_signal_that_ends_the_service_lets_requests_in_flight_end(#[case] signal: &str) {
    let service = Service::start(&mut countersign(&[]));
    let login = half_a_login(&service);
    service.signal(signal);
    service.wait_until_it_refuses();
    assert_eq!(finish(login), ANSWERED);
    assert_eq!(service.wait().0.code(), Some(0));
}

#[rstest]
#[case("TERM", 143)]
#[case("INT", 130)]
#[case("QUIT", 131)]
fn a_second_signal_exits_at_once(#[case] signal: &str, #[case] code: i32) {
    let service = Service::start(&mut countersign(&["serve", "--shutdown-timeout", "1h"]));
    let _login = half_a_login(&service);
    service.signal(signal);
    service.wait_until_it_refuses();
    // None of these is a second one.
    for other in ["HUP", "USR1"] {
        service.signal(other);
    }
    service.signal(signal);
    assert_eq!(service.wait().0.code(), Some(code));
}

#[test]
fn incomplete_request_does_not_delay_the_end() {
    let service = Service::start(&mut countersign(&[]));
    let _login = half_a_login(&service);
    let start = tokio::time::Instant::now();
    let (status, log) = service.stop();
    assert_eq!(status.code(), Some(0));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert!(!log.contains("shutdown timeout expired"), "{log}");
}

/// The file is looked at by itself, too, but says nothing where nothing has changed.
#[tokio::test]
async fn sighup_reloads_the_key_file_and_logs_its_keys() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let set = || KeySet::new(SigningKey::generate(KeyAlgorithm::EdDsa).unwrap());
    let first = set();
    fs::write(&path, first.to_json().unwrap()).unwrap();
    let service = Service::start(countersign(&["serve", "--keys"]).arg(&path));
    service.signal("HUP");
    until("the keys are announced twice", async || {
        service.log_so_far().matches(first.signing_key().kid()).count() == 2
    })
    .await;
    fs::write(&path, "{").unwrap();
    until("the fault is logged", async || service.log_so_far().contains("cannot use the key file"))
        .await;
    service.signal("HUP");
    until("the fault is logged again", async || {
        service.log_so_far().matches("cannot use the key file").count() == 2
    })
    .await;
    assert_eq!(service.get("/get-user", &service.token().await).await.0, 200);
    let log = service.stop().1;
    assert_eq!(log.matches("SIGHUP: reloading").count(), 2, "{log}");
}

/// SIGHUP of a closed terminal or a lost connection: no user is left to press Ctrl-C.
#[tokio::test]
async fn a_terminal_that_is_closed_ends_the_service() {
    if !is_here("util-linux's script", Command::new("script").arg("--version")) {
        return;
    }
    let ours = countersign(&[]);
    let program = ours.get_program().to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut script = Command::new("script");
    // The terminal is closed where `script` is gone.
    let command = format!("exec '{program}' serve --listen 127.0.0.1:0 2>'{}'", log.display());
    script.args(["--quiet", "--command", &command, "/dev/null"]);
    for (name, _) in ours.get_envs().filter(|(_, value)| value.is_none()) {
        script.env_remove(name);
    }
    script.stdin(Stdio::piped()).stdout(Stdio::null());
    let mut script = Running(script.env("SHELL", "/bin/sh").spawn().unwrap());
    let logged = async |text: &str| {
        until(text, async || fs::read_to_string(&log).is_ok_and(|log| log.contains(text))).await;
    };
    logged("listening on").await;
    script.0.kill().unwrap();
    logged("shut down").await;
}
