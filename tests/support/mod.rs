//! The real binary, and what is needed to talk to it.
#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::disallowed_methods, reason = "a deadline of the test itself")]

pub(crate) mod http2;
pub(crate) mod keys;
pub(crate) mod pgbouncer;
pub(crate) mod postgres;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use countersign::store::CALLER_TTL;

pub(crate) const SECRET: &str = "a secret of at least thirty-two bytes";
/// Nothing that a test waits for takes this long.
pub(crate) const TIMEOUT: Duration = Duration::from_mins(1);
/// Between two looks at something that is waited for.
pub(crate) const PAUSE: Duration = Duration::from_millis(20);

/// A running `countersign`.
pub(crate) struct Service {
    pub(crate) child: Child,
    /// Such as `127.0.0.1:40123`.
    pub(crate) address: String,
    log: Arc<Mutex<String>>,
    reader: thread::JoinHandle<()>,
}

/// A child that ends with the test.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    /// Waits until it has ended by itself.
    pub(crate) fn wait(&mut self, patience: Duration) -> ExitStatus {
        let start = std::time::Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < patience, "it does not end");
            thread::sleep(PAUSE);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The address in a line of the log that says where the service, or an example, listens.
pub(crate) fn address_in(line: &str) -> Option<String> {
    let is_said = |words| line.split_once(words).map(|(_, rest)| rest);
    let rest = is_said("listens on http://").or_else(|| is_said("listening on http://"))?;
    let end = rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ':' | '[' | ']'));
    Some(rest[..end.unwrap_or(rest.len())].to_owned())
}

/// Sends a signal, by its name or its number.
pub(crate) fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
}

/// The binary, without the environment variables of the test run, on a free port.
pub(crate) fn countersign(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("COUNTERSIGN_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).env("COUNTERSIGN_LISTEN", "127.0.0.1:0");
    // Many services run at a time.
    command.env("COUNTERSIGN_ADMIN_LISTEN", "off");
    command
}

/// The exit code of a command, and what it printed on its two outputs.
pub(crate) fn run(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

impl Service {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self::try_start(command).unwrap_or_else(|(_, log)| panic!("it does not listen: {log}"))
    }

    /// The service, or how it ended and its log.
    pub(crate) fn try_start(command: &mut Command) -> Result<Self, (ExitStatus, String)> {
        let mut child =
            command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary starts");
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let (tell, told) = mpsc::channel();
        let log = Arc::new(Mutex::new(String::new()));
        let written = Arc::clone(&log);
        let reader = thread::spawn(move || {
            let mut line = String::new();
            while lines.read_line(&mut line).is_ok_and(|read| read > 0) {
                if let Some(address) = address_in(&line) {
                    let _ = tell.send(address);
                }
                written.lock().unwrap().push_str(&line);
                line.clear();
            }
        });
        let address = told.recv_timeout(TIMEOUT);
        // From here on the child is ended whatever happens.
        let mut service = Self { child, address: String::new(), log, reader };
        if let Ok(address) = address {
            service.address = address;
            return Ok(service);
        }
        let _ = service.child.kill();
        Err(service.wait())
    }

    /// What it has logged until now.
    pub(crate) fn log_so_far(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(&self.child, name);
    }

    /// Ends it as a loss of power would.
    pub(crate) fn kill(self) -> String {
        self.signal("KILL");
        self.wait().1
    }

    /// The status of `POST path` with these, or `None` where the connection ended before it.
    pub(crate) async fn post(&self, path: &str, email: &str, password: &str) -> Option<u16> {
        let form = [("email", email), ("password", password)];
        let answer = client().post(self.url(path)).form(&form).send().await.ok()?;
        Some(answer.status().as_u16())
    }

    /// Waits until no new connection is accepted.
    pub(crate) fn wait_until_it_refuses(&self) {
        let start = std::time::SystemTime::now();
        while TcpStream::connect(&self.address).is_ok() {
            assert!(start.elapsed().unwrap() < TIMEOUT, "it still accepts connections");
        }
    }

    /// How it ended, and its whole log.
    pub(crate) fn wait(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        let reader = std::mem::replace(&mut self.reader, thread::spawn(|| ()));
        reader.join().unwrap();
        (status, self.log_so_far())
    }

    pub(crate) fn stop(self) -> (ExitStatus, String) {
        self.signal("TERM");
        self.wait()
    }

    /// The token that a login with curl's form gives.
    pub(crate) async fn token(&self) -> String {
        let form = [("email", "user@email.com"), ("password", "password")];
        let request = client().post(self.url("/login")).form(&form);
        let answer: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
        answer["token"].as_str().unwrap().to_owned()
    }

    /// Status and body of `GET path` with this token.
    pub(crate) async fn get(&self, path: &str, token: &str) -> (u16, String) {
        let request = client().get(self.url(path)).bearer_auth(token);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build().unwrap()
}

/// Waits until something is so.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let start = tokio::time::Instant::now();
    while !is_so().await {
        assert!(start.elapsed() < TIMEOUT, "waited in vain: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Asks until it is so, for as long as what another instance did may be unknown here; what is asked
/// after that has to be so.
pub(crate) async fn soon(is_so: impl AsyncFn() -> bool) {
    let start = tokio::time::Instant::now();
    loop {
        let is_late = start.elapsed() >= CALLER_TTL;
        if is_so().await {
            return;
        }
        assert!(!is_late, "it is not so after {CALLER_TTL:?}");
    }
}

/// Whether a program is here that a test needs and a user need not have.
///
/// Where it is not, the test says loudly that it was skipped; with `CI=true` it fails.
pub(crate) fn is_here(what: &str, probe: &mut Command) -> bool {
    let found = probe.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_ok_and(|status| status.success()) {
        return true;
    }
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{what} is not here");
    // Past the capture of the test runner.
    let _ = writeln!(std::io::stderr(), "\n*** SKIPPED a test: {what} is not here ***\n");
    false
}
