//! The requests and responses of one connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::budget::Quota;

/// Counts the requests and responses of one connection. An HTTP/2 connection can have several at once.
pub(super) struct Activity {
    opened: Instant,
    begun: AtomicUsize,
    /// Requests without a response.
    in_flight: AtomicUsize,
    /// Requests in flight whose body is still arriving.
    receiving: AtomicUsize,
    /// Responses that are not yet sent, by the period in which their last progress was made.
    sending: [AtomicUsize; 2],
    /// The number of the current period of the write timeout.
    period: AtomicUsize,
    /// The state of a write to the socket: [`WRITABLE`], or for how many periods it has been blocked.
    blocked: AtomicU8,
    /// When the last response was sent, in nanoseconds since the connection was opened.
    last_end: AtomicU64,
    is_evicted: AtomicBool,
    /// What the connection can take from; here, since each request has the activity.
    pub(super) quota: Quota,
}

const WRITABLE: u8 = 0;

/// How much a connection does, from little to much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    /// No request.
    Idle,
    /// Requests that are still arriving, or responses that are not read.
    Waiting,
    /// A complete request without a response.
    Working,
}

/// The responses of a connection at the end of a period of the write timeout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsent {
    /// All are sent.
    Nothing,
    /// There are some, with progress.
    Progressing,
    /// One has made no progress for a whole period.
    Stalled,
}

impl Activity {
    pub(super) fn new(quota: Quota) -> Arc<Self> {
        Arc::new(Self {
            opened: Instant::now(),
            begun: AtomicUsize::new(0),
            in_flight: AtomicUsize::new(0),
            receiving: AtomicUsize::new(0),
            sending: Default::default(),
            period: AtomicUsize::new(0),
            blocked: AtomicU8::new(WRITABLE),
            last_end: AtomicU64::new(0),
            is_evicted: AtomicBool::new(false),
            quota,
        })
    }

    /// Counts a request as in flight until the guard is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> InFlight {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight { activity: Arc::clone(self), stage: Stage::Request }
    }

    /// Counts a request body as arriving until the guard is dropped.
    pub(super) fn receive(self: &Arc<Self>) -> Receiving {
        self.receiving.fetch_add(1, Ordering::Relaxed);
        Receiving(Arc::clone(self))
    }

    pub(super) fn has_begun(&self) -> bool {
        self.begun.load(Ordering::Relaxed) > 0
    }

    /// Whether there is a request, or a response that is not yet sent.
    pub(super) fn is_busy(&self) -> bool {
        self.in_flight.load(Ordering::Acquire) > 0 || self.is_sending()
    }

    /// Whether a request is in flight whose body is complete.
    pub(super) fn has_complete_request(&self) -> bool {
        self.in_flight.load(Ordering::Acquire) > self.receiving.load(Ordering::Relaxed)
    }

    fn is_sending(&self) -> bool {
        self.sending.iter().any(|responses| responses.load(Ordering::Acquire) > 0)
    }

    pub(super) fn current_use(&self) -> Use {
        if self.has_complete_request() {
            Use::Working
        } else if self.is_busy() {
            Use::Waiting
        } else {
            Use::Idle
        }
    }

    /// When the last response was sent, or when the connection was opened.
    pub(super) fn last_end(&self) -> Instant {
        self.opened + Duration::from_nanos(self.last_end.load(Ordering::Relaxed))
    }

    /// Marks the connection as closed in favour of another one.
    pub(super) fn evict(&self) {
        self.is_evicted.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_evicted(&self) -> bool {
        self.is_evicted.load(Ordering::Relaxed)
    }

    /// Records whether the socket took bytes.
    pub(super) fn record_write(&self, is_blocked: bool) {
        if is_blocked != (self.blocked.load(Ordering::Relaxed) != WRITABLE) {
            self.blocked.store(u8::from(is_blocked), Ordering::Relaxed);
        }
    }

    /// Whether a response is not yet sent.
    pub(super) fn has_unsent(&self) -> bool {
        self.blocked.load(Ordering::Relaxed) != WRITABLE || self.is_sending()
    }

    /// Ends a period of the write timeout.
    pub(super) fn end_period(&self) -> Unsent {
        let blocked = self.blocked.load(Ordering::Relaxed);
        if blocked > 1 {
            return Unsent::Stalled;
        }
        if blocked == 1 {
            self.blocked.store(2, Ordering::Relaxed);
        }
        let period = self.period.load(Ordering::Relaxed);
        // Those of the period before.
        if self.sending[(period + 1) % 2].load(Ordering::Acquire) > 0 {
            return Unsent::Stalled;
        }
        if !self.has_unsent() {
            return Unsent::Nothing;
        }
        self.period.store(period + 1, Ordering::Relaxed);
        Unsent::Progressing
    }

    fn current_period(&self) -> usize {
        self.period.load(Ordering::Relaxed) % 2
    }
}

