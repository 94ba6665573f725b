//! Bounded resources of the whole process, of which each client network has a share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

/// An amount of something that all connections share. A client network can use a quarter of it, a
/// trusted proxy all of it. Without locks.
pub(super) struct Budget {
    limit: usize,
    used: AtomicUsize,
    log: Cooldown,
}

/// What a client network uses of a budget.
#[derive(Default)]
pub(super) struct Usage(AtomicUsize);

/// A part of a budget, returned when it is dropped.
pub(super) struct Taken {
    budget: Arc<Budget>,
    network: Arc<NetworkUsage>,
    kind: Kind,
    amount: usize,
}

/// What a client network, or a trusted proxy, uses of each budget.
#[derive(Default)]
pub(super) struct NetworkUsage {
    is_exempt: bool,
    streams: Usage,
    bytes: Usage,
}

/// The kinds of budgets.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// HTTP/2 requests beyond the first one of a connection.
    Streams,
    /// Bytes of bodies.
    Bytes,
}

/// What a connection can take from: the budgets of all connections, as its client network.
#[derive(Clone)]
pub(super) struct Quota {
    pub(super) budgets: Arc<Budgets>,
    pub(super) network: Arc<NetworkUsage>,
}

/// The budgets of all connections.
pub(super) struct Budgets {
    pub(super) streams: Arc<Budget>,
    pub(super) bytes: Arc<Budget>,
}

impl Budgets {
    /// So many HTTP/2 requests, and bytes of bodies.
    pub(super) fn new(streams: usize, bytes: usize) -> Arc<Self> {
        Arc::new(Self { streams: Budget::new(streams), bytes: Budget::new(bytes) })
    }
}

impl Quota {
    /// Takes an amount; `None`, and a warning from time to time, if there is not as much.
    pub(super) fn take(&self, kind: Kind, amount: usize) -> Option<Taken> {
        let budget = match kind {
            Kind::Streams => &self.budgets.streams,
            Kind::Bytes => &self.budgets.bytes,
        };
        let taken = budget.take(&self.network, kind, amount);
        if taken.is_none() {
            budget.log_exhausted(kind);
        }
        taken
    }
}

impl NetworkUsage {
    /// A trusted proxy is exempt from the shares.
    pub(super) fn new(is_exempt: bool) -> Arc<Self> {
        Arc::new(Self { is_exempt, ..Self::default() })
    }

    fn of(&self, kind: Kind) -> &AtomicUsize {
        match kind {
            Kind::Streams => &self.streams.0,
            Kind::Bytes => &self.bytes.0,
        }
    }
}

impl Budget {
    /// The share of a client network, as a divisor.
    const SHARE: usize = 4;

    fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, used: AtomicUsize::new(0), log: Cooldown::default() })
    }

    /// Takes an amount; `None` if the budget, or the share of the network, is exhausted.
    fn take(
        self: &Arc<Self>,
        network: &Arc<NetworkUsage>,
        kind: Kind,
        amount: usize,
    ) -> Option<Taken> {
        let share = if network.is_exempt { self.limit } else { (self.limit / Self::SHARE).max(1) };
        if !add(network.of(kind), amount, share) {
            return None;
        }
        if !add(&self.used, amount, self.limit) {
            network.of(kind).fetch_sub(amount, Ordering::Relaxed);
            return None;
        }
        Some(Taken { budget: Arc::clone(self), network: Arc::clone(network), kind, amount })
    }

    /// Logs that the budget was exhausted, with the number of times since it was logged last; not if
    /// that is less than ten seconds ago.
    fn log_exhausted(&self, kind: Kind) {
        let now = self.log.start.elapsed().as_secs();
        let Some(refused) = self.log.count(now) else { return };
        match kind {
            Kind::Streams => {
                warn!(refused, "too many HTTP/2 requests at once, refusing streams");
            }
            Kind::Bytes => warn!(refused, "no memory for bodies, responding with 503"),
        }
    }
}

fn add(used: &AtomicUsize, amount: usize, limit: usize) -> bool {
    let added = |used: usize| used.checked_add(amount).filter(|used| *used <= limit);
    used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, added).is_ok()
}

impl Taken {
    /// Takes more of the same budget; `false` if it is exhausted.
    pub(super) fn grow(&mut self, amount: usize) -> bool {
        let more = self.budget.take(&self.network, self.kind, amount);
        if more.is_none() {
            self.budget.log_exhausted(self.kind);
        }
        more.is_some_and(|mut more| {
            self.amount += std::mem::take(&mut more.amount);
            true
        })
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if self.amount > 0 {
            self.network.of(self.kind).fetch_sub(self.amount, Ordering::Relaxed);
            self.budget.used.fetch_sub(self.amount, Ordering::Relaxed);
        }
    }
}

/// Counts events, of which one every ten seconds is logged.
struct Cooldown {
    start: Instant,
    count: AtomicU64,
    /// Seconds since `start`.
    next: AtomicU64,
}

impl Default for Cooldown {
    fn default() -> Self {
        Self { start: Instant::now(), count: AtomicU64::new(0), next: AtomicU64::new(0) }
    }
}

impl Cooldown {
    const PAUSE: Duration = Duration::from_secs(10);

    /// Counts an event at `now`, in seconds. The number of events to log, if that is due.
    fn count(&self, now: u64) -> Option<u64> {
        self.count.fetch_add(1, Ordering::Relaxed);
        let is_due = |next: u64| (now >= next).then(|| now + Self::PAUSE.as_secs());
        self.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, is_due).ok()?;
        Some(self.count.swap(0, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_takes_its_share_and_a_proxy_everything() {
        let budget = Budget::new(8);
        let (one, other) = (Arc::default(), Arc::default());
        let mut first = budget.take(&one, Kind::Bytes, 1).unwrap();
        assert!(first.grow(1) && !first.grow(1));
        assert!(budget.take(&one, Kind::Bytes, 1).is_none());
        let of_other = budget.take(&other, Kind::Bytes, 2).unwrap();
        let proxy = NetworkUsage::new(true);
        assert!(budget.take(&proxy, Kind::Bytes, 5).is_none());
        let all = budget.take(&proxy, Kind::Bytes, 4).unwrap();
        assert!(budget.take(&Arc::default(), Kind::Bytes, 1).is_none());
        drop((first, of_other, all));
        assert!(budget.take(&proxy, Kind::Bytes, 8).is_some());
        assert!(budget.take(&one, Kind::Bytes, 2).is_some());
    }

    #[test]
    fn exhaustion_is_logged_once_in_ten_seconds() {
        let log = Cooldown::default();
        assert_eq!(
            [0, 1, 9, 10, 11].map(|now| log.count(now)),
            [Some(1), None, None, Some(3), None]
        );
    }
}
