//! Sockets and notifications of systemd, with its own activator and with a datagram socket.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use super::support::{Running, SECRET, Service, TIMEOUT, client, countersign, is_here, run, until};

/// The receiver of notifications, which are collected in a channel.
fn notifications(socket: &Path) -> mpsc::Receiver<String> {
    let socket = UnixDatagram::bind(socket).unwrap();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let mut datagram = [0; 512];
        while let Ok(length) = socket.recv(&mut datagram) {
            let text = String::from_utf8_lossy(&datagram[..length]).into_owned();
            if tell.send(text).is_err() {
                break;
            }
        }
    });
    told
}

/// The next notification other than those of the watchdog.
fn next(told: &mpsc::Receiver<String>) -> String {
    loop {
        let text = told.recv_timeout(TIMEOUT).expect("a notification");
        if text != "WATCHDOG=1\n" {
            return text;
        }
    }
}

#[test]
fn service_manager_is_notified_of_start_reload_and_end() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("notify");
    let told = notifications(&socket);
    let service = Service::start(countersign(&["serve"]).env("NOTIFY_SOCKET", &socket));
    assert_eq!(next(&told), "READY=1\n");
    service.signal("HUP");
    let reloading = next(&told);
    assert!(reloading.starts_with("RELOADING=1\nMONOTONIC_USEC="), "{reloading}");
    assert_eq!(next(&told), "READY=1\n");
    let (status, _) = service.stop();
    assert!(status.success());
    assert_eq!(next(&told), "STOPPING=1\n");
}

#[test]
fn failed_start_is_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("notify");
    let told = notifications(&socket);
    let mut command = countersign(&["serve", "--database", "sqlite:missing/users.db"]);
    command.env("COUNTERSIGN_SECRET", SECRET).env("NOTIFY_SOCKET", &socket);
    let (code, _, stderr) = run(command.current_dir(folder.path()));
    assert_eq!(code, 9, "{stderr}");
    assert!(told.try_recv().is_err());
}

#[test]
fn watchdog_is_fed_twice_within_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("notify");
    let told = notifications(&socket);
    let mut command = countersign(&["serve"]);
    command.env("NOTIFY_SOCKET", &socket).env("WATCHDOG_USEC", "200000");
    let _service = Service::start(&mut command);
    let fed = (0..6).map(|_| told.recv_timeout(TIMEOUT).unwrap());
    assert!(fed.filter(|text| text == "WATCHDOG=1\n").count() >= 4);
}

#[test]
fn without_a_service_manager_nothing_is_notified() {
    let service = Service::start(&mut countersign(&["serve"]));
    let (status, log) = service.stop();
    assert!(status.success());
    assert!(!log.contains("service manager"), "{log}");
}

/// A port that is free now.
fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// systemd's own activator, which listens on these addresses and starts countersign at the first connection.
fn activator(addresses: &[&str], flags: &[&str]) -> Option<Command> {
    let program = "systemd-socket-activate";
    if !is_here(program, Command::new(program).arg("--version")) {
        return None;
    }
    let service = countersign(&[]);
    let mut command = Command::new(program);
    for (name, value) in service.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    for address in addresses {
        command.args(["--listen", address]);
    }
    command.arg(service.get_program()).arg("serve").args(flags);
    Some(command)
}

#[tokio::test]
async fn socket_of_systemd_takes_the_place_of_listen() {
    let address = format!("127.0.0.1:{}", free_port());
    let Some(mut command) = activator(&[&address], &["--listen", "192.0.2.1:1"]) else { return };
    let _activator = Running(command.stderr(Stdio::null()).spawn().unwrap());
    // The activator listens from some time on, and the service responds to the first request.
    let form = [("email", "user@email.com"), ("password", "password")];
    let login = || client().post(format!("http://{address}/login")).form(&form).send();
    until("a login by the inherited socket", async || {
        login().await.is_ok_and(|response| response.status() == 200)
    })
    .await;
}

/// Such a socket could be reached by others, whatever `--listen` says.
#[tokio::test]
async fn demo_does_not_start_on_an_inherited_socket_that_is_not_loopback() {
    let port = free_port();
    let Some(mut command) = activator(&[&format!("0.0.0.0:{port}")], &[]) else { return };
    let mut command = Running(command.stderr(Stdio::null()).spawn().unwrap());
    connect(port).await;
    assert_eq!(command.wait(TIMEOUT).code(), Some(7));
}

#[tokio::test]
async fn two_sockets_and_a_socket_that_is_not_tcp_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let (one, two) = (free_port(), free_port());
    let addresses = [format!("127.0.0.1:{one}"), format!("127.0.0.1:{two}")];
    let Some(mut command) = activator(&[&addresses[0], &addresses[1]], &[]) else { return };
    let mut command = Running(command.stderr(Stdio::null()).spawn().unwrap());
    connect(one).await;
    assert_eq!(command.wait(TIMEOUT).code(), Some(8));
    let mut command = activator(&[path.to_str().unwrap()], &[]).unwrap();
    let mut command = Running(command.stderr(Stdio::null()).spawn().unwrap());
    until("the activator listens", async || UnixStream::connect(&path).is_ok()).await;
    assert_eq!(command.wait(TIMEOUT).code(), Some(8));
}

/// Connects as soon as the activator listens.
async fn connect(port: u16) {
    let address = (Ipv4Addr::LOCALHOST, port);
    until("the activator listens", async || TcpStream::connect(address).is_ok()).await;
}
