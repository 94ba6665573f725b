//! The failures that are remembered, and what has to wait for them.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tracing::{info, warn};

use super::account_hash::AccountHash;
use super::attempt::Attempt;
use super::budget::Budget;
use super::failures::{Change, DELAY_UNDER_ATTACK, FailureChange, Failures, MAX_DELAY};
use super::key::FailureKey;
use super::options::ThrottleOptions;
use super::table::Table;
use crate::domain::{ClientNetwork, DeviceId, Timestamp};

/// The failures of an account. More than half of them are an attack on it.
const ACCOUNT: Budget = Budget { failures: 100, interval: Duration::from_mins(1) };

/// The attempts on an account under attack.
const ACCOUNT_UNDER_ATTACK: Budget = Budget { failures: 1, interval: Duration::from_secs(2) };

/// The interval after which a failure of a network is forgotten.
const NETWORK_INTERVAL: Duration = Duration::from_secs(10);

/// The failures of a network during a distributed attack.
const NETWORK_UNDER_ATTACK: u32 = 5;

/// An IPv6 /48 has 65,536 networks, and counts as at most so many.
const NETWORKS_OF_SITE: u32 = 16;

/// The failures of an IPv6 /48 for an account under attack: two a day for each of its networks.
const ACCOUNT_AND_SITE: Budget =
    Budget { failures: 2 * NETWORKS_OF_SITE, interval: Duration::from_mins(45) };

/// The failures of all clients that are a distributed attack.
const ALL_CLIENTS: Budget = Budget { failures: 1000, interval: Duration::from_secs(1) };

/// The failures of a known device, after which it is treated as unknown.
const DEVICE_FAILURES: u32 = 10;

/// The maximum number of changes that wait for the store; the oldest are dropped.
const MAX_UNSAVED: usize = 100_000;

/// The failures that are remembered.
#[derive(Debug)]
pub(super) struct State {
    table: Table<FailureKey>,
    is_distributed_attack: bool,
    /// Changes that the store does not have; `None` where no store is to have them.
    unsaved: Option<VecDeque<FailureChange>>,
}

impl State {
    pub(super) fn new(capacity: usize, is_stored: bool) -> Self {
        Self {
            table: Table::new(capacity),
            is_distributed_attack: false,
            unsaved: is_stored.then(VecDeque::new),
        }
    }

    /// The number of keys with failures.
    pub(super) fn remembered(&self) -> usize {
        self.table.len()
    }

    pub(super) fn is_distributed_attack(&self) -> bool {
        self.is_distributed_attack
    }

    fn change(&mut self, key: FailureKey, change: Change, at: Timestamp) {
        let change = FailureChange { key, change, at };
        self.table.set(key, change.apply(self.table.get(key)), at);
        if let Some(unsaved) = &mut self.unsaved {
            if unsaved.len() >= MAX_UNSAVED {
                unsaved.pop_front();
            }
            unsaved.push_back(change);
        }
    }

    /// Takes up to `limit` of the changes that the store does not have, the oldest first.
    pub(super) fn take_unsaved(&mut self, limit: usize) -> Vec<FailureChange> {
        let Some(unsaved) = &mut self.unsaved else { return Vec::new() };
        unsaved.drain(..limit.min(unsaved.len())).collect()
    }

    /// Gives changes back that the store could not take.
    pub(super) fn give_back(&mut self, changes: Vec<FailureChange>) {
        if let Some(unsaved) = &mut self.unsaved {
            let free = MAX_UNSAVED.saturating_sub(unsaved.len());
            changes.into_iter().rev().take(free).for_each(|change| unsaved.push_front(change));
        }
    }

    /// Takes over what the store has; later changes of this process are applied to it.
    pub(super) fn take_over(&mut self, mut stored: HashMap<FailureKey, Failures>, now: Timestamp) {
        for change in self.unsaved.iter().flatten() {
            if let Some(failures) = stored.get_mut(&change.key) {
                *failures = change.apply(*failures);
            }
        }
        for (key, failures) in stored {
            self.table.set(key, failures, now);
        }
        self.observe(now);
    }

