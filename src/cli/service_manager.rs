//! The service manager: systemd, or another one that passes sockets and is notified as systemd is.

use std::io;
use std::net::TcpListener;

use listenfd::ListenFd;
use sd_notify::NotifyState;
use tokio::time::interval;
use tracing::warn;

/// The socket that the service manager has opened for this process, if it has (`sd_listen_fds(3)`). To be
/// called once, before the process has threads: the variables that announce the socket are removed.
///
/// # Errors
///
/// There is more than one, or it is no TCP socket.
pub(super) fn inherited_listener() -> io::Result<Option<TcpListener>> {
    let mut inherited = ListenFd::from_env();
    if inherited.len() > 1 {
        let error =
            format!("there are {} of them, and the service listens on one", inherited.len());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, error));
    }
    inherited.take_tcp_listener(0)
}

/// Tells the service manager that requests are served, as `Type=notify` waits for.
pub(super) fn notify_ready() {
    notify(&[NotifyState::Ready]);
}

/// Tells the service manager that the configuration is being reloaded; [`notify_ready`] ends that.
pub(super) fn notify_reloading() {
    let now = NotifyState::monotonic_usec_now().ok();
    notify(&[Some(NotifyState::Reloading), now].into_iter().flatten().collect::<Vec<_>>());
}

/// Tells the service manager that the service is shutting down.
pub(super) fn notify_stopping() {
    notify(&[NotifyState::Stopping]);
}

/// Keeps the watchdog of the service manager (`WatchdogSec=`) from ending the process for as long as the
/// runtime runs its tasks; returns at once if there is none.
pub(super) async fn feed_watchdog() {
    let Some(limit) = sd_notify::watchdog_enabled().filter(|limit| !limit.is_zero()) else {
        return;
    };
    let mut ticks = interval(limit / 2);
    loop {
        ticks.tick().await;
        notify(&[NotifyState::Watchdog]);
    }
}

fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        warn!(%error, "cannot notify the service manager");
    }
}
