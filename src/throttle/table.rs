//! The bounded table of entries.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use super::failures::Failures;
use crate::domain::Timestamp;

/// How long failures for an account are remembered after its last back-off has ended.
const MEMORY: Duration = Duration::from_hours(24);

/// Failures by their key, of at most as many keys as the capacity.
///
/// If it is full, keys without failures to remember are removed, and then the quarter with the
/// fewest failures: an attacker with many keys displaces their own single failures, and no one's long
/// series.
#[derive(Debug)]
pub(super) struct Table<K> {
    entries: HashMap<K, Entry>,
    capacity: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    failures: Failures,
    /// Whether a rejection has been reported since the last failure.
    is_reported: bool,
}

impl<K: Copy + Eq + Hash> Table<K> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { entries: HashMap::new(), capacity: capacity.max(4) }
    }

    /// The failures of a key.
    pub(super) fn get(&self, key: K) -> Failures {
        self.entries.get(&key).map(|entry| entry.failures).unwrap_or_default()
    }

    /// Reports a rejection; whether it is the first one since the last failure.
    pub(super) fn report(&mut self, key: K) -> bool {
        let entry = self.entries.get_mut(&key);
        entry.is_none_or(|entry| !std::mem::replace(&mut entry.is_reported, true))
    }

    /// Sets the failures of a key. A key without failures is removed.
    pub(super) fn set(&mut self, key: K, failures: Failures, now: Timestamp) {
        if failures.count == 0 {
            self.entries.remove(&key);
            return;
        }
        if self.entries.len() >= self.capacity && !self.entries.contains_key(&key) {
            self.evict(now);
        }
        let entry = self.entries.entry(key).or_default();
        entry.is_reported &= failures.count <= entry.failures.count;
        entry.failures = failures;
    }

    /// The number of keys.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    fn evict(&mut self, now: Timestamp) {
        self.entries.retain(|_, entry| entry.failures.until.saturating_add(MEMORY) > now);
        let excess = (self.entries.len() + self.capacity / 4).saturating_sub(self.capacity);
        if excess == 0 {
            return;
        }
        let mut counts: Vec<u32> = self.entries.values().map(|it| it.failures.count).collect();
        let (.., threshold, _) = counts.select_nth_unstable(excess - 1);
        let (threshold, mut left) = (*threshold, excess);
        self.entries.retain(|_, entry| {
            let is_removed = left > 0 && entry.failures.count <= threshold;
            left -= usize::from(is_removed);
            !is_removed
        });
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::domain::ClientNetwork;
    use crate::throttle::FailureKey;

    fn key(number: u32) -> FailureKey {
        FailureKey::Network(ClientNetwork::V4(Ipv4Addr::from(number)))
    }

    fn failures(count: u32, at: Timestamp) -> Failures {
        Failures { count, until: at, failed_at: at }
    }

    #[test]
    fn full_table_forgets_the_fewest_failures() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let mut table = Table::new(1000);
        for attacker in 0..100 {
            table.set(key(attacker), failures(50, now), now);
        }
        for number in 1000..2_000_000 {
            table.set(key(number), failures(1, now), now);
            assert!(table.len() <= 1000);
        }
        assert!((0..100).all(|attacker| table.get(key(attacker)).count == 50));
    }

    #[test]
    fn forgotten_failures_are_removed_first() {
        let start = Timestamp::from_seconds(1_800_000_000);
        let mut table = Table::new(8);
        for number in 0..8 {
            table.set(key(number), failures(9, start), start);
        }
        let later = start.saturating_add(MEMORY);
        table.set(key(9), failures(1, later), later);
        assert_eq!((table.len(), table.get(key(9)).count), (1, 1));
    }

    /// Those of [`Throttle::CAPACITY`](crate::throttle::Throttle::CAPACITY) keys, in a power of two of slots
    /// with a byte for each.
    #[test]
    fn full_table_takes_20_mib_at_most() {
        let slots = (crate::throttle::Throttle::CAPACITY * 8 / 7).next_power_of_two();
        assert!(slots * (size_of::<(FailureKey, Entry)>() + 1) <= 20 << 20);
    }
}
