//! The bounded table of entries.

use std::collections::HashMap;
use std::net::Ipv6Addr;
use std::time::Duration;

use super::account_hash::AccountHash;
use crate::domain::{ClientNetwork, DeviceId, Timestamp};

/// How long failures for an account are remembered after its last back-off has ended.
const MEMORY: Duration = Duration::from_hours(24);

/// What failures are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// An account, and the network of the client. `None` for a client without an address.
    AccountAndNetwork(AccountHash, Option<ClientNetwork>),
    /// An account.
    Account(AccountHash),
    /// The attempts on an account under attack.
    AccountUnderAttack(AccountHash),
    /// A network, over all accounts.
    Network(ClientNetwork),
    /// An account, and the /48 of a client with IPv6.
    AccountAndSite(AccountHash, Ipv6Addr),
    /// The /48 of a client with IPv6, over all accounts.
    Site(Ipv6Addr),
    /// A known device.
    Device(DeviceId),
}

/// The failures of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// The number of failures since the last success.
    pub(super) failures: u32,
    /// The end of the back-off; of a budget, the time at which all failures are forgotten.
    pub(super) until: Timestamp,
    /// Whether a rejection has been reported since the last failure.
    pub(super) is_reported: bool,
}

/// Entries by their key, at most as many as the capacity.
///
/// If it is full, entries without failures to remember are removed, and then the quarter with the
/// fewest failures: an attacker with many keys displaces their own single failures, and no one's long
/// series.
#[derive(Debug)]
pub(super) struct Table {
    entries: HashMap<Key, Entry>,
    capacity: usize,
}

impl Table {
    pub(super) fn new(capacity: usize) -> Self {
        Self { entries: HashMap::new(), capacity: capacity.max(4) }
    }

    /// The entry of a key, or an empty one.
    pub(super) fn get(&self, key: Key) -> Entry {
        self.entries.get(&key).copied().unwrap_or_default()
    }

    /// Changes the entry of a key. An entry without failures is removed.
    pub(super) fn update(&mut self, key: Key, now: Timestamp, change: impl FnOnce(&mut Entry)) {
        let mut entry = self.get(key);
        change(&mut entry);
        if entry.failures == 0 {
            self.entries.remove(&key);
            return;
        }
        if self.entries.len() >= self.capacity && !self.entries.contains_key(&key) {
            self.evict(now);
        }
        self.entries.insert(key, entry);
    }

    /// The number of entries.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    fn evict(&mut self, now: Timestamp) {
        self.entries.retain(|_, entry| entry.until.saturating_add(MEMORY) > now);
        let excess = (self.entries.len() + self.capacity / 4).saturating_sub(self.capacity);
        if excess == 0 {
            return;
        }
        let mut failures: Vec<u32> = self.entries.values().map(|entry| entry.failures).collect();
        let (.., threshold, _) = failures.select_nth_unstable(excess - 1);
        let (threshold, mut left) = (*threshold, excess);
        self.entries.retain(|_, entry| {
            let is_removed = left > 0 && entry.failures <= threshold;
            left -= usize::from(is_removed);
            !is_removed
        });
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn full_table_forgets_the_fewest_failures() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let key = |number: u32| Key::Network(ClientNetwork::V4(Ipv4Addr::from(number)));
        let mut table = Table::new(1000);
        for attacker in 0..100 {
            table.update(key(attacker), now, |entry| {
                *entry = Entry { failures: 50, until: now, is_reported: false }
            });
        }
        for number in 1000..2_000_000 {
            table.update(key(number), now, |entry| {
                *entry = Entry { failures: 1, until: now, is_reported: false }
            });
            assert!(table.len() <= 1000);
        }
        assert!((0..100).all(|attacker| table.get(key(attacker)).failures == 50));
    }

    #[test]
    fn forgotten_failures_are_removed_first() {
        let start = Timestamp::from_seconds(1_800_000_000);
        let key = |number: u32| Key::Network(ClientNetwork::V4(Ipv4Addr::from(number)));
        let mut table = Table::new(8);
        for number in 0..8 {
            table.update(key(number), start, |entry| {
                *entry = Entry { failures: 9, until: start, is_reported: false }
            });
        }
        let later = start.saturating_add(MEMORY);
        table.update(key(9), later, |entry| {
            *entry = Entry { failures: 1, until: later, is_reported: false }
        });
        assert_eq!((table.len(), table.get(key(9)).failures), (1, 1));
    }
}
