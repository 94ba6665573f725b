//! The bodies of requests and responses, which count towards limits while they are in flight.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Buf, Frame, Incoming, SizeHint};

use super::activity::{Activity, InFlight, Receiving};
use super::budget::{Kind, Taken};

/// The bytes of a body that do not count: those of a usual request or response.
pub(super) const FREE: usize = 4 * 1024;
/// So many bytes of a response are progress.
const PROGRESS: usize = 1024;

/// A request body. Its bytes beyond [`FREE`] are taken from the budget until it is dropped, which is when
/// it is whole.
pub(super) struct RequestBody {
    pub(super) body: Incoming,
    pub(super) receiving: Option<Receiving>,
    pub(super) memory: RequestMemory,
}

/// The bytes that a request body has taken from the budget.
pub(super) struct RequestMemory {
    activity: Arc<Activity>,
    received: usize,
    state: State,
}

enum State {
    Free,
    Taken(Taken),
    /// The request was rejected, and the rest is discarded.
    Exhausted,
}

impl RequestMemory {
    pub(super) fn new(activity: &Arc<Activity>) -> Self {
        Self { activity: Arc::clone(activity), received: 0, state: State::Free }
    }

    /// Counts received bytes; `false` if the budget is exhausted by them.
    fn count(&mut self, length: usize) -> bool {
        let before = self.received.saturating_sub(FREE);
        self.received = self.received.saturating_add(length);
        let amount = self.received.saturating_sub(FREE) - before;
        let has_taken = match &mut self.state {
            State::Exhausted => return true,
            _ if amount == 0 => return true,
            State::Taken(taken) => taken.grow(amount),
            State::Free => match self.activity.quota.take(Kind::Bytes, amount) {
                Some(taken) => {
                    self.state = State::Taken(taken);
                    true
                }
                None => false,
            },
        };
        if !has_taken {
            self.state = State::Exhausted;
        }
        has_taken
    }
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    /// Once the budget is exhausted, one error of the kind [`io::ErrorKind::OutOfMemory`].
    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        let has_ended = matches!(frame, Poll::Ready(None | Some(Err(_))));
        if has_ended || self.body.is_end_stream() {
            self.receiving = None;
        }
        let length = match &frame {
            Poll::Ready(Some(Ok(frame))) => frame.data_ref().map_or(0, Bytes::len),
            _ => 0,
        };
        if !self.memory.count(length) {
            return Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::OutOfMemory).into())));
        }
        frame.map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A response body. The response is in flight until the last of its bytes is sent.
pub(super) struct ResponseBody {
    body: Body,
    guard: Option<Guard>,
    /// Whether its bytes wait for the client one by one. HTTP/1.1 copies them into the buffer of the
    /// connection at once, and a client that does not read blocks the socket.
    is_http2: bool,
}

/// Counts a response until it is sent.
pub(super) struct Guard {
    pub(super) in_flight: InFlight,
    // Only held.
    pub(super) _stream: Option<Box<Taken>>,
    pub(super) _memory: Option<Box<Taken>>,
}

impl ResponseBody {
    pub(super) fn new(body: Body, guard: Guard, is_http2: bool) -> Self {
        // An empty one is sent with the head.
        let guard = (!body.is_end_stream()).then_some(guard);
        Self { body, guard, is_http2 }
    }

    /// One that does not count.
    pub(super) fn uncounted(body: Body) -> Self {
        Self { body, guard: None, is_http2: false }
    }
}

impl HttpBody for ResponseBody {
    type Data = ResponseData;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<ResponseData>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        let Some(Ok(frame)) = frame else {
            self.guard = None;
            return Poll::Ready(frame.map(|frame| frame.map(|frame| frame.map_data(Into::into))));
        };
        let is_last = self.is_http2 && self.body.is_end_stream();
        let guard = if is_last { self.guard.take().map(Box::new) } else { None };
        let data = |bytes| ResponseData { bytes, guard, progress: 0 };
        Poll::Ready(Some(Ok(frame.map_data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Bytes of a response, the last of them with its guard: HTTP/2 holds them until the client has a window
/// for them.
pub(super) struct ResponseData {
    bytes: Bytes,
    guard: Option<Box<Guard>>,
    /// Bytes since the last recorded progress.
    progress: usize,
}

impl From<Bytes> for ResponseData {
    fn from(bytes: Bytes) -> Self {
        Self { bytes, guard: None, progress: 0 }
    }
}

impl Buf for ResponseData {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        self.progress += count;
        if self.progress >= PROGRESS
            && let Some(guard) = &mut self.guard
        {
            self.progress = 0;
            guard.in_flight.record_progress();
        }
    }
}
