//! A PostgreSQL of a test's own, that may be stopped.

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::is_here;

/// `nobody`: PostgreSQL refuses to run as root.
const NOBODY: u32 = 65534;

/// A running server with its data in a folder of its own; it is gone when the value is dropped.
pub(crate) struct Server {
    folder: tempfile::TempDir,
    programs: PathBuf,
    pub(crate) port: u16,
}

/// The folder of the newest `initdb`, which Debian does not put on the `PATH`.
fn programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        let mut versions: Vec<_> = versions.map(|version| version.unwrap().path()).collect();
        versions.sort();
        folders.extend(versions.into_iter().map(|version| version.join("bin")));
    }
    folders.into_iter().rfind(|folder| folder.join("initdb").exists()).unwrap_or_default()
}

impl Server {
    /// Without PostgreSQL's programs the test says loudly that it was skipped; with `CI=true` it
    /// fails.
    pub(crate) fn start() -> Option<Self> {
        let programs = programs();
        if !is_here("PostgreSQL", Command::new(programs.join("initdb")).arg("--version")) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        if is_root(folder.path()) {
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Self { folder, programs, port };
        server.run("initdb", &["-A", "trust", "-U", "postgres", "-N"]);
        server.resume();
        Some(server)
    }

    /// Its URL, as it is seen through this port.
    pub(crate) fn url_at(port: u16) -> String {
        format!("postgres://postgres@127.0.0.1:{port}/postgres")
    }

    pub(crate) fn url(&self) -> String {
        Self::url_at(self.port)
    }

    /// Ends it as a loss of power would.
    pub(crate) fn stop(&self) {
        self.run("pg_ctl", &["-m", "immediate", "-w", "stop"]);
    }

    pub(crate) fn resume(&self) {
        let folder = self.folder.path().display();
        let options = format!("-p {} -k {folder} -c listen_addresses=127.0.0.1", self.port);
        self.run("pg_ctl", &["-w", "-l", &format!("{folder}/log"), "-o", &options, "start"]);
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = self.command(program);
        assert!(command.args(arguments).status().unwrap().success(), "{program} {arguments:?}");
    }

    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = Command::new("setpriv");
        // The folder is root's no longer, but the test may be.
        if is_root(Path::new("/proc/self")) {
            let nobody = [format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")];
            command.args(nobody).arg("--clear-groups").arg(program);
        } else {
            command = Command::new(program);
        }
        command.arg("-D").arg(self.folder.path().join("db")).current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.command("pg_ctl").args(["-m", "immediate", "-w", "stop"]).status();
    }
}

fn is_root(path: &Path) -> bool {
    path.metadata().unwrap().uid() == 0
}
