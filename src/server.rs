//! Connections: how many, how slow, and how they end.
//!
//! ```text
//! connection.rs  one of them, and when it is ended
//! on_wake.rs     OnWake: futures that are polled only when they have something to say
//! ```

mod connection;
mod on_wake;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;
use tracing::{debug, info, warn};

use self::connection::{Connection, protocol};
use crate::config::ServerOptions;

/// How many clients the system may keep waiting until they are accepted, where it keeps as many (on Linux,
/// `net.core.somaxconn`). One more is not refused: its system asks again, but only after a second.
const BACKLOG: u32 = 4096;
/// How long accepting rests after it failed, such as for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Listens on `address`, for many clients at once.
///
/// # Errors
///
/// The system's, such as that somebody else listens there.
///
/// # Panics
///
/// Outside of a tokio runtime.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // So that a restart need not wait for what is left of connections that have ended.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Answers the connections of `listener` with `service`, over HTTP/1.1 or HTTP/2 (prior knowledge),
/// until `shutdown` is ready. Each request has the [`SocketAddr`] of its client in its extensions. The
/// service has to be ready always, as those of axum are: nothing waits for it.
///
/// Then nothing more is accepted, idle connections are closed, and requests in flight are waited
/// for, but not longer than [`ServerOptions::shutdown_timeout`]. Says whether all of them ended.
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
    let permits = options.max_connections.min(Semaphore::MAX_PERMITS);
    let permits = Arc::new(Semaphore::new(permits));
    let protocol = Arc::new(protocol());
    let (draining, cut) = (CancellationToken::new(), CancellationToken::new());
    // Whoever drops this future ends its connections, too.
    let _cut = cut.clone().drop_guard();
    let connections = TaskTracker::new();

    let accepting = async {
        loop {
            // A place first: where there is none, the system keeps the client waiting.
            let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
                return;
            };
            let (stream, peer) = accept(&listener).await;
            let connection = Connection {
                protocol: Arc::clone(&protocol),
                options,
                draining: draining.clone(),
                cut: cut.clone(),
            };
            let service = service.clone();
            connections.spawn(async move {
                connection.serve(stream, peer, service).await;
                drop(permit);
            });
        }
    };
    tokio::select! {
        () = accepting => {}
        () = shutdown => {}
    }

    drop(listener);
    draining.cancel();
    connections.close();
    info!(connections = connections.len(), "no more connections are accepted");
    let drained = timeout(options.shutdown_timeout, connections.wait()).await.is_ok();
    if !drained {
        warn!(connections = connections.len(), "connections are cut that did not end in time");
        cut.cancel();
        connections.wait().await;
    }
    drained
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    let mut is_failing = false;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Without it a small answer may wait for the acknowledgement of the one before.
                if let Err(error) = stream.set_nodelay(true) {
                    debug!(%error, "cannot turn off Nagle's algorithm");
                }
                return (stream, peer);
            }
            Err(error) if is_about_one_connection(&error) => {}
            Err(error) => {
                if !is_failing {
                    warn!(%error, "cannot accept connections, trying again");
                }
                is_failing = true;
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
