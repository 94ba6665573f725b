//! The HTTP server: limits of connections and requests, timeouts, graceful shutdown.
//!
//! ```text
//! registry.rs    Registry: the open connections, by client network
//! pressure.rs    the log of too many connections
//! connection.rs  Connection: one connection and its timeouts
//! stream.rs      Stream: its socket
//! activity.rs    Activity: its requests and responses
//! admission.rs   which of its requests are served
//! bodies.rs      RequestBody, ResponseBody: bodies that count while they are in flight
//! budget.rs      Budget: what all connections share, in memory and requests
//! ```

mod activity;
mod admission;
mod bodies;
mod budget;
mod connection;
mod pressure;
mod registry;
mod stream;

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tower::Service;
use tracing::{debug, info, warn};

use self::connection::{Connection, protocol};
use self::registry::Registry;
use crate::config::ServerOptions;

/// The backlog: connections that the operating system holds until they are accepted, on Linux at most
/// `net.core.somaxconn`. Beyond it a client's system retries after a second.
const BACKLOG: u32 = 4096;
/// Pause after an error of accept, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Listens on `address`.
///
/// # Errors
///
/// The error of the operating system, such as an address in use.
///
/// # Panics
///
/// Outside of a tokio runtime.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A restart can listen although old connections are in TIME_WAIT.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Adopts a socket that another process has made listen.
///
/// # Errors
///
/// The error of the operating system.
///
/// # Panics
///
/// Outside of a tokio runtime.
pub fn adopt(listener: std::net::TcpListener) -> io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

/// Serves the connections of `listener` with `service`, over HTTP/1.1 or HTTP/2 (prior knowledge),
/// until `shutdown` completes. Each request has the [`SocketAddr`] of its client in its extensions.
/// The clones of `service` have to be ready always: they are called without being polled ready.
///
/// At the limit of connections, or of those of one client network, the longest idle ones are closed in
/// favour of new ones.
///
/// Then no more connections are accepted, idle connections are closed, and requests in flight are
/// waited for, for at most [`ServerOptions::shutdown_timeout`]. A request whose head or body is still
/// arriving is closed after 2 s. Returns whether all connections have ended in time.
///
/// Dropping the future closes all connections.
pub async fn serve<S>(
    listener: TcpListener,
    service: S,
    options: ServerOptions,
    shutdown: impl Future<Output = ()>,
) -> bool
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let registry = Registry::new(&options);
    let protocol = Arc::new(protocol());
    let draining = CancellationToken::new();
    let mut connections = JoinSet::new();
    let mut accept_failed = false;
    let mut next_log = None;
    let mut shutdown = pin!(shutdown);
    loop {
        let (stream, peer) = tokio::select! {
            () = shutdown.as_mut() => break,
            // Frees the memory of those that have ended.
            Some(_) = connections.join_next() => continue,
            () = wait_until(next_log) => {
                next_log = registry.log_pressure();
                continue;
            }
            accepted = accept(&listener, &registry, &mut accept_failed) => accepted,
        };
        // A child, so that polling it takes no lock that connections share.
        let closing = draining.child_token();
        let Some(place) = registry.admit(peer.ip(), &closing) else {
            next_log = registry.log_pressure();
            continue;
        };
        next_log = registry.log_pressure();
        let connection = Connection {
            protocol: Arc::clone(&protocol),
            options: options.clone(),
            activity: Arc::clone(&place.activity),
            closing,
        };
        let service = service.clone();
        connections.spawn(async move {
            connection.serve(stream, peer, service).await;
            drop(place);
        });
    }

    drop(listener);
    draining.cancel();
    info!(connections = connections.len(), "no longer accepting connections");
    let drain = async { while connections.join_next().await.is_some() {} };
    let has_drained = timeout(options.shutdown_timeout, drain).await.is_ok();
    if !has_drained {
        warn!(connections = connections.len(), "shutdown timeout expired, closing connections");
        connections.shutdown().await;
    }
    has_drained
}

/// Waits until then, or for ever.
async fn wait_until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}

/// Waits for a connection. If the system cannot open one, the longest idle ones are closed.
async fn accept(
    listener: &TcpListener,
    registry: &Registry,
    has_failed: &mut bool,
) -> (TcpStream, SocketAddr) {
    registry.wait_for_capacity().await;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                *has_failed = false;
                // Without it a small response may wait for the acknowledgement of the previous one.
                if let Err(error) = stream.set_nodelay(true) {
                    debug!(%error, "cannot turn off Nagle's algorithm");
                }
                return (stream, peer);
            }
            Err(error) if is_about_one_connection(&error) => {}
            Err(error) => {
                if !*has_failed {
                    warn!(%error, "cannot accept connections, closing the longest idle ones");
                }
                *has_failed = true;
                registry.shed();
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