/// A request in flight; then its response, until that is sent.
pub(super) struct InFlight {
    pub(super) activity: Arc<Activity>,
    stage: Stage,
}

enum Stage {
    Request,
    /// The period of the last progress.
    Response(usize),
}

impl InFlight {
    /// The request has a response.
    pub(super) fn respond(&mut self) {
        let period = self.activity.current_period();
        self.activity.sending[period].fetch_add(1, Ordering::Release);
        self.stage = Stage::Response(period);
        self.activity.in_flight.fetch_sub(1, Ordering::Release);
    }

    /// Records that a part of the response was sent.
    pub(super) fn record_progress(&mut self) {
        let now = self.activity.current_period();
        if let Stage::Response(period) = &mut self.stage
            && *period != now
        {
            self.activity.sending[now].fetch_add(1, Ordering::Release);
            self.activity.sending[*period].fetch_sub(1, Ordering::Release);
            *period = now;
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let activity = &self.activity;
        let since_opened = activity.opened.elapsed().as_nanos();
        let since_opened = u64::try_from(since_opened).unwrap_or(u64::MAX);
        activity.last_end.store(since_opened, Ordering::Relaxed);
        // Visible together with the end.
        let counted = match self.stage {
            Stage::Request => &activity.in_flight,
            Stage::Response(period) => &activity.sending[period],
        };
        counted.fetch_sub(1, Ordering::Release);
    }
}

/// A request body that is still arriving.
pub(super) struct Receiving(Arc<Activity>);

impl Drop for Receiving {
    fn drop(&mut self) {
        self.0.receiving.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::super::budget::{Budgets, NetworkUsage};
    use super::*;

    fn activity() -> Arc<Activity> {
        let quota = Quota { budgets: Budgets::new(1, 1), network: NetworkUsage::new(false) };
        Activity::new(quota)
    }

    #[tokio::test]
    async fn request_is_in_use_until_its_response_is_sent() {
        let activity = activity();
        assert_eq!(activity.current_use(), Use::Idle);
        let mut request = activity.begin();
        let body = activity.receive();
        assert_eq!(activity.current_use(), Use::Waiting);
        drop(body);
        assert_eq!(activity.current_use(), Use::Working);
        request.respond();
        assert_eq!(activity.current_use(), Use::Waiting);
        drop(request);
        assert_eq!(activity.current_use(), Use::Idle);
    }

    #[tokio::test]
    async fn response_without_progress_for_a_period_is_stalled() {
        let activity = activity();
        assert_eq!(activity.end_period(), Unsent::Nothing);
        let mut response = activity.begin();
        response.respond();
        assert_eq!(activity.end_period(), Unsent::Progressing);
        response.record_progress();
        assert_eq!(activity.end_period(), Unsent::Progressing);
        assert_eq!(activity.end_period(), Unsent::Stalled);
        drop(response);
        assert_eq!(activity.end_period(), Unsent::Nothing);
    }

    #[tokio::test]
    async fn socket_that_takes_nothing_for_a_period_is_stalled() {
        let activity = activity();
        activity.record_write(true);
        assert_eq!(activity.end_period(), Unsent::Progressing);
        activity.record_write(true);
        assert_eq!(activity.end_period(), Unsent::Stalled);
        activity.record_write(false);
        assert_eq!(activity.end_period(), Unsent::Nothing);
        activity.record_write(true);
        assert_eq!(activity.end_period(), Unsent::Progressing);
    }
}
