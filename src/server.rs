//! The HTTP server: connection limit, timeouts, graceful shutdown.
//!
//! ```text
//! connection.rs  Connection: one connection and its timeouts
//! activity.rs    Activity: the requests of one connection
//! ```

mod activity;
mod connection;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower::Service;
use tracing::{debug, info, warn};

use self::connection::{Connection, protocol};
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

/// Serves the connections of `listener` with `service`, over HTTP/1.1 or HTTP/2 (prior knowledge),
/// until `shutdown` completes. Each request has the [`SocketAddr`] of its client in its extensions.
/// The clones of `service` have to be ready always: they are called without being polled ready.
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
    let max_connections = options.max_connections.min(Semaphore::MAX_PERMITS);
    let permits = Arc::new(Semaphore::new(max_connections));
    let protocol = Arc::new(protocol());
    let draining = CancellationToken::new();
    let mut connections = JoinSet::new();
    let mut accept_failed = false;
    let mut shutdown = pin!(shutdown);
    loop {
        let (permit, stream, peer) = tokio::select! {
            () = shutdown.as_mut() => break,
            // Frees the memory of those that have ended.
            Some(_) = connections.join_next() => continue,
            accepted = accept(&listener, &permits, &mut accept_failed) => accepted,
        };
        let connection = Connection {
            protocol: Arc::clone(&protocol),
            options,
            // A child, so that polling it takes no lock that connections share.
            draining: draining.child_token(),
        };
        let service = service.clone();
        connections.spawn(async move {
            connection.serve(stream, peer, service).await;
            drop(permit);
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

/// Waits for a permit and for a connection: without a permit, connections stay in the backlog.
async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
    has_failed: &mut bool,
) -> (Option<OwnedSemaphorePermit>, TcpStream, SocketAddr) {
    // The semaphore is never closed.
    let permit = Arc::clone(permits).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                *has_failed = false;
                // Without it a small response may wait for the acknowledgement of the previous one.
                if let Err(error) = stream.set_nodelay(true) {
                    debug!(%error, "cannot turn off Nagle's algorithm");
                }
                return (permit, stream, peer);
            }
            Err(error) if is_about_one_connection(&error) => {}
            Err(error) => {
                if !*has_failed {
                    warn!(%error, "cannot accept connections, retrying");
                }
                *has_failed = true;
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
