//! One connection, from its first request to its end.

use std::cell::RefCell;
use std::convert::Infallible;
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
use tokio::net::TcpStream;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tower::Service;
use tracing::debug;

use super::on_wake::OnWake;
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

/// How HTTP is spoken on every connection.
pub(super) fn protocol() -> Builder<TokioExecutor> {
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

/// What a connection goes by.
pub(super) struct Connection {
    pub(super) protocol: Arc<Builder<TokioExecutor>>,
    pub(super) options: ServerOptions,
    /// It is to end with the requests that it has.
    pub(super) draining: CancellationToken,
    /// It is to end now.
    pub(super) cut: CancellationToken,
}

impl Connection {
    /// Answers one connection until it ends, or is ended for doing nothing.
    ///
    /// That is: no request is in flight, and none ends. So those are ended that say nothing, that take
    /// too long to send a head, that are idle, and that never read their answers. It is looked at
    /// [`LOOKS`] times while it lasts, so it may last longer than it should by a part of that.
    pub(super) async fn serve<S>(self, stream: TcpStream, peer: SocketAddr, service: S)
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
