//! Third-party clients against the real binary.
//!
//! ```text
//! pyjwt.rs         PyJWT, with the secret
//! jwks.rs          PyJWT and jose, with the public keys
//! authlib.rs       Authlib, an OAuth 2.0 client in Python
//! openid.rs        the same libraries, with the issuer alone
//! oauth4webapi.rs  oauth4webapi, an OAuth 2.0 client in JavaScript
//! schemathesis.rs  schemathesis, requests from the OpenAPI document
//! ```
//!
//! What is written in their languages stands in a file of the same name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

mod authlib;
mod jwks;
mod oauth4webapi;
mod openid;
mod pyjwt;
mod schemathesis;
#[path = "../support/mod.rs"]
mod support;

use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;

use tempfile::TempDir;

use support::{Service, countersign, run};

/// How often another process may take the port before the service binds it.
const ATTEMPTS: usize = 10;

/// A script for `COUNTERSIGN_TEST_PYTHON`, or `python3`.
pub(crate) fn python(script: &str) -> Command {
    let name = std::env::var_os("COUNTERSIGN_TEST_PYTHON");
    let mut command = Command::new(name.unwrap_or_else(|| "python3".into()));
    command.args(["-c", script]);
    to_loopback(command)
}

/// A script for `node`, with the packages in `COUNTERSIGN_TEST_NODE_MODULES`, or in the
/// `node_modules` here.
pub(crate) fn node(script: &str) -> Command {
    let mut command = Command::new("node");
    if let Some(folder) = std::env::var_os("COUNTERSIGN_TEST_NODE_MODULES") {
        // What is imported is looked for from here upwards.
        command.current_dir(folder);
    }
    command.args(["--input-type=module", "--eval", script, "--"]);
    to_loopback(command)
}

/// Not through a proxy of the test run's environment.
pub(crate) fn to_loopback(mut command: Command) -> Command {
    command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
    command
}

/// What a command printed, which has to succeed.
pub(crate) fn printed(mut command: Command, arguments: &[&str]) -> String {
    let (code, stdout, stderr) = run(command.args(arguments));
    assert_eq!(code, 0, "{stdout}\n{stderr}");
    stdout.trim().to_owned()
}

/// A service whose tokens name its own URL as their issuer.
pub(crate) fn serve(arguments: &[&str]) -> Service {
    for _ in 0..ATTEMPTS {
        // The port has to be known before the start, and another test may take it in between.
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let mut command = countersign(&["serve", "--token-ttl", "15m"]);
        command.args(arguments).env("COUNTERSIGN_LISTEN", free.to_string());
        match Service::try_start(command.args(["--issuer", &format!("http://{free}")])) {
            Ok(service) => return service,
            Err((status, log)) => assert_eq!(status.code(), Some(8), "{log}"),
        }
    }
    panic!("every port was taken");
}

/// A service that may ask about tokens. Some libraries form-urlencode the signs in its name inside
/// of HTTP Basic, and some do not.
pub(crate) const CLIENT: &str = "billing.eu-1_a";

/// A file of clients, with one in it.
pub(crate) struct Clients {
    _folder: TempDir,
    pub(crate) file: String,
    pub(crate) secret: String,
}

impl Clients {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("clients").to_str().unwrap().to_owned();
        let secret =
            printed(countersign(&["oauth-client", "add", CLIENT, "--oauth-clients", &file]), &[]);
        Self { _folder: folder, file, secret }
    }
}
