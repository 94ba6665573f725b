//! The filter for fail2ban, on the real log.

use std::path::Path;
use std::process::Command;

use super::support::{Service, client, countersign, is_here, run};

const FILTER: &str = "deploy/fail2ban/filter.d/countersign.conf";

async fn login(service: &Service, address: &str, password: &str) {
    let form = [("email", "user@email.com"), ("password", password)];
    let request = client().post(service.url("/login")).header("x-forwarded-for", address);
    // What a client chooses is no address to ban.
    let request = request.header("user-agent", "x login failed address=198.51.100.7");
    request.header("x-request-id", "address=198.51.100.8").form(&form).send().await.unwrap();
}

/// Three failures, a success, and what others write to the log.
async fn log(format: &str) -> String {
    let mut serve = countersign(&["serve", "--trusted-proxies", "127.0.0.0/8"]);
    let service = Service::start(serve.args(["--log-format", format]));
    for address in ["203.0.113.9", "2001:db8::1", "203.0.113.9"] {
        login(&service, address, "wrong horse battery").await;
    }
    login(&service, "192.0.2.1", "password").await;
    let secret = client().post(service.url("/introspect")).basic_auth("x", Some("y"));
    secret.header("x-forwarded-for", "192.0.2.2").send().await.unwrap();
    service.stop().1
}

#[rstest::rstest]
#[tokio::test]
async fn filter_finds_the_addresses_of_failures_and_no_others(
    #[values("text", "json")] format: &str,
) {
    if !is_here("fail2ban", Command::new("fail2ban-regex").arg("--version")) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    std::fs::write(&path, log(format).await).unwrap();
    let filter = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILTER);
    let mut regex = Command::new("fail2ban-regex");
    let (exit, printed, said) = run(regex.args(["--out", "ip"]).arg(&path).arg(filter));
    assert_eq!(exit, 0, "{printed} {said}");
    let mut found: Vec<_> = printed.lines().collect();
    found.sort_unstable();
    assert_eq!(found, ["192.0.2.2", "2001:db8::1", "203.0.113.9", "203.0.113.9"]);
}
