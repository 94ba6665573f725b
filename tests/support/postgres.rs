//! A PostgreSQL of a test's own, that may be stopped, copied, promoted and demoted.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sqlx::{Connection, PgConnection};

use super::{TIMEOUT, is_here};

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
        let server = Self { folder: folder(), programs, port: free_port() };
        server.run("initdb", &["-A", "trust", "-U", "postgres", "-N"]);
        server.resume();
        Some(server)
    }

    /// A standby of this server. Every commit waits for it from now on.
    pub(crate) async fn standby(&self) -> Self {
        let standby = Self { folder: folder(), programs: self.programs.clone(), port: free_port() };
        let source = format!("host=127.0.0.1 port={} user=postgres", self.port);
        let copy = ["-d", &*source, "-R", "-X", "stream", "-c", "fast", "--no-sync"];
        standby.run("pg_basebackup", &copy);
        standby.resume();
        // Only this server has it: the standby is to commit alone once it is promoted.
        self.execute("ALTER SYSTEM SET synchronous_standby_names = '*'").await;
        self.execute("SELECT pg_reload_conf()").await;
        standby.wait_until_streaming(self).await;
        standby
    }

    /// Waits until this server is a synchronous standby of `primary`.
    async fn wait_until_streaming(&self, primary: &Self) {
        let mut connection = primary.connect().await;
        let synchronous = "SELECT COUNT(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
        super::until("the standby streams", async || {
            let count: i64 =
                sqlx::query_scalar(synchronous).fetch_one(&mut connection).await.unwrap();
            count == 1
        })
        .await;
    }

    /// Makes a standby the primary.
    pub(crate) fn promote(&self) {
        self.run("pg_ctl", &["-w", "promote"]);
    }

    /// Its folder, in which `db` has the data.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file of its data that only the server's user may read.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.folder.path().join("db").join(name);
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        if is_root(Path::new("/proc/self")) {
            chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }

    /// Puts a line before the others that say who is admitted.
    pub(crate) async fn admit(&self, line: &str) {
        let path = self.folder.path().join("db/pg_hba.conf");
        let lines = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{line}\n{lines}")).unwrap();
        self.execute("SELECT pg_reload_conf()").await;
    }

    /// Starts a stopped primary as a standby of `primary`.
    pub(crate) fn follow(&self, primary: &Self) {
        let data = self.folder.path().join("db");
        fs::write(data.join("standby.signal"), "").unwrap();
        let source = format!("host=127.0.0.1 port={} user=postgres", primary.port);
        let settings = format!(
            "primary_conninfo = '{source}'\nrecovery_target_timeline = 'latest'\n\
             synchronous_standby_names = ''\n"
        );
        fs::write(data.join("postgresql.auto.conf"), settings).unwrap();
        self.resume();
    }

    /// Ends all of its processes at once, as a loss of power would.
    pub(crate) fn kill(&self) {
        let pid = fs::read_to_string(self.folder.path().join("db/postmaster.pid")).unwrap();
        let pid = pid.lines().next().unwrap();
        let killed = Command::new("kill").args(["-s", "KILL", pid]).status().unwrap();
        assert!(killed.success());
        // The backends see that it is gone, and the port is free.
        let start = tokio::time::Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
            assert!(start.elapsed() < TIMEOUT);
        }
    }

    /// Stops it as an operator does, and as a supervisor that demotes it.
    pub(crate) fn shut_down(&self) {
        self.run("pg_ctl", &["-m", "fast", "-w", "stop"]);
    }

    /// A connection of the superuser.
    pub(crate) async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.url()).await.unwrap()
    }

    /// Runs statements as the superuser.
    pub(crate) async fn execute(&self, statements: &str) {
        let mut connection = self.connect().await;
        let statements = sqlx::AssertSqlSafe(statements.to_owned());
        sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// The first column of the first row, as the superuser sees it.
    pub(crate) async fn count(&self, query: &str) -> i64 {
        let mut connection = self.connect().await;
        let query = sqlx::AssertSqlSafe(query.to_owned());
        let count = sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        count
    }

    /// Ends the connections of all others.
    pub(crate) async fn terminate_backends(&self) {
        let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                      WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
        self.execute(others).await;
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
        self.resume_with("");
    }

    /// Starts it with further options, such as `-c ssl=on`.
    pub(crate) fn resume_with(&self, options: &str) {
        let folder = self.folder.path().display();
        let options =
            format!("-p {} -k {folder} -c listen_addresses=127.0.0.1,::1 {options}", self.port);
        self.run("pg_ctl", &["-w", "-l", &format!("{folder}/log"), "-o", &options, "start"]);
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = self.command(program);
        assert!(command.args(arguments).status().unwrap().success(), "{program} {arguments:?}");
    }

    fn command(&self, program: &str) -> Command {
        let mut command = unprivileged(&self.programs.join(program));
        command.arg("-D").arg(self.folder.path().join("db")).current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

/// A folder that PostgreSQL may write to.
pub(crate) fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    if is_root(folder.path()) {
        chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    folder
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The program, as a user who is not root: neither PostgreSQL nor PgBouncer runs as root.
pub(crate) fn unprivileged(program: &Path) -> Command {
    if !is_root(Path::new("/proc/self")) {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    let nobody = [format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")];
    command.args(nobody).arg("--clear-groups").arg(program);
    command
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.command("pg_ctl").args(["-m", "immediate", "-w", "stop"]).status();
    }
}

fn is_root(path: &Path) -> bool {
    path.metadata().unwrap().uid() == 0
}
