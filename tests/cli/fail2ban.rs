//! `deploy/fail2ban`, with the real log and `fail2ban-regex`.

use std::path::Path;
use std::process::Command;

use rstest::rstest;
use serde_json::Value;

use super::support::{SECRET, Service, client, countersign, is_here, run};

const FILTER: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/fail2ban/filter.d/countersign.conf");
const JAIL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/fail2ban/jail.d/countersign.conf");

/// The address of a client that fails, and one that does not.
const FAILING: [&str; 2] = ["192.0.2.1", "2001:db8::7"];
const OTHER: &str = "198.51.100.2";
/// What a client sends to have another address banned.
const FORGED: &str = "x WARN x login failed address=203.0.113.9 \
                      \",\"level\":\"WARN\",\"message\":\"login failed\",\"address\":\"203.0.113.9\"";

/// The log of a service with four failures from each failing address, and what others do.
async fn log(format: &str, folder: &Path) -> String {
    let clients = folder.join("clients");
    assert_eq!(
        run(countersign(&["oauth-client", "add", "gateway", "--oauth-clients"]).arg(&clients)).0,
        0
    );
    let mut command = countersign(&["serve", "--log-format", format, "--oauth-clients"]);
    command.arg(&clients).args(["--trusted-proxies", "127.0.0.1"]);
    let service = Service::start(command.env("COUNTERSIGN_SECRET", SECRET));
    let request = |method, path: &str, address: &str| {
        let request = client().request(method, service.url(path));
        request.header("x-forwarded-for", address).header("user-agent", FORGED)
    };
    let post = |path: &str, address: &str| request(reqwest::Method::POST, path, address);
    let login = async |address: &str, email: &str, password: &str| {
        let form = [("email", email), ("password", password)];
        post("/login", address).form(&form).send().await.unwrap()
    };
    for address in FAILING {
        let right = login(OTHER, "user@email.com", "password").await;
        let token: Value = right.json().await.unwrap();
        for (email, password) in [("user@email.com", "wrong"), (FORGED, FORGED)] {
            assert_eq!(login(address, email, password).await.status(), 400);
        }
        let deletion = request(reqwest::Method::DELETE, "/account", address);
        let deletion = deletion.bearer_auth(token["token"].as_str().unwrap());
        let form = [("password", "wrong")];
        assert_eq!(deletion.form(&form).send().await.unwrap().status(), 400);
        let introspection = post("/introspect", address).basic_auth("gateway", Some("wrong"));
        let form = [("token", FORGED)];
        assert_eq!(introspection.form(&form).send().await.unwrap().status(), 401);
        // Rejected by no password.
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", FORGED)];
        assert_eq!(post("/token", OTHER).form(&refresh).send().await.unwrap().status(), 400);
        let unknown = post(&format!("/{FORGED}"), OTHER).header("x-request-id", FORGED);
        assert_eq!(unknown.send().await.unwrap().status(), 404);
    }
    service.stop().1
}

#[rstest]
#[tokio::test]
async fn filter_finds_the_address_of_each_failure_and_no_other(
    #[values("text", "json")] format: &str,
    // In a file, and in the journal as `journalctl` prints it.
    #[values("", "Nov 26 20:01:00 host countersign[42]: ")] prefix: &str,
) {
    if !is_here("fail2ban-regex", Command::new("fail2ban-regex").arg("--version")) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let log = log(format, folder.path()).await;
    // No line has text that a client chooses; the filter would not take it for a failure.
    let forged = format!("2026-11-26T20:01:00Z  INFO 0a1b2c3d response GET {FORGED}");
    let lines = log.lines().chain([&*forged]).map(|line| format!("{prefix}{line}"));
    let lines: Vec<_> = lines.collect();
    let file = folder.path().join("log");
    // fail2ban does not read a line that has not ended.
    std::fs::write(&file, lines.join("\n") + "\n").unwrap();
    let mut command = Command::new("fail2ban-regex");
    let (_, found, stderr) = run(command.args(["--out", "ip"]).arg(&file).arg(FILTER));
    let mut found: Vec<_> = found.lines().collect();
    found.sort_unstable();
    let expected: Vec<_> = FAILING.iter().flat_map(|address| [*address; 4]).collect();
    assert_eq!(found, expected, "{stderr}\n{log}");
}

/// The jail, beside the configuration that the package installs.
#[test]
fn jail_is_a_valid_configuration() {
    if !is_here("fail2ban-client", Command::new("fail2ban-client").arg("--version")) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("fail2ban");
    let copied = Command::new("cp").args(["-r", "/etc/fail2ban"]).arg(&configuration).status();
    assert!(copied.unwrap().success());
    std::fs::copy(FILTER, configuration.join("filter.d/countersign.conf")).unwrap();
    let log = folder.path().join("log");
    std::fs::write(&log, "").unwrap();
    let jail = std::fs::read_to_string(JAIL).unwrap();
    assert!(jail.contains("/var/log/countersign.log"));
    let jail = jail.replace("/var/log/countersign.log", log.to_str().unwrap());
    // The package's own jail is that of sshd, whose log need not be here.
    std::fs::write(configuration.join("jail.d/defaults-debian.conf"), "").unwrap();
    std::fs::write(configuration.join("jail.d/countersign.conf"), jail).unwrap();
    let mut command = Command::new("fail2ban-client");
    let (code, stdout, stderr) = run(command.arg("-c").arg(&configuration).arg("--dp"));
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("'countersign', 'maxretry', 20"), "{stdout}");
    assert!(stdout.contains("'add', 'countersign'"), "{stdout}");
}
