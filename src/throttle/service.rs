//! Admission and rejection of attempts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tracing::{info, warn};

use super::account_hash::AccountHash;
use super::budget::Budget;
use super::options::ThrottleOptions;
use super::table::{Entry, Key, Table};
use crate::domain::{ClientNetwork, DeviceId, Timestamp};

/// The back-off after the first failure that is not free, and its maximum.
const FIRST_DELAY: Duration = Duration::from_secs(2);
const MAX_DELAY: Duration = Duration::from_mins(15);

/// The back-offs of a network that fails for an account under attack: after the first failure, and
/// after each later one.
const FIRST_DELAY_UNDER_ATTACK: Duration = Duration::from_mins(1);
const DELAY_UNDER_ATTACK: Duration = Duration::from_hours(24);

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
const EVERYWHERE: Budget = Budget { failures: 1000, interval: Duration::from_secs(1) };

/// The failures of a known device, after which it is treated as unknown.
const DEVICE_FAILURES: u32 = 10;

/// Throttles failed attempts. Cheap to clone; clones share their state.
#[derive(Clone, Debug)]
pub struct Throttle {
    options: ThrottleOptions,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    table: Table,
    /// When all failures of all clients are forgotten.
    everywhere: Timestamp,
    is_distributed_attack: bool,
}

/// An attempt to prove the knowledge of a password.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// The account.
    pub account: AccountHash,
    /// The network of the client; `None` for a client without an address.
    pub network: Option<ClientNetwork>,
    /// The device, if it is known to have logged in to this account before.
    pub device: Option<DeviceId>,
}

/// A rejected attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttled {
    /// The time until an attempt may be admitted.
    pub retry_after: Duration,
    /// Whether this is the first rejection since the last failure.
    pub is_first: bool,
}

/// An admitted attempt. Dropped, it counts as a failure.
#[derive(Debug)]
#[must_use = "it counts as a failure"]
pub struct Permit {
    /// `None` once the outcome is known, and where nothing is throttled.
    throttle: Option<Throttle>,
    attempt: Attempt,
    admission: Admission,
    admitted_at: Timestamp,
}

/// How an attempt was admitted.
#[derive(Clone, Copy, Debug)]
enum Admission {
    /// As that of a known device; it counts as a failure already.
    Known(DeviceId),
    /// It counts as a failure already; the entry of account and network before.
    Reserved(Entry),
    /// It counts as a failure once it fails: there is none to remember, and logins at once are not
    /// limited. Of attempts at once, the queue for password hashing limits the number.
    Free,
}

impl Throttle {
    /// The maximum number of entries; they take about 20 MB.
    pub const CAPACITY: usize = 200_000;

    /// A throttle without failures.
    #[must_use]
    pub fn new(options: ThrottleOptions) -> Self {
        let state = State {
            table: Table::new(Self::CAPACITY),
            everywhere: Timestamp::UNIX_EPOCH,
            is_distributed_attack: false,
        };
        Self { options, state: Arc::new(Mutex::new(state)) }
    }

    /// Whether a distributed attack is going on.
    #[must_use]
    pub fn is_distributed_attack(&self) -> bool {
        self.lock().is_distributed_attack
    }

    /// Admits an attempt.
    ///
    /// # Errors
    ///
    /// [`Throttled`].
    pub fn admit(&self, attempt: Attempt, now: Timestamp) -> Result<Permit, Throttled> {
        let permit =
            |throttle, admission| Permit { throttle, attempt, admission, admitted_at: now };
        if !self.options.enabled {
            return Ok(permit(None, Admission::Free));
        }
        let mut state = self.lock();
        state.observe(now);
        let throttle = Some(self.clone());
        if let Some(device) = attempt.device {
            let key = Key::Device(device);
            if state.table.get(key).failures < DEVICE_FAILURES {
                state.table.update(key, now, |entry| {
                    *entry = Entry { failures: entry.failures + 1, until: now, ..*entry };
                });
                return Ok(permit(throttle, Admission::Known(device)));
            }
        }
        if let Some((key, retry_after)) = state.wait(attempt, self.options, now) {
            let is_first = !state.table.get(key).is_reported;
            state.table.update(key, now, |entry| entry.is_reported = true);
            return Err(Throttled { retry_after, is_first });
        }
        if state.is_suspicious(attempt, self.options, now) {
            let before = state.table.get(Key::AccountAndNetwork(attempt.account, attempt.network));
            state.add_failure(attempt, self.options, now);
            Ok(permit(throttle, Admission::Reserved(before)))
        } else {
            Ok(permit(throttle, Admission::Free))
        }
    }

