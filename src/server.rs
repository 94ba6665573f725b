//! Connections: how many, how slow, and how they end.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::{ServiceExt, service_fn};
use tracing::{debug, info, warn};

use crate::config::ServerOptions;

/// The largest head of a request, in bytes; beyond it HTTP/1.1 answers 431.
const HEAD_LIMIT: u32 = 32 * 1024;
/// How many requests one HTTP/2 connection may have in flight.
const STREAM_LIMIT: u32 = 100;
/// How much of HTTP/2 bodies may be on its way to us: a stream, and a whole connection.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 256 * 1024;
/// How long a connection without a request may stay once it has been told to end.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// How long accepting rests after it failed, such as for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Answers the connections of `listener` with `router`, over HTTP/1.1 or HTTP/2 (prior knowledge),
/// until `shutdown` is ready. Each request has the [`SocketAddr`] of its client in its extensions.
///
/// Then nothing more is accepted, idle connections are closed, and requests in flight are waited
/// for, but not longer than [`ServerOptions::shutdown_timeout`]. Says whether all of them ended.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    options: ServerOptions,
    shutdown: impl Future<Output = ()>,
) -> bool {
    let permits = options.max_connections.min(Semaphore::MAX_PERMITS);
    let permits = Arc::new(Semaphore::new(permits));
    let protocol = Arc::new(protocol(options));
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
            let router = router.clone();
            connections.spawn(async move {
                connection.serve(stream, peer, router).await;
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

fn protocol(options: ServerOptions) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // A client that closes its half of the connection counts as gone, and what it asked for is
    // dropped: hyper cannot tell the two apart, and a hash for nobody costs those who wait.
    builder
        .http1()
        .half_close(false)
        // Answers are small: to copy one behind its head is cheaper than a list of the two.
        .writev(false)
        .timer(TokioTimer::new())
        .max_buf_size(HEAD_LIMIT as usize)
        // Runs from the answer before, so this is also how long a connection may be idle. The
        // first head has less time, see `Connection::serve`.
        .header_read_timeout(options.idle_timeout);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(HEAD_LIMIT)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_concurrent_streams(STREAM_LIMIT);
    builder
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

struct Connection {
    protocol: Arc<Builder<TokioExecutor>>,
    options: ServerOptions,
    draining: CancellationToken,
    cut: CancellationToken,
}

impl Connection {
    /// Answers one connection until it ends, or is ended for doing nothing.
    ///
    /// hyper's own time-out covers the heads of HTTP/1.1 alone, and not the bytes from which it
    /// learns which HTTP it is: a connection that says nothing, an idle HTTP/2 connection and one
    /// that never reads its answers are ended here. It is looked at when a time-out has passed since
    /// the last look, which may be up to one more after the last request.
    async fn serve(self, stream: TcpStream, peer: SocketAddr, router: Router) {
        let activity = Arc::new(Activity::default());
        let service = {
            let activity = Arc::clone(&activity);
            service_fn(move |mut request: Request<_>| {
                request.extensions_mut().insert(peer);
                let in_flight = InFlight::begin(&activity);
                let answer = router.clone().oneshot(request.map(Body::new));
                async move {
                    let answer = answer.await;
                    drop(in_flight);
                    answer
                }
            })
        };
        let service = TowerToHyperService::new(service);
        let mut connection = pin!(self.protocol.serve_connection(TokioIo::new(stream), service));

        let mut is_ending = false;
        loop {
            let seen = activity.events.load(Ordering::Relaxed);
            let patience = match seen {
                _ if is_ending => LAST_WORDS,
                0 => self.options.header_timeout,
                _ => self.options.idle_timeout,
            };
            tokio::select! {
                // In the order of what happens most, without drawing lots each time.
                biased;
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        debug!(%error, "a connection ended with an error");
                    }
                    return;
                }
                () = self.draining.cancelled(), if !is_ending => {
                    is_ending = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = self.cut.cancelled() => return,
                () = sleep(patience) => {
                    if !activity.is_idle_since(seen) {
                        continue;
                    }
                    if is_ending {
                        return;
                    }
                    debug!("a connection is closed for doing nothing");
                    is_ending = true;
                    connection.as_mut().graceful_shutdown();
                }
            }
        }
    }
}

/// What happens on a connection.
#[derive(Default)]
struct Activity {
    /// How many requests have begun, and how many have ended.
    events: AtomicUsize,
    in_flight: AtomicUsize,
}

impl Activity {
    fn is_idle_since(&self, events: usize) -> bool {
        self.in_flight.load(Ordering::Relaxed) == 0 && self.events.load(Ordering::Relaxed) == events
    }
}

/// A request that has no answer yet.
struct InFlight(Arc<Activity>);

impl InFlight {
    fn begin(activity: &Arc<Activity>) -> Self {
        activity.events.fetch_add(1, Ordering::Relaxed);
        activity.in_flight.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(activity))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.events.fetch_add(1, Ordering::Relaxed);
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
