//! The open connections, by client network.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ipnet::IpNet;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::activity::{Activity, Use};
use super::budget::{Budgets, NetworkUsage, Quota};
use super::pressure::{Pressure, PressureEvent};
use crate::config::ServerOptions;
use crate::domain::ClientNetwork;

/// So many connections may be open beyond the limit, until those that were closed have ended.
pub(super) const OVERLAP: usize = 32;
/// Of so many connections one is closed at once when a place is needed, and the next ones are
/// determined with it: looking at all takes some time.
const BATCH: usize = 64;

/// The open connections. Only accepting and closing one looks at it.
///
/// A client network has a share of the connections; beyond it, its own longest idle ones are closed. At
/// the limit of the whole, the longest idle of all are closed, those of trusted proxies last. If none is
/// idle, those whose requests are still arriving, or whose responses are not read, are closed. The last
/// places are reserved for networks without a connection.
pub(super) struct Registry {
    max: usize,
    share: usize,
    reserve: usize,
    trusted_proxies: Arc<[IpNet]>,
    /// Including those that are being closed.
    open: AtomicUsize,
    closed: Notify,
    budgets: Arc<Budgets>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    peers: HashMap<Peer, Members>,
    total: usize,
    last_id: u64,
    victims: Victims,
    pressure: Pressure,
}

/// What connections are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Peer {
    Network(ClientNetwork),
    /// A trusted proxy, which has no share.
    Proxy(IpAddr),
}

#[derive(Default)]
struct Members {
    usage: Arc<NetworkUsage>,
    connections: HashMap<u64, Member>,
    victims: Victims,
}

struct Member {
    activity: Arc<Activity>,
    closing: CancellationToken,
}

/// The connections that are closed next, the first one at the end.
type Victims = Vec<(Peer, u64)>;

/// A place of an open connection, which is free again when this is dropped.
pub(super) struct Place {
    registry: Arc<Registry>,
    peer: Peer,
    id: u64,
    pub(super) activity: Arc<Activity>,
}