    /// Whether a known device is admitted as such. It counts as a failure then.
    pub(super) fn admit_device(&mut self, device: DeviceId, now: Timestamp) -> bool {
        let key = FailureKey::Device(device);
        let is_admitted = self.table.get(key).count < DEVICE_FAILURES;
        if is_admitted {
            self.change(key, Change::Count, now);
        }
        is_admitted
    }

    pub(super) fn take_device_back(&mut self, device: DeviceId, now: Timestamp) {
        let before = Failures::default();
        self.change(FailureKey::Device(device), Change::TakeBackOffBack { before }, now);
    }

    pub(super) fn forget_device(&mut self, device: DeviceId, now: Timestamp) {
        self.forget(FailureKey::Device(device), now);
    }

    fn forget(&mut self, key: FailureKey, now: Timestamp) {
        // Most logins have nothing to forget, and nothing to tell the store.
        if self.table.get(key).count > 0 {
            self.change(key, Change::Forget, now);
        }
    }

    /// The failures of an attempt's account and network.
    pub(super) fn of_account_and_network(&self, attempt: Attempt) -> Failures {
        self.table.get(FailureKey::AccountAndNetwork(attempt.account, attempt.network))
    }

    /// Reports a rejection; whether it is the first one since the last failure.
    pub(super) fn report(&mut self, key: FailureKey) -> bool {
        self.table.report(key)
    }

    /// The key that an attempt has to wait for, and how long.
    pub(super) fn wait(
        &self,
        attempt: Attempt,
        options: ThrottleOptions,
        now: Timestamp,
    ) -> Option<(FailureKey, Duration)> {
        let Attempt { account, network, .. } = attempt;
        let under_attack = self.is_under_attack(account, now);
        let in_budget =
            |key, budget: Budget| Some((key, budget.wait(self.table.get(key).until, now)?));
        let back_off = self.back_off(attempt, under_attack, now);
        let of_network = network
            .and_then(|network| in_budget(FailureKey::Network(network), self.network(options)));
        let of_account = || {
            let key = FailureKey::AccountUnderAttack(account);
            under_attack.then(|| in_budget(key, ACCOUNT_UNDER_ATTACK)).flatten()
        };
        let of_site = || {
            let site = network?.site()?;
            let for_account = FailureKey::AccountAndSite(account, site);
            in_budget(FailureKey::Site(site), site_budget(options.network_failures)).or_else(|| {
                under_attack.then(|| in_budget(for_account, ACCOUNT_AND_SITE)).flatten()
            })
        };
        back_off.or(of_network).or_else(of_site).or_else(of_account)
    }

    fn back_off(
        &self,
        attempt: Attempt,
        under_attack: bool,
        now: Timestamp,
    ) -> Option<(FailureKey, Duration)> {
        let Failures { until, failed_at, .. } = self.of_account_and_network(attempt);
        // That of an attack ends with it. And one that is longer than the longest has begun before
        // the clock was set back.
        let longest = if under_attack { DELAY_UNDER_ATTACK } else { MAX_DELAY };
        let end = until.min(failed_at.min(now).saturating_add(longest));
        let wait = end.duration_since(now);
        let key = FailureKey::AccountAndNetwork(attempt.account, attempt.network);
        (!wait.is_zero()).then_some((key, wait))
    }

    /// Whether there are failures to remember, so that attempts at once have to be limited.
    pub(super) fn is_suspicious(
        &self,
        attempt: Attempt,
        options: ThrottleOptions,
        now: Timestamp,
    ) -> bool {
        let is_half_used =
            |key, budget: Budget| budget.is_half_used(self.table.get(key).until, now);
        let of_network = |network: ClientNetwork| {
            let of_site =
                |site| is_half_used(FailureKey::Site(site), site_budget(options.network_failures));
            let budget = network_budget(options.network_failures);
            is_half_used(FailureKey::Network(network), budget)
                || network.site().is_some_and(of_site)
        };
        self.of_account_and_network(attempt).count > 0
            || self.is_under_attack(attempt.account, now)
            || self.is_distributed_attack
            || attempt.network.is_some_and(of_network)
    }

    pub(super) fn add_failure(
        &mut self,
        attempt: Attempt,
        options: ThrottleOptions,
        now: Timestamp,
    ) {
        let Attempt { account, network, .. } = attempt;
        let is_under_attack = self.is_under_attack(account, now);
        let back_off = Change::BackOff { free: options.free_failures, is_under_attack };
        self.change(FailureKey::AccountAndNetwork(account, network), back_off, now);
        for (key, budget) in budgets(attempt, options) {
            self.change(key, Change::Add(budget), now);
        }
        self.observe(now);
    }

