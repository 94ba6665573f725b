//! The requests of one connection.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::Instant;

/// Counts the requests of one connection. An HTTP/2 connection can have several at once.
pub(super) struct Activity {
    opened: Instant,
    begun: AtomicUsize,
    in_flight: AtomicUsize,
    /// Requests in flight whose body is still arriving.
    receiving: AtomicUsize,
    /// When the last request ended, in nanoseconds since the connection was opened.
    last_end: AtomicU64,
}

impl Activity {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            opened: Instant::now(),
            begun: AtomicUsize::new(0),
            in_flight: AtomicUsize::new(0),
            receiving: AtomicUsize::new(0),
            last_end: AtomicU64::new(0),
        })
    }

    /// Counts a request as in flight until the guard is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> InFlight {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(Arc::clone(self))
    }

    /// A request body that counts as arriving until it is complete or dropped.
    pub(super) fn track(self: &Arc<Self>, body: Incoming) -> Body {
        if body.is_end_stream() {
            return Body::empty();
        }
        self.receiving.fetch_add(1, Ordering::Relaxed);
        Body::new(TrackedBody { body, receiving: Some(Receiving(Arc::clone(self))) })
    }

    pub(super) fn has_begun(&self) -> bool {
        self.begun.load(Ordering::Relaxed) > 0
    }

    /// Whether a request is in flight, complete or not.
    pub(super) fn has_request(&self) -> bool {
        self.in_flight.load(Ordering::Acquire) > 0
    }

    /// Whether a request is in flight whose body is complete.
    pub(super) fn has_complete_request(&self) -> bool {
        self.in_flight.load(Ordering::Acquire) > self.receiving.load(Ordering::Relaxed)
    }

    /// When the last request ended, or when the connection was opened.
    pub(super) fn last_end(&self) -> Instant {
        self.opened + Duration::from_nanos(self.last_end.load(Ordering::Relaxed))
    }
}

/// A request in flight.
pub(super) struct InFlight(Arc<Activity>);

impl Drop for InFlight {
    fn drop(&mut self) {
        let Self(activity) = self;
        let since_opened = activity.opened.elapsed().as_nanos();
        let since_opened = u64::try_from(since_opened).unwrap_or(u64::MAX);
        activity.last_end.store(since_opened, Ordering::Relaxed);
        // Visible together with the end.
        activity.in_flight.fetch_sub(1, Ordering::Release);
    }
}

/// A request body that is still arriving.
struct Receiving(Arc<Activity>);

impl Drop for Receiving {
    fn drop(&mut self) {
        self.0.receiving.fetch_sub(1, Ordering::Relaxed);
    }
}

struct TrackedBody {
    body: Incoming,
    receiving: Option<Receiving>,
}

impl HttpBody for TrackedBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        let has_ended = matches!(frame, Poll::Ready(None | Some(Err(_))));
        if has_ended || self.body.is_end_stream() {
            self.receiving = None;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
