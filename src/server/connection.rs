//! One connection, from its first request to its end.

use std::convert::Infallible;
use std::error::Error;
use std::future::{poll_fn, ready};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::extract::Request;
use axum::response::Response;
use futures_util::FutureExt;
use futures_util::future::Either;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tower::Service;
use tracing::debug;

use super::activity::{Activity, Unsent};
use super::admission;
use super::stream::Stream;
use crate::config::ServerOptions;

/// Maximum size of a request's head, in bytes; HTTP/1.1 responds with a 431 to a larger one. HTTP/2
/// counts it as decoded, with 32 bytes for each header.
const MAX_HEAD: u32 = 32 * 1024;
/// Maximum number of requests in flight on one HTTP/2 connection.
const MAX_STREAMS: u32 = 100;
/// HTTP/2 streams that a client has reset before they were served, and those reset for errors of the
/// client: one more ends the connection.
const MAX_PENDING_RESETS: usize = 20;
const MAX_ERROR_RESETS: usize = 128;
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
        .max_concurrent_streams(MAX_STREAMS)
        .max_pending_accept_reset_streams(MAX_PENDING_RESETS)
        .max_local_error_reset_streams(MAX_ERROR_RESETS);
    builder
}

/// Settings of a connection.
pub(super) struct Connection {
    pub(super) protocol: Arc<Builder<TokioExecutor>>,
    pub(super) options: ServerOptions,
    pub(super) activity: Arc<Activity>,
    /// Cancelled when the server shuts down, or closes the connection in favour of another one.
    pub(super) closing: CancellationToken,
}

/// What a connection is waiting for.
enum Event {
    Ended(Result<(), Box<dyn Error + Send + Sync>>),
    Closing,
    /// A response is not yet sent, and the write timeout does not run.
    Unsent,
    Timer,
}

impl Connection {
    /// Serves a connection until the client closes it, the header timeout, the idle timeout or the write
    /// timeout expires, or the server shuts down or closes it in favour of another one.
    ///
    /// A connection that is being closed completes the requests in flight. After [`CLOSE_GRACE`] it is
    /// closed all the same, unless a complete request is in flight: a request whose head or body
    /// is still arriving is not waited for.
    pub(super) async fn serve<S>(self, stream: TcpStream, peer: SocketAddr, service: S)
    where
        S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
    {
        let Self { protocol, options, activity, closing } = self;
        let service = {
            let activity = Arc::clone(&activity);
            service_fn(move |request: Request<Incoming>| {
                let admitted = match admission::admit(&activity, request) {
                    Ok(admitted) => admitted,
                    Err(refused) => return Either::Left(ready(refused.response())),
                };
                let (mut request, admitted) = admitted;
                request.extensions_mut().insert(peer);
                // It is always ready, as `serve` requires.
                let response = service.clone().call(request);
                let response = response.map(move |response| {
                    let Ok(response) = response;
                    Ok(admitted.response(response))
                });
                Either::Right(response)
            })
        };
        let stream = Stream { socket: TokioIo::new(stream), activity: Arc::clone(&activity) };
        let mut connection = pin!(protocol.serve_connection(stream, service));
        let mut closed = pin!(closing.cancelled());
        let ServerOptions { header_timeout, idle_timeout, write_timeout, .. } = options;
        let mut timer = pin!(sleep_until(activity.last_end() + header_timeout.min(idle_timeout)));
        let mut closing_since = None;
        // The end of the current period of the write timeout.
        let mut period_end = None;
        loop {
            let event = poll_fn(|cx| {
                if let Poll::Ready(ended) = connection.as_mut().poll(cx) {
                    return Poll::Ready(Event::Ended(ended));
                }
                if closing_since.is_none() && closed.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Event::Closing);
                }
                if period_end.is_none() && activity.has_unsent() {
                    return Poll::Ready(Event::Unsent);
                }
                timer.as_mut().poll(cx).map(|()| Event::Timer)
            });
            match event.await {
                Event::Ended(ended) => {
                    if let Err(error) = ended {
                        debug!(%error, "connection error");
                    }
                    return;
                }
                Event::Closing => {
                    if activity.is_evicted() && !activity.has_complete_request() {
                        return;
                    }
                    connection.as_mut().graceful_shutdown();
                    closing_since = Some(Instant::now());
                }
                Event::Unsent => period_end = Some(Instant::now() + write_timeout),
                Event::Timer => {}
            }
            let (timeout, is_busy, idle_since) = match closing_since {
                Some(since) => {
                    let is_busy = activity.has_complete_request();
                    (CLOSE_GRACE, is_busy, activity.last_end().max(since))
                }
                None if activity.has_begun() => {
                    (idle_timeout, activity.is_busy(), activity.last_end())
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
            if period_end.is_some_and(|end| end <= now) {
                period_end = match activity.end_period() {
                    Unsent::Nothing => None,
                    Unsent::Progressing => Some(now + write_timeout),
                    Unsent::Stalled => {
                        debug!("write timeout, closing connection");
                        return;
                    }
                };
            }
            timer.as_mut().reset(period_end.map_or(deadline, |end| end.min(deadline)));
        }
    }
}
