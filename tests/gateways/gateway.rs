//! A gateway with the configuration that `countersign gateway` prints.

use std::fs::{self, File, Permissions};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use tempfile::TempDir;

use crate::support::{PAUSE, TIMEOUT, countersign, is_here, run, signal};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Nginx,
    Caddy,
    Haproxy,
    Traefik,
    Envoy,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Caddy => "caddy",
            Self::Haproxy => "haproxy",
            Self::Traefik => "traefik",
            Self::Envoy => "envoy",
        }
    }

    /// Whether the gateway is here; without it the test is skipped, or fails with `CI=true`.
    pub(crate) fn is_here(self) -> bool {
        let version = match self {
            Self::Nginx | Self::Haproxy => "-v",
            Self::Caddy | Self::Traefik => "version",
            Self::Envoy => "--version",
        };
        is_here(self.name(), Command::new(self.program()).arg(version))
    }

    /// Where Debian puts it, which is not on the `PATH` of every user.
    fn program(self) -> String {
        let folders = ["/usr/sbin", "/usr/bin"];
        let found = folders.map(|folder| format!("{folder}/{}", self.name()));
        let found = found.into_iter().find(|path| Path::new(path).exists());
        found.unwrap_or_else(|| self.name().to_owned())
    }

    /// A configuration with these flags, in files of a folder.
    pub(crate) fn configure(self, folder: &Path, flags: &[&str]) {
        let printed = |name: &str| {
            let (code, stdout, stderr) = run(countersign(&["gateway", name]).args(flags));
            assert_eq!(code, 0, "{stderr}");
            stdout
        };
        let files: &[(&str, &str)] = match self {
            Self::Nginx => &[("nginx", "nginx.conf")],
            Self::Caddy => &[("caddy", "Caddyfile")],
            Self::Haproxy => &[("haproxy", "haproxy.cfg"), ("haproxy-lua", "countersign.lua")],
            Self::Traefik => &[("traefik", "countersign.yaml")],
            Self::Envoy => &[("envoy", "envoy.yaml")],
        };
        for (name, file) in files {
            fs::write(folder.join(file), printed(name)).unwrap();
        }
    }

    /// The command that runs the gateway on a port with the configuration of a folder.
    fn serve(self, folder: &Path, port: u16) -> Command {
        let mut command = self.command(folder, false);
        if self == Self::Traefik {
            command.arg(format!("--entryPoints.site.address=127.0.0.1:{port}"));
        }
        command
    }

    /// The command that runs the gateway with the configuration of a folder, or checks it. Traefik has no
    /// check.
    pub(crate) fn command(self, folder: &Path, only_checks: bool) -> Command {
        let mut command = Command::new(self.program());
        match self {
            Self::Nginx => {
                let file = folder.join("nginx.conf");
                command.args(["-e", "stderr", "-p"]).arg(folder).arg("-c").arg(file);
                command.args(if only_checks { &["-t"][..] } else { &["-g", "daemon off;"] });
            }
            Self::Caddy => {
                command.args([
                    if only_checks { "validate" } else { "run" },
                    "--config",
                    "Caddyfile",
                ]);
                // Its state is that of the user.
                command
                    .env("HOME", folder)
                    .env("XDG_DATA_HOME", folder)
                    .env("XDG_CONFIG_HOME", folder);
            }
            Self::Haproxy => {
                command.args(["-f", "haproxy.cfg"]).args(only_checks.then_some("-c"));
            }
            Self::Traefik => {
                command.args(["--providers.file.filename=countersign.yaml", "--log.level=WARN"]);
                command.args(["--global.checkNewVersion=false"]);
            }
            Self::Envoy => {
                command.args(["-c", "envoy.yaml", "--log-level", "warning", "--concurrency", "1"]);
                // Several of them on one machine.
                command.arg("--disable-hot-restart");
                command.args(only_checks.then_some(["--mode", "validate"]).into_iter().flatten());
            }
        }
        command.current_dir(folder);
        command
    }
}

/// A folder that a gateway may read which runs as another user.
pub(crate) fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    folder
}

/// A port that was free a little ago.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Whether a gateway has its configuration: Traefik responds with 404 before.
fn is_ready(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let request = format!("GET / HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n");
    let mut response = String::new();
    let read =
        stream.write_all(request.as_bytes()).and_then(|()| stream.read_to_string(&mut response));
    read.is_ok() && !response.is_empty() && !response.starts_with("HTTP/1.1 404")
}

/// Alters the configuration in a folder, of a gateway on this port.
pub(crate) type Alter = dyn Fn(&Path, u16);

/// A running gateway.
pub(crate) struct Gateway {
    child: Child,
    folder: TempDir,
    pub(crate) port: u16,
}

impl Gateway {
    /// A gateway on `port` with these flags; `None` where another process has taken the port.
    pub(crate) fn start(kind: Kind, port: u16, flags: &[&str]) -> Option<Self> {
        Self::start_altered(kind, port, flags, &|_, _| ())
    }

    /// With another configuration than the one that is printed.
    pub(crate) fn start_altered(
        kind: Kind,
        port: u16,
        flags: &[&str],
        alter: &Alter,
    ) -> Option<Self> {
        let folder = folder();
        let site = format!("http://localhost:{port}");
        kind.configure(folder.path(), &[&["--site", &site], flags].concat());
        alter(folder.path(), port);
        let log = File::create(folder.path().join("log")).unwrap();
        let mut command = kind.serve(folder.path(), port);
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let child = command.spawn().unwrap();
        let mut gateway = Self { child, folder, port };
        let start = Instant::now();
        while !is_ready(port) {
            if gateway.child.try_wait().unwrap().is_some() {
                let log = gateway.log();
                assert!(
                    log.to_lowercase().contains("in use") || log.contains("cannot bind"),
                    "{log}"
                );
                return None;
            }
            assert!(start.elapsed() < TIMEOUT, "{}", gateway.log());
            thread::sleep(PAUSE);
        }
        Some(gateway)
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // nginx ends its workers.
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            signal(&self.child, "TERM");
        }
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}
