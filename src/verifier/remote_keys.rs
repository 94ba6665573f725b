//! Keys that somebody else publishes, and when they are fetched.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tracing::{info, warn};

use super::source::{Fetched, JwksSource};
use crate::clock::Clock;
use crate::token::{PublicKeyRing, PublicKeySet};

/// The keys of a [`JwksSource`], as they were when they were last fetched.
///
/// Nothing runs while nobody asks. At most one fetch is under way at any time, and it goes on when
/// the request that began it is given up: otherwise whoever sends requests and hangs up could keep
/// the others from ever getting new keys.
pub(super) struct RemoteKeys {
    source: JwksSource,
    clock: Arc<dyn Clock>,
    ring: PublicKeyRing,
    state: Mutex<State>,
}

/// All times are seconds since 1970.
#[derive(Default)]
struct State {
    /// When the keys that are here were asked for, and for how long they are fresh.
    fetched: Option<(i64, i64)>,
    /// When the last fetch began, whatever became of it.
    began_at: Option<i64>,
    /// The last fetch, which may have ended.
    fetch: Option<Fetch>,
}

struct Fetch {
    /// Closed at the end.
    end: End,
    /// Whether requests wait for it that have keys that are no longer fresh.
    holds_requests: bool,
}

type End = watch::Receiver<()>;

/// Between two fetches lie at least so many seconds, whatever is asked for.
const PAUSE: i64 = 10;
/// The same while there are no keys at all: then every request is refused.
const PAUSE_WITHOUT_KEYS: i64 = 1;

impl RemoteKeys {
    pub(super) fn new(source: JwksSource, clock: Arc<dyn Clock>) -> Self {
        let ring = PublicKeyRing::new(PublicKeySet::default());
        Self { source, clock, ring, state: Mutex::default() }
    }

    /// The keys, of which there are none before the first fetch.
    pub(super) fn ring(&self) -> &PublicKeyRing {
        &self.ring
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Whether there are keys. They are fetched
    /// - before the first request, which waits;
    /// - in the background, when three quarters of their time are over;
    /// - before a request, which waits, where their time is over and nobody has tried for as long:
    ///   a key that was withdrawn must not be believed after a silence.
    ///
    /// If that fails they stay as they are.
    pub(super) async fn are_here(self: &Arc<Self>) -> bool {
        wait(self.fetch_when_due()).await;
        self.ring.current().ids().next().is_some()
    }

    /// Fetches them for a token that names a key that is not here. Whether anything was fetched.
    pub(super) async fn were_fetched_again(self: &Arc<Self>) -> bool {
        let end = {
            let mut state = self.state();
            let now = self.clock.now().seconds();
            match state.running() {
                Some(fetch) => Some(fetch.end.clone()),
                None if state.pause(now) >= PAUSE => Some(self.begin(&mut state, now, false)),
                None => None,
            }
        };
        let is_some = end.is_some();
        wait(end).await;
        is_some
    }

    /// The end of the fetch for which a request has to wait.
    fn fetch_when_due(self: &Arc<Self>) -> Option<End> {
        let mut state = self.state();
        let now = self.clock.now().seconds();
        let pause = state.pause(now);
        let Some((at, lifetime)) = state.fetched else {
            return match state.running() {
                Some(fetch) => Some(fetch.end.clone()),
                None if pause >= PAUSE_WITHOUT_KEYS => Some(self.begin(&mut state, now, true)),
                None => None,
            };
        };
        if since(at, now) < lifetime / 4 * 3 {
            return None;
        }
        match state.running() {
            Some(fetch) => fetch.holds_requests.then(|| fetch.end.clone()),
            None if pause >= PAUSE => {
                let holds_requests = pause >= lifetime;
                let end = self.begin(&mut state, now, holds_requests);
                holds_requests.then_some(end)
            }
            None => None,
        }
    }

    fn begin(self: &Arc<Self>, state: &mut State, now: i64, holds_requests: bool) -> End {
        let (at_the_end, end) = watch::channel(());
        state.began_at = Some(now);
        state.fetch = Some(Fetch { end: end.clone(), holds_requests });
        let keys = Arc::clone(self);
        tokio::spawn(async move {
            keys.fetch(now).await;
            drop(at_the_end);
        });
        end
    }

    async fn fetch(&self, now: i64) {
        let url = self.source.name();
        match self.source.fetch().await {
            Ok(Fetched { keys, lifetime }) => {
                if !self.ring.current().ids().eq(keys.ids()) {
                    info!(url, keys = ?keys, "there are new keys");
                }
                self.ring.replace(keys);
                self.state().fetched = Some((now, lifetime));
            }
            Err(reason) => {
                let keys = self.ring.current();
                warn!(url, %reason, ?keys, "no keys could be fetched; they stay as they were");
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn running(&self) -> Option<&Fetch> {
        self.fetch.as_ref().filter(|fetch| fetch.end.has_changed().is_ok())
    }

    /// For how long no fetch has begun.
    fn pause(&self, now: i64) -> i64 {
        self.began_at.map_or(i64::MAX, |at| since(at, now))
    }
}

/// The seconds from `at` to `now`; for ever, where the clock was put back.
fn since(at: i64, now: i64) -> i64 {
    if at <= now { now.saturating_sub(at) } else { i64::MAX }
}

async fn wait(end: Option<End>) {
    if let Some(mut end) = end {
        // Nothing is ever sent: this is the end.
        let _ = end.changed().await;
    }
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteKeys")
            .field("url", &self.source.name())
            .field("keys", &self.ring)
            .finish_non_exhaustive()
    }
}