    // Each change is complete before anything can panic.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The key that an attempt has to wait for, and how long.
    fn wait(
        &self,
        attempt: Attempt,
        options: ThrottleOptions,
        now: Timestamp,
    ) -> Option<(Key, Duration)> {
        let Attempt { account, network, .. } = attempt;
        let under_attack = self.is_under_attack(account, now);
        let own = Key::AccountAndNetwork(account, network);
        // A back-off that is longer than the longest has begun before the clock was set back.
        let longest = now.saturating_add(DELAY_UNDER_ATTACK);
        let back_off = self.table.get(own).until.min(longest).duration_since(now);
        let back_off = (!back_off.is_zero()).then_some((own, back_off));
        let of_network = network.and_then(|network| {
            let key = Key::Network(network);
            let wait = self.network(options).wait(self.table.get(key).until, now)?;
            Some((key, wait))
        });
        let of_account = under_attack.then(|| {
            let key = Key::AccountUnderAttack(account);
            let wait = ACCOUNT_UNDER_ATTACK.wait(self.table.get(key).until, now)?;
            Some((key, wait))
        });
        let of_site = network.and_then(ClientNetwork::site).and_then(|site| {
            let wait =
                |key, budget: Budget| Some((key, budget.wait(self.table.get(key).until, now)?));
            let for_account = Key::AccountAndSite(account, site);
            let over_accounts = wait(Key::Site(site), site_budget(options.network_failures));
            let for_account = under_attack.then(|| wait(for_account, ACCOUNT_AND_SITE));
            over_accounts.or(for_account.flatten())
        });
        back_off.or(of_network).or(of_site).or(of_account.flatten())
    }

    /// Whether there are failures to remember, so that attempts at once have to be limited.
    fn is_suspicious(&self, attempt: Attempt, options: ThrottleOptions, now: Timestamp) -> bool {
        let Attempt { account, network, .. } = attempt;
        let is_half_used = |network: ClientNetwork| {
            let is_half_used =
                |key, budget: Budget| budget.is_half_used(self.table.get(key).until, now);
            let of_site =
                |site| is_half_used(Key::Site(site), site_budget(options.network_failures));
            is_half_used(Key::Network(network), network_budget(options.network_failures))
                || network.site().is_some_and(of_site)
        };
        self.table.get(Key::AccountAndNetwork(account, network)).failures > 0
            || self.is_under_attack(account, now)
            || self.is_distributed_attack
            || network.is_some_and(is_half_used)
    }

    fn add_failure(&mut self, attempt: Attempt, options: ThrottleOptions, now: Timestamp) {
        let Attempt { account, network, .. } = attempt;
        let under_attack = self.is_under_attack(account, now);
        self.table.update(Key::AccountAndNetwork(account, network), now, |entry| {
            let failures = entry.failures.saturating_add(1);
            let delay = match failures {
                1 if under_attack => FIRST_DELAY_UNDER_ATTACK,
                _ if under_attack => DELAY_UNDER_ATTACK,
                _ => delay(failures, options.free_failures),
            };
            *entry = Entry { failures, until: now.saturating_add(delay), is_reported: false };
        });
        self.add_to(Key::Account(account), ACCOUNT, now);
        self.add_to(Key::AccountUnderAttack(account), ACCOUNT_UNDER_ATTACK, now);
        if let Some(network) = network {
            // Its full size, so that what a distributed attack lets through is remembered.
            let budget = network_budget(options.network_failures);
            self.add_to(Key::Network(network), budget, now);
        }
        if let Some(site) = network.and_then(ClientNetwork::site) {
            self.add_to(Key::AccountAndSite(account, site), ACCOUNT_AND_SITE, now);
            self.add_to(Key::Site(site), site_budget(options.network_failures), now);
        }
        self.everywhere = EVERYWHERE.add(self.everywhere, now);
        self.observe(now);
    }

    fn add_to(&mut self, key: Key, budget: Budget, now: Timestamp) {
        self.table.update(key, now, |entry| {
            let until = budget.add(entry.until, now);
            *entry =
                Entry { failures: entry.failures.saturating_add(1), until, is_reported: false };
        });
    }

    fn take_from(&mut self, key: Key, budget: Budget, now: Timestamp) {
        self.table.update(key, now, |entry| {
            entry.failures = entry.failures.saturating_sub(1);
            entry.until = budget.take_back(entry.until);
        });
    }

