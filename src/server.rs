//! Connections: how many, how slow, and how they end.

mod on_wake;

use std::cell::RefCell;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::response::Response;
use futures_util::FutureExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;
use tracing::{debug, info, warn};

use self::on_wake::OnWake;
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
/// In how many parts the time that a connection may be idle is watched.
const LOOKS: u32 = 4;
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

fn protocol() -> Builder<TokioExecutor> {
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
        // It would set up a timer for each request, and covers less than `Connection::serve` does.
        .header_read_timeout(None);
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
    /// That is: no request is in flight, and none ends. So those are ended that say nothing, that take
    /// too long to send a head, that are idle, and that never read their answers. It is looked at
    /// [`LOOKS`] times while it lasts, so it may last longer than it should by a part of that.
    async fn serve<S>(self, stream: TcpStream, peer: SocketAddr, service: S)
    where
        S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
    {
        let activity = Activity::default();
        let own_activity = activity.clone();
        // A connection hands over one request at a time, and the service is borrowed while it is called,
        // not until it has answered: none needs a clone of its own.
        let service = RefCell::new(service);
        let service = service_fn(move |request: Request<_>| {
            // One that is empty needs no memory.
            let mut request =
                request.map(
                    |body: Incoming| {
                        if body.is_end_stream() { Body::empty() } else { Body::new(body) }
                    },
                );
            request.extensions_mut().insert(peer);
            let in_flight = own_activity.begin();
            let mut service = service.borrow_mut();
            let _ = service.poll_ready(&mut Context::from_waker(Waker::noop()));
            service.call(request).inspect(move |_| drop(in_flight))
        });
        let mut connection = pin!(self.protocol.serve_connection(TokioIo::new(stream), service));
        let (mut seen, mut quiet, mut is_ending) = (activity.now(), 0, false);
        let mut patience = self.options.header_timeout;
        loop {
            // To ask each time that the connection does something would be to take locks that all
            // connections share.
            let interruption = OnWake::new(self.interruption(patience, is_ending));
            let interruption = tokio::select! {
                // In the order of what happens most, without drawing lots each time.
                biased;
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        debug!(%error, "a connection ended with an error");
                    }
                    return;
                }
                interruption = interruption => interruption,
            };
            match interruption {
                Interruption::Cut => return,
                Interruption::Drain => {
                    is_ending = true;
                    connection.as_mut().graceful_shutdown();
                }
                Interruption::Look => {
                    let now = activity.now();
                    quiet = if now == seen && !now.is_in_flight { quiet + 1 } else { 0 };
                    seen = now;
                    // One look is the whole time of the first head, and of the last words.
                    let enough = if is_ending || seen.begun == 0 { 1 } else { LOOKS };
                    if quiet >= enough && is_ending {
                        return;
                    }
                    if quiet >= enough {
                        debug!("a connection is closed for doing nothing");
                        (is_ending, quiet) = (true, 0);
                        connection.as_mut().graceful_shutdown();
                    }
                }
            }
            patience = if is_ending { LAST_WORDS } else { self.options.idle_timeout / LOOKS };
        }
    }

    async fn interruption(&self, patience: Duration, is_ending: bool) -> Interruption {
        tokio::select! {
            () = self.cut.cancelled() => Interruption::Cut,
            () = self.draining.cancelled(), if !is_ending => Interruption::Drain,
            () = sleep(patience) => Interruption::Look,
        }
    }
}

/// What a connection is looked up from its requests for.
enum Interruption {
    /// Everything ends now.
    Cut,
    /// It is to end with the requests that it has.
    Drain,
    /// Whether it does anything is to be looked at.
    Look,
}

/// What happens on a connection: how many requests have begun, and whether one is in flight, which
/// is as long as somebody has a clone of this besides the connection.
#[derive(Clone, Default)]
struct Activity {
    begun: Arc<AtomicUsize>,
}

/// Both, read one after the other.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Snapshot {
    begun: usize,
    is_in_flight: bool,
}

impl Activity {
    /// That of the connection itself, and that of its service.
    const OWN: usize = 2;

    /// A request begins. It is in flight until what is returned is dropped.
    fn begin(&self) -> Self {
        // Nobody else writes, so this needs not be one step.
        self.begun.store(self.begun.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        self.clone()
    }

    fn now(&self) -> Snapshot {
        let is_in_flight = Arc::strong_count(&self.begun) > Self::OWN;
        Snapshot { begun: self.begun.load(Ordering::Relaxed), is_in_flight }
    }
}
