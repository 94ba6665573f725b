//! An SMTP server, in Python.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Running, is_here, run, until};

const SCRIPT: &str = include_str!("server.py");

/// A running server.
pub(crate) struct SmtpServer {
    pub(crate) url: String,
    /// The path of its certificate.
    pub(crate) certificate: String,
    received: Arc<Mutex<Vec<Value>>>,
    _running: Running,
    _folder: TempDir,
}

/// `COUNTERSIGN_TEST_PYTHON`, or `python3`.
fn python() -> Command {
    let name = std::env::var_os("COUNTERSIGN_TEST_PYTHON");
    Command::new(name.unwrap_or_else(|| "python3".into()))
}

impl SmtpServer {
    /// A server without TLS that accepts everything; `None` where aiosmtpd is not here.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with("off", &json!({}))
    }

    /// A server with these options of the script.
    pub(crate) fn start_with(tls: &str, options: &Value) -> Option<Self> {
        if !is_here("aiosmtpd", python().args(["-c", "import aiosmtpd"])) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (certificate, key) = (path("certificate.pem"), path("key.pem"));
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
        openssl.args(["-nodes", "-days", "1", "-subj", "/CN=localhost"]);
        openssl.args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]);
        // Not that of an authority, which no server may present.
        openssl.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
        openssl.args(["-keyout", &key, "-out", &certificate]);
        let (code, _, stderr) = run(&mut openssl);
        assert_eq!(code, 0, "{stderr}");
        let mut options = options.clone();
        options["tls"] = tls.into();
        options["certificate"] = json!([certificate, key]);
        let mut command = python();
        command.args(["-c", SCRIPT, &options.to_string()]);
        let mut running =
            Running(command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap());
        let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
        let port = lines.next().expect("the server prints its port").unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let mails = Arc::clone(&received);
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                mails.lock().unwrap().push(serde_json::from_str(&line).unwrap());
            }
        });
        let scheme = if tls == "implicit" { "smtps" } else { "smtp" };
        let user = match options.get("user") {
            Some(user) => {
                let encoded = |index: usize| {
                    utf8_percent_encode(user[index].as_str().unwrap(), NON_ALPHANUMERIC).to_string()
                };
                format!("{}:{}@", encoded(0), encoded(1))
            }
            None => String::new(),
        };
        let url = format!("{scheme}://{user}localhost:{port}");
        let url = if tls == "starttls" { format!("{url}?tls=starttls") } else { url };
        Some(Self { url, certificate, received, _running: running, _folder: folder })
    }

    /// The mails that it has accepted.
    pub(crate) fn received(&self) -> Vec<Value> {
        self.received.lock().unwrap().clone()
    }

    /// The mails, once there are as many.
    pub(crate) async fn receives(&self, count: usize) -> Vec<Value> {
        until("mails are received", async || self.received().len() >= count).await;
        self.received()
    }
}