    /// Takes the failure of an attempt back, except for that of account and network.
    fn take_back(&mut self, attempt: Attempt, options: ThrottleOptions, now: Timestamp) {
        self.take_from(Key::Account(attempt.account), ACCOUNT, now);
        self.take_from(Key::AccountUnderAttack(attempt.account), ACCOUNT_UNDER_ATTACK, now);
        if let Some(network) = attempt.network {
            self.take_from(Key::Network(network), network_budget(options.network_failures), now);
        }
        if let Some(site) = attempt.network.and_then(ClientNetwork::site) {
            self.take_from(Key::AccountAndSite(attempt.account, site), ACCOUNT_AND_SITE, now);
            self.take_from(Key::Site(site), site_budget(options.network_failures), now);
        }
        self.everywhere = EVERYWHERE.take_back(self.everywhere);
    }

    fn is_under_attack(&self, account: AccountHash, now: Timestamp) -> bool {
        ACCOUNT.is_half_used(self.table.get(Key::Account(account)).until, now)
    }

    fn network(&self, options: ThrottleOptions) -> Budget {
        if self.is_distributed_attack {
            network_budget(options.network_failures.min(NETWORK_UNDER_ATTACK))
        } else {
            network_budget(options.network_failures)
        }
    }

    /// Logs the beginning and the end of a distributed attack.
    fn observe(&mut self, now: Timestamp) {
        let is_full = EVERYWHERE.wait(self.everywhere, now).is_some();
        let is_attack =
            is_full || self.is_distributed_attack && EVERYWHERE.is_half_used(self.everywhere, now);
        match (self.is_distributed_attack, is_attack) {
            (false, true) => warn!(
                failures = EVERYWHERE.failures,
                "distributed password guessing: the failures of each network are limited"
            ),
            (true, false) => info!("distributed password guessing has ended"),
            _ => {}
        }
        self.is_distributed_attack = is_attack;
    }
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

/// The back-off after this number of failures, of which some are free.
fn delay(failures: u32, free: u32) -> Duration {
    match failures.checked_sub(free.max(1)) {
        None => Duration::ZERO,
        Some(doublings) => FIRST_DELAY
            .saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX))
            .min(MAX_DELAY),
    }
}

impl Permit {
    /// The attempt succeeded: the failures of its device, or of its network for this account, are
    /// forgotten.
    pub fn succeeded(mut self, now: Timestamp) {
        let Some(throttle) = self.throttle.take() else { return };
        let (mut state, attempt) = (throttle.lock(), self.attempt);
        // Also one that counts as unknown: it is known again.
        if let Some(device) = attempt.device {
            state.table.update(Key::Device(device), now, forget);
        }
        if let Admission::Known(_) = self.admission {
            return;
        }
        let key = Key::AccountAndNetwork(attempt.account, attempt.network);
        // They were the owner's, and no attack on the account.
        let mut failures = state.table.get(key).failures.min(ACCOUNT.failures);
        if let Admission::Reserved(_) = self.admission {
            state.take_back(attempt, throttle.options, now);
            failures = failures.saturating_sub(1);
        }
        for _ in 0..failures {
            state.take_from(Key::Account(attempt.account), ACCOUNT, now);
        }
        state.table.update(key, now, forget);
    }

    /// The attempt was not judged, such as in a failure of the store: it does not count.
    pub fn cancelled(mut self, now: Timestamp) {
        let Some(throttle) = self.throttle.take() else { return };
        let (mut state, attempt) = (throttle.lock(), self.attempt);
        match self.admission {
            Admission::Free => {}
            Admission::Known(device) => state.table.update(Key::Device(device), now, |entry| {
                entry.failures = entry.failures.saturating_sub(1);
            }),
            Admission::Reserved(before) => {
                state.take_back(attempt, throttle.options, now);
                let key = Key::AccountAndNetwork(attempt.account, attempt.network);
                state.table.update(key, now, |entry| {
                    entry.failures = entry.failures.saturating_sub(1);
                    // Of several at once, the back-off of the others stays.
                    if entry.failures <= before.failures {
                        entry.until = before.until;
                    }
                });
            }
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some(throttle) = self.throttle.take() else { return };
        if let Admission::Free = self.admission {
            throttle.lock().add_failure(self.attempt, throttle.options, self.admitted_at);
        }
    }
}

fn forget(entry: &mut Entry) {
    *entry = Entry::default();
}

#[cfg(test)]
mod site_tests;
#[cfg(test)]
mod tests;