impl Registry {
    pub(super) fn new(options: &ServerOptions) -> Arc<Self> {
        let max = options.max_connections;
        Arc::new(Self {
            max,
            share: options.connections_per_network,
            reserve: (max / 64).min(64),
            trusted_proxies: Arc::clone(&options.trusted_proxies),
            open: AtomicUsize::new(0),
            closed: Notify::new(),
            budgets: Budgets::new(options.max_streams, options.body_memory),
            state: Mutex::default(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until another connection may be accepted.
    pub(super) async fn wait_for_capacity(&self) {
        while self.open.load(Ordering::Acquire) >= self.max.saturating_add(OVERLAP) {
            self.closed.notified().await;
        }
    }

    /// Finds a place for a new connection, which `closing` closes; `None` if it has to be closed.
    pub(super) fn admit(
        self: &Arc<Self>,
        address: IpAddr,
        closing: &CancellationToken,
    ) -> Option<Place> {
        let address = address.to_canonical();
        let is_proxy = self.trusted_proxies.iter().any(|proxies| proxies.contains(&address));
        let peer = if is_proxy { Peer::Proxy(address) } else { Peer::Network(address.into()) };
        let mut state = self.lock();
        let of_peer = state.peers.get(&peer).map_or(0, |members| members.connections.len());
        let limit = if of_peer == 0 { self.max } else { self.max - self.reserve };
        let has_place = if !is_proxy && of_peer >= self.share {
            state.evict_of(peer)
        } else {
            state.total < limit || state.evict_any() || (of_peer == 0 && state.total < self.max)
        };
        if !has_place {
            state.record(PressureEvent::Refused);
            return None;
        }
        state.last_id += 1;
        let id = state.last_id;
        state.total += 1;
        let new_members = || Members { usage: NetworkUsage::new(is_proxy), ..Members::default() };
        let members = state.peers.entry(peer).or_insert_with(new_members);
        let network = Arc::clone(&members.usage);
        let activity = Activity::new(Quota { budgets: Arc::clone(&self.budgets), network });
        let member = Member { activity: Arc::clone(&activity), closing: closing.clone() };
        members.connections.insert(id, member);
        self.open.fetch_add(1, Ordering::Release);
        Some(Place { registry: Arc::clone(self), peer, id, activity })
    }

    /// Closes a hundredth of the connections, the longest idle ones, because the system has no
    /// descriptors.
    pub(super) fn shed(&self) {
        let mut state = self.lock();
        for _ in 0..=state.total / 100 {
            state.evict_any();
        }
    }

    /// Logs the end of the pressure, or that it lasts. Returns when to call it next.
    pub(super) fn log_pressure(&self) -> Option<Instant> {
        self.lock().pressure.log()
    }
}

impl State {
    fn evict_of(&mut self, peer: Peer) -> bool {
        let Some(members) = self.peers.get_mut(&peer) else { return false };
        let mut victims = std::mem::take(&mut members.victims);
        let is_evicted = self.evict_next(&mut victims) || {
            let members = self.peers.get(&peer);
            victims = members.map(|members| victims_of([(&peer, members)])).unwrap_or_default();
            self.evict_next(&mut victims)
        };
        if let Some(members) = self.peers.get_mut(&peer) {
            members.victims = victims;
        }
        is_evicted
    }

    fn evict_any(&mut self) -> bool {
        let mut victims = std::mem::take(&mut self.victims);
        let is_evicted = self.evict_next(&mut victims) || {
            victims = victims_of(&self.peers);
            self.evict_next(&mut victims)
        };
        self.victims = victims;
        is_evicted
    }

    /// Closes the next of the victims that is still there and not in use.
    fn evict_next(&mut self, victims: &mut Victims) -> bool {
        while let Some((peer, id)) = victims.pop() {
            let member = self.peers.get(&peer).and_then(|members| members.connections.get(&id));
            let Some(Member { activity, closing }) = member else { continue };
            if activity.current_use() < Use::Working {
                activity.evict();
                closing.cancel();
                self.remove(peer, id);
                self.record(PressureEvent::Evicted);
                return true;
            }
        }
        false
    }

    fn remove(&mut self, peer: Peer, id: u64) {
        let Some(members) = self.peers.get_mut(&peer) else { return };
        if members.connections.remove(&id).is_some() {
            self.total -= 1;
        }
        if members.connections.is_empty() {
            self.peers.remove(&peer);
        }
    }

    fn record(&mut self, event: PressureEvent) {
        if self.pressure.record(event) {
            let largest = self.peers.iter().max_by_key(|(_, members)| members.connections.len());
            let (address, of_largest) = match largest {
                Some((Peer::Network(network), members)) => {
                    (network.to_string(), members.connections.len())
                }
                Some((Peer::Proxy(address), members)) => {
                    (address.to_string(), members.connections.len())
                }
                None => return,
            };
            Pressure::log_begin(self.total, self.peers.len(), &address, of_largest);
        }
    }
}

/// The connections that are closed next: the longest idle ones, those of trusted proxies last; only if
/// none is idle, those that wait for their clients.
fn victims_of<'a>(peers: impl IntoIterator<Item = (&'a Peer, &'a Members)>) -> Victims {
    let mut candidates = Vec::new();
    for (peer, members) in peers {
        let is_proxy = matches!(peer, Peer::Proxy(_));
        for (id, member) in &members.connections {
            let current = member.activity.current_use();
            if current < Use::Working {
                candidates.push(((current, is_proxy, member.activity.last_end()), (*peer, *id)));
            }
        }
    }
    let count = candidates.len().div_ceil(BATCH);
    if count == 0 {
        return Vec::new();
    }
    candidates.select_nth_unstable_by_key(count - 1, |(order, _)| *order);
    candidates.truncate(count);
    candidates.sort_unstable_by_key(|(order, _)| std::cmp::Reverse(*order));
    candidates.into_iter().map(|(_, victim)| victim).collect()
}

impl Drop for Place {
    fn drop(&mut self) {
        self.registry.lock().remove(self.peer, self.id);
        self.registry.open.fetch_sub(1, Ordering::Release);
        self.registry.closed.notify_one();
    }
}

#[cfg(test)]
mod tests;
