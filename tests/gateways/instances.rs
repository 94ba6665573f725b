//! Instances of the service that are down.

use std::io::Write;
use std::process::Stdio;

use rstest::rstest;
use tempfile::TempDir;

use crate::gateway::{Gateway, Kind, free_port};
use crate::setup::{Answer, Setup, client};
use crate::support::{SECRET, Service, countersign, until};
use crate::upstream::Upstream;

const PASSWORD: &str = "correct horse battery";

#[rstest]
#[tokio::test]
async fn nothing_is_passed_on_while_the_service_is_down(
    #[values(Kind::Nginx, Kind::Caddy, Kind::Haproxy, Kind::Traefik, Kind::Envoy)] kind: Kind,
) {
    let Some(setup) = Setup::start(kind).await else { return };
    let token = setup.service.token().await;
    let Setup { service, gateway, upstream, .. } = setup;
    let get = || client().get(gateway.url("/")).bearer_auth(&token);
    assert_eq!(Answer::of(get()).await.status, 200);
    let reached = upstream.requests();
    service.kill();
    for request in [get(), client().get(gateway.url("/")), get().header("accept", "text/html")] {
        let status = Answer::of(request).await.status;
        let expected: &[u16] = if kind == Kind::Traefik { &[500] } else { &[502, 503] };
        assert!(expected.contains(&status), "{status}");
    }
    assert_eq!(upstream.requests(), reached);
}

fn instance(folder: &TempDir) -> Service {
    let mut command = countersign(&["serve", "--database", "sqlite:users.db", "--token-ttl", "1h"]);
    Service::start(command.env("COUNTERSIGN_SECRET", SECRET).current_dir(folder.path()))
}

/// Traefik asks one instance alone.
#[rstest]
#[tokio::test]
async fn another_instance_verifies_where_one_is_down(
    #[values(Kind::Nginx, Kind::Caddy, Kind::Haproxy, Kind::Envoy)] kind: Kind,
) {
    if !kind.is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (instance(&folder), instance(&folder));
    let mut add = countersign(&["user", "add", "ada@example.com", "--admin"]);
    add.args(["--database", "sqlite:users.db"]).current_dir(folder.path());
    let mut add = add.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    writeln!(add.stdin.take().unwrap(), "{PASSWORD}").unwrap();
    assert!(add.wait().unwrap().success());
    let form = [("email", "ada@example.com"), ("password", PASSWORD)];
    let login = Answer::of(client().post(one.url("/login")).form(&form)).await;
    let login: serde_json::Value = serde_json::from_str(&login.body).unwrap();
    let token = login["token"].as_str().unwrap();

    let upstream = Upstream::start().await;
    let services = format!("{},{}", one.address, other.address);
    let upstream = upstream.address.to_string();
    let flags = ["--service", &services, "--upstream", &upstream, "--require", "admin"];
    let gateway = loop {
        if let Some(gateway) = Gateway::start(kind, free_port(), &flags) {
            break gateway;
        }
    };
    let status =
        async || Answer::of(client().get(gateway.url("/")).bearer_auth(token)).await.status;
    let several_are = async |expected: u16| {
        for _ in 0..8 {
            if status().await != expected {
                return false;
            }
        }
        true
    };
    assert!(several_are(200).await);
    one.kill();
    until("the other instance alone", async || several_are(200).await).await;
    other.kill();
    until("none", async || several_are(503).await || several_are(502).await).await;
}
