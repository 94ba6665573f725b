//! One connection, from its first request to its end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use futures_util::FutureExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tower::Service;
use tracing::debug;

use super::activity::Activity;
use crate::config::ServerOptions;

/// Maximum size of a request's head, in bytes; HTTP/1.1 responds with a 431 to a larger one.
const MAX_HEAD: u32 = 32 * 1024;
/// Maximum number of requests in flight on one HTTP/2 connection.
const MAX_STREAMS: u32 = 100;
/// HTTP/2 flow-control windows of a stream and of a connection, in bytes.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 256 * 1024;
/// How long a connection that is being closed may take to complete a request or to read a response.
const CLOSE_GRACE: Duration = Duration::from_secs(2);

/// The HTTP settings of every connection.
pub(super) fn protocol() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // A client that shuts down its writing half counts as disconnected, and its requests are dropped:
    // hyper cannot tell the two apart, and a password hash without a recipient delays other logins.
    builder
        .http1()
        .half_close(false)
        // Responses are small: copying the body behind the head is cheaper than a vectored write.
        .writev(false)
        .timer(TokioTimer::new())
        .max_buf_size(MAX_HEAD as usize)
        // It needs a timer per request, and covers less than `Connection::serve` does.
        .header_read_timeout(None);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(MAX_HEAD)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_concurrent_streams(MAX_STREAMS);
    builder
}

/// Settings of a connection.
pub(super) struct Connection {
    pub(super) protocol: Arc<Builder<TokioExecutor>>,
    pub(super) options: ServerOptions,
    /// Cancelled when the server shuts down.
    pub(super) draining: CancellationToken,
}

impl Connection {
    /// Serves a connection until the client closes it, the header timeout or the idle timeout expires,
    /// or the server shuts down.
    ///
    /// A connection that is being closed completes the requests in flight. After [`CLOSE_GRACE`] it is
    /// closed all the same, unless a complete request is in flight: a request whose head or body
    /// is still arriving is not waited for.
    pub(super) async fn serve<S>(self, stream: TcpStream, peer: SocketAddr, service: S)
    where
        S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
    {
        let activity = Activity::new();
        let service = {
            let activity = Arc::clone(&activity);
            service_fn(move |request: Request<Incoming>| {
                let in_flight = activity.begin();
                let mut request = request.map(|body| activity.track(body));
                request.extensions_mut().insert(peer);
                // It is always ready, as `serve` requires.
                service.clone().call(request).inspect(move |_| drop(in_flight))
            })
        };
        let mut connection = pin!(self.protocol.serve_connection(TokioIo::new(stream), service));
        let mut draining = pin!(self.draining.cancelled());
        let ServerOptions { header_timeout, idle_timeout, .. } = self.options;
        let mut timer = pin!(sleep_until(activity.last_end() + header_timeout.min(idle_timeout)));
        let mut closing_since = None;
        loop {
            tokio::select! {
                biased;
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        debug!(%error, "connection error");
                    }
                    return;
                }
                () = draining.as_mut(), if closing_since.is_none() => {
                    connection.as_mut().graceful_shutdown();
                    closing_since = Some(Instant::now());
                }
                () = timer.as_mut() => {}
            }
            let (timeout, is_busy, idle_since) = match closing_since {
                Some(since) => {
                    let is_busy = activity.has_complete_request();
                    (CLOSE_GRACE, is_busy, activity.last_end().max(since))
                }
                None if activity.has_begun() => {
                    (idle_timeout, activity.has_request(), activity.last_end())
                }
                None => (header_timeout, false, activity.last_end()),
            };
            let now = Instant::now();
            let start = if is_busy { now } else { idle_since };
            let mut deadline = start + timeout;
            if deadline <= now {
                if closing_since.is_some() {
                    return;
                }
                debug!("closing idle connection");
                connection.as_mut().graceful_shutdown();
                closing_since = Some(now);
                deadline = now + CLOSE_GRACE;
            }
            timer.as_mut().reset(deadline);
        }
    }
}
