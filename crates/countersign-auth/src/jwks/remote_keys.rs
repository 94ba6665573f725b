//! The keys of a URL, and when they are fetched.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tracing::{info, warn};

use super::source::{Fetched, JwksSource};
use crate::clock::Clock;
use crate::shared_keys::SharedVerificationKeys;
use crate::timestamp::Timestamp;
use crate::verification_keys::VerificationKeys;

/// The keys of a [`JwksSource`], as of the last successful fetch.
///
/// Fetches are triggered by requests. At most one is in flight, and it outlives the request that
/// triggered it: otherwise a client that disconnects again and again could prevent new keys.
pub(super) struct RemoteKeys {
    source: JwksSource,
    clock: Arc<dyn Clock>,
    shared: SharedVerificationKeys,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The start of the last successful fetch, and the TTL of its keys.
    fetched: Option<(Timestamp, Duration)>,
    /// The start of the last fetch, successful or not.
    started_at: Option<Timestamp>,
    /// The last fetch, which may have ended.
    fetch: Option<Fetch>,
}

struct Fetch {
    /// Closed when the fetch ends.
    end: End,
    /// Whether requests wait for the fetch although there are keys, which have expired.
    blocks_requests: bool,
}

type End = watch::Receiver<()>;

/// The minimum interval between the starts of two fetches.
const MIN_INTERVAL: Duration = Duration::from_secs(10);
/// The same while there are no keys, when every request is rejected.
const MIN_INTERVAL_WITHOUT_KEYS: Duration = Duration::from_secs(1);

impl RemoteKeys {
    pub(super) fn new(source: JwksSource, clock: Arc<dyn Clock>) -> Self {
        let shared = SharedVerificationKeys::new(VerificationKeys::default());
        Self { source, clock, shared, state: Mutex::default() }
    }

    /// The keys; none before the first successful fetch.
    pub(super) fn shared(&self) -> &SharedVerificationKeys {
        &self.shared
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Whether there are keys. They are fetched
    /// - before the first request, which waits;
    /// - in the background, after three quarters of their TTL;
    /// - before a request, which waits, when they have expired and no fetch was tried for another
    ///   TTL: a withdrawn key must not be accepted after a period without requests.
    ///
    /// If the fetch fails, the previous keys remain.
    pub(super) async fn are_available(self: &Arc<Self>) -> bool {
        wait(self.fetch_if_due()).await;
        !self.shared.current().is_empty()
    }

    /// Fetches the keys for a token with an unknown `kid`. Whether a fetch has ended.
    pub(super) async fn fetch_for_unknown_kid(self: &Arc<Self>) -> bool {
        let end = {
            let mut state = self.state();
            let now = self.clock.now();
            match state.in_flight() {
                Some(fetch) => Some(fetch.end.clone()),
                None if state.since_last_start(now) >= MIN_INTERVAL => {
                    Some(self.start(&mut state, now, false))
                }
                None => None,
            }
        };
        let is_some = end.is_some();
        wait(end).await;
        is_some
    }

    /// The end of the fetch for which a request must wait.
    fn fetch_if_due(self: &Arc<Self>) -> Option<End> {
        let mut state = self.state();
        let now = self.clock.now();
        let interval = state.since_last_start(now);
        let Some((at, ttl)) = state.fetched else {
            return match state.in_flight() {
                Some(fetch) => Some(fetch.end.clone()),
                None if interval >= MIN_INTERVAL_WITHOUT_KEYS => {
                    Some(self.start(&mut state, now, true))
                }
                None => None,
            };
        };
        if since(at, now) < ttl / 4 * 3 {
            return None;
        }
        match state.in_flight() {
            Some(fetch) => fetch.blocks_requests.then(|| fetch.end.clone()),
            None if interval >= MIN_INTERVAL => {
                let blocks_requests = interval >= ttl;
                let end = self.start(&mut state, now, blocks_requests);
                blocks_requests.then_some(end)
            }
            None => None,
        }
    }

    fn start(self: &Arc<Self>, state: &mut State, now: Timestamp, blocks_requests: bool) -> End {
        let (in_flight, end) = watch::channel(());
        state.started_at = Some(now);
        state.fetch = Some(Fetch { end: end.clone(), blocks_requests });
        let keys = Arc::clone(self);
        tokio::spawn(async move {
            keys.fetch(now).await;
            drop(in_flight);
        });
        end
    }

    async fn fetch(&self, now: Timestamp) {
        let url = self.source.name();
        match self.source.fetch().await {
            Ok(Fetched { keys, ttl }) => {
                if !self.shared.current().kids().eq(keys.kids()) {
                    info!(url, ?keys, "verification keys changed");
                }
                self.shared.replace(keys);
                self.state().fetched = Some((now, ttl));
            }
            Err(error) => {
                let keys = self.shared.current();
                warn!(url, %error, ?keys, "cannot fetch verification keys; keeping the current ones");
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn in_flight(&self) -> Option<&Fetch> {
        self.fetch.as_ref().filter(|fetch| fetch.end.has_changed().is_ok())
    }

    fn since_last_start(&self, now: Timestamp) -> Duration {
        self.started_at.map_or(Duration::MAX, |at| since(at, now))
    }
}

/// The time from `at` to `now`; the maximum if the clock was set back.
fn since(at: Timestamp, now: Timestamp) -> Duration {
    if at <= now { now.duration_since(at) } else { Duration::MAX }
}

async fn wait(end: Option<End>) {
    if let Some(mut end) = end {
        // Nothing is ever sent: the change is the end.
        let _ = end.changed().await;
    }
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteKeys")
            .field("url", &self.source.name())
            .field("keys", &self.shared)
            .finish_non_exhaustive()
    }
}