    /// Takes the failure of an attempt back, except for that of account and network.
    fn take_back(&mut self, attempt: Attempt, options: ThrottleOptions, now: Timestamp) {
        for (key, budget) in budgets(attempt, options) {
            self.change(key, Change::TakeBack(budget), now);
        }
    }

    /// Takes the failure of an attempt back, `before` which there were these for account and network.
    pub(super) fn cancel(
        &mut self,
        attempt: Attempt,
        before: Failures,
        options: ThrottleOptions,
        now: Timestamp,
    ) {
        self.take_back(attempt, options, now);
        let key = FailureKey::AccountAndNetwork(attempt.account, attempt.network);
        self.change(key, Change::TakeBackOffBack { before }, now);
    }

    /// Forgets the failures of an attempt's account and network: they were the owner's, and no attack
    /// on the account. `is_counted`: the attempt itself counts as a failure.
    pub(super) fn succeed(
        &mut self,
        attempt: Attempt,
        is_counted: bool,
        options: ThrottleOptions,
        now: Timestamp,
    ) {
        let mut count = self.of_account_and_network(attempt).count.min(ACCOUNT.failures);
        if is_counted {
            self.take_back(attempt, options, now);
            count = count.saturating_sub(1);
        }
        for _ in 0..count {
            self.change(FailureKey::Account(attempt.account), Change::TakeBack(ACCOUNT), now);
        }
        self.forget(FailureKey::AccountAndNetwork(attempt.account, attempt.network), now);
    }

    fn is_under_attack(&self, account: AccountHash, now: Timestamp) -> bool {
        ACCOUNT.is_half_used(self.table.get(FailureKey::Account(account)).until, now)
    }

    fn network(&self, options: ThrottleOptions) -> Budget {
        if self.is_distributed_attack {
            network_budget(options.network_failures.min(NETWORK_UNDER_ATTACK))
        } else {
            network_budget(options.network_failures)
        }
    }

    /// Logs the beginning and the end of a distributed attack.
    pub(super) fn observe(&mut self, now: Timestamp) {
        let until = self.table.get(FailureKey::AllClients).until;
        let is_full = ALL_CLIENTS.wait(until, now).is_some();
        let is_attack =
            is_full || self.is_distributed_attack && ALL_CLIENTS.is_half_used(until, now);
        match (self.is_distributed_attack, is_attack) {
            (false, true) => warn!(
                failures = ALL_CLIENTS.failures,
                "distributed password guessing: the failures of each network are limited"
            ),
            (true, false) => info!("distributed password guessing has ended"),
            _ => {}
        }
        self.is_distributed_attack = is_attack;
    }
}

/// The budgets that a failed attempt counts in.
fn budgets(
    attempt: Attempt,
    options: ThrottleOptions,
) -> impl Iterator<Item = (FailureKey, Budget)> {
    let Attempt { account, network, .. } = attempt;
    let site = network.and_then(ClientNetwork::site);
    // Its full size, so that what a distributed attack lets through is remembered.
    let of_network = network_budget(options.network_failures);
    let of_site = site_budget(options.network_failures);
    [
        Some((FailureKey::Account(account), ACCOUNT)),
        Some((FailureKey::AccountUnderAttack(account), ACCOUNT_UNDER_ATTACK)),
        network.map(|network| (FailureKey::Network(network), of_network)),
        site.map(|site| (FailureKey::AccountAndSite(account, site), ACCOUNT_AND_SITE)),
        site.map(|site| (FailureKey::Site(site), of_site)),
        Some((FailureKey::AllClients, ALL_CLIENTS)),
    ]
    .into_iter()
    .flatten()
}

fn network_budget(failures: u32) -> Budget {
    Budget { failures, interval: NETWORK_INTERVAL }
}

fn site_budget(network_failures: u32) -> Budget {
    Budget {
        failures: network_failures.saturating_mul(NETWORKS_OF_SITE),
        interval: NETWORK_INTERVAL / NETWORKS_OF_SITE,
    }
}
