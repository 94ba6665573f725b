//! A PgBouncer of a test's own, in front of a PostgreSQL.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::postgres::{Server, folder, free_port, unprivileged};
use super::{PAUSE, TIMEOUT, is_here};

const PROGRAM: &str = "/usr/sbin/pgbouncer";

/// A running PgBouncer; it is gone when the value is dropped.
pub(crate) struct PgBouncer {
    folder: TempDir,
    pub(crate) port: u16,
    process: Child,
}

impl PgBouncer {
    /// Starts one with these lines in its configuration, beside what it needs.
    ///
    /// Without it the test says loudly that it was skipped; with `CI=true` it fails.
    pub(crate) fn start(server: &Server, settings: &str) -> Option<Self> {
        if !is_here("PgBouncer", Command::new(PROGRAM).arg("--version")) {
            return None;
        }
        let folder = folder();
        let port = free_port();
        let path = folder.path().display();
        let configuration = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = trust\n\
             auth_file = {path}/users\n{settings}\n",
            server.port
        );
        fs::write(folder.path().join("users"), "\"postgres\" \"\"\n\"serves\" \"\"\n").unwrap();
        fs::write(folder.path().join("pgbouncer.ini"), configuration).unwrap();
        let process = run(folder.path());
        let bouncer = Self { folder, port, process };
        bouncer.wait_until_it_listens();
        Some(bouncer)
    }

    pub(crate) fn url(&self) -> String {
        Server::url_at(self.port)
    }

    /// Closes all connections, and takes new ones.
    pub(crate) fn restart(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.process = run(self.folder.path());
        self.wait_until_it_listens();
    }

    fn wait_until_it_listens(&self) {
        let start = tokio::time::Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(start.elapsed() < TIMEOUT, "PgBouncer does not listen");
            std::thread::sleep(PAUSE);
        }
    }
}

fn run(folder: &Path) -> Child {
    let mut command = unprivileged(Path::new(PROGRAM));
    command.arg("pgbouncer.ini").current_dir(folder).stdin(Stdio::null());
    let log = fs::File::create(folder.join("log")).unwrap();
    command.stdout(Stdio::null()).stderr(log).spawn().unwrap()
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
