//! Simulations of the throttle, with a clock that is turned.

use std::net::Ipv4Addr;
use std::time::Duration;

use countersign_auth::Secret;
use proptest::prelude::*;

use super::*;
use crate::domain::ClientNetwork;
use crate::keys::KeySet;
use crate::throttle::AccountHash;
use crate::throttle::failures::delay;

const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn throttle() -> Throttle {
    Throttle::new(ThrottleOptions::default())
}

fn account(name: &str) -> AccountHash {
    let keys = KeySet::from_secret(&Secret::new(vec![1; 32]).unwrap());
    AccountHash::new(name, &keys).unwrap()
}

fn network(number: u32) -> ClientNetwork {
    ClientNetwork::V4(Ipv4Addr::from(number))
}

fn attempt(account: AccountHash, number: u32) -> Attempt {
    Attempt { account, network: Some(network(number)), device: None }
}

/// Whether an attempt with a wrong password is admitted.
fn guess(throttle: &Throttle, attempt: Attempt, now: Timestamp) -> bool {
    throttle.admit(attempt, now).is_ok()
}

#[test]
fn first_failures_are_free_and_then_the_back_off_doubles_up_to_its_maximum() {
    let (throttle, attempt) = (throttle(), attempt(account("a@example.com"), 1));
    let mut now = START;
    for _ in 0..5 {
        assert!(guess(&throttle, attempt, now));
    }
    for seconds in [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
        let delay = Duration::from_secs(seconds);
        let rejected = throttle.admit(attempt, now).unwrap_err();
        assert_eq!(rejected, Throttled { retry_after: delay, is_first: true });
        let again = throttle.admit(attempt, now).unwrap_err();
        assert!(!again.is_first);
        now = now.saturating_add(delay);
        assert!(guess(&throttle, attempt, now), "after {seconds} s");
    }
}

#[test]
fn success_forgets_the_failures_of_its_network_for_its_account() {
    let (throttle, attempt) = (throttle(), attempt(account("a@example.com"), 1));
    for _ in 0..20 {
        for _ in 0..4 {
            assert!(guess(&throttle, attempt, START));
        }
        throttle.admit(attempt, START).unwrap().succeeded(START);
    }
}

#[test]
fn cancelled_attempt_does_not_count() {
    let (throttle, attempt) = (throttle(), attempt(account("a@example.com"), 1));
    for _ in 0..1000 {
        throttle.admit(attempt, START).unwrap().cancelled(START);
    }
    for _ in 0..5 {
        assert!(guess(&throttle, attempt, START));
    }
    assert!(!guess(&throttle, attempt, START));
}

#[test]
fn parallel_attempts_after_a_failure_count_from_their_admission() {
    let (throttle, attempt) = (throttle(), attempt(account("a@example.com"), 1));
    assert!(guess(&throttle, attempt, START));
    let admitted: Vec<_> = (0..1000).filter_map(|_| throttle.admit(attempt, START).ok()).collect();
    assert_eq!(admitted.len(), 4);
}

#[test]
fn parallel_attempts_without_a_failure_are_not_limited_and_count_when_they_fail() {
    let (throttle, attempt) = (throttle(), attempt(account("a@example.com"), 1));
    let admitted: Vec<_> = (0..50).filter_map(|_| throttle.admit(attempt, START).ok()).collect();
    assert_eq!(admitted.len(), 50);
    drop(admitted);
    let rejected = throttle.admit(attempt, START).unwrap_err();
    assert!(rejected.retry_after >= Duration::from_mins(15));
}

#[test]
fn attempts_are_unlimited_if_the_throttle_is_off() {
    let throttle = Throttle::new(ThrottleOptions { enabled: false, ..ThrottleOptions::default() });
    let attempt = attempt(account("a@example.com"), 1);
    assert!((0..10_000).all(|_| guess(&throttle, attempt, START)));
}

/// 100,000 guesses in an hour against one account from 1,000 networks.
#[test]
fn guesses_of_many_networks_at_one_account_are_few_and_the_owner_gets_in() {
    let (throttle, victim) = (throttle(), account("victim@example.com"));
    let known = Attempt { device: Some(DeviceId::random()), ..attempt(victim, 5000) };
    let mut now = START;
    let (mut guesses, mut owner_waited) = (0_u32, None);
    for number in 0..100_000_u32 {
        now = START.saturating_add(Duration::from_millis(u64::from(number) * 108));
        guesses += u32::from(guess(&throttle, attempt(victim, number % 1000), now));
        if number % 1000 == 0 {
            throttle.admit(known, now).unwrap().succeeded(now);
        }
        // A new device of the owner, on a network of its own, as often as the attackers.
        if number > 10_000
            && owner_waited.is_none()
            && let Ok(permit) = throttle.admit(attempt(victim, 6000), now)
        {
            permit.succeeded(now);
            owner_waited = Some(now.duration_since(START));
        }
    }
    assert!(guesses <= 100 + 2 * 1000, "{guesses}");
    assert!(now.duration_since(START) > Duration::from_hours(2));
    let limit = Duration::from_secs(2 * 2 * 1000);
    assert!(owner_waited.is_some_and(|waited| waited <= limit), "{owner_waited:?}");
}

#[test]
fn guesses_of_one_network_at_many_accounts_are_few() {
    let throttle = throttle();
    let guesses = (0..10_000_u64)
        .filter(|number| {
            let now = START.saturating_add(Duration::from_millis(number * 100));
            guess(&throttle, attempt(account(&format!("{number}@example.com")), 1), now)
        })
        .count();
    // 1,000 seconds, in which 100 failures are forgotten.
    assert!(guesses <= 100 + 100, "{guesses}");
    assert!(!throttle.is_distributed_attack());
}

#[test]
fn guesses_of_many_networks_at_many_accounts_are_limited_for_each_network() {
    let throttle = throttle();
    let guesses = (0..10_000_u32)
        .filter(|number| {
            let name = format!("{number}@example.com");
            guess(&throttle, attempt(account(&name), number % 500), START)
        })
        .count();
    assert!(throttle.is_distributed_attack());
    assert!(guesses <= 1000 + 500 * 5, "{guesses}");
    // A user on another network, who mistypes once.
    let user = attempt(account("user@example.com"), 9999);
    assert!(guess(&throttle, user, START));
    throttle.admit(user, START).unwrap().succeeded(START);

    let later = START.saturating_add(Duration::from_mins(10));
    throttle.admit(user, later).unwrap().succeeded(later);
    assert!(!throttle.is_distributed_attack());
}

#[test]
fn stolen_device_token_gives_ten_guesses_and_no_more() {
    let (throttle, victim) = (throttle(), account("victim@example.com"));
    let stolen = Attempt { device: Some(DeviceId::random()), ..attempt(victim, 1) };
    let guesses = (0..100).filter(|_| guess(&throttle, stolen, START)).count();
    // Then it counts as unknown, and has the free failures of its network.
    assert_eq!(guesses, 10 + 5);
}

#[test]
fn clock_that_is_set_back_delays_by_the_longest_back_off_at_most() {
    let (throttle, attempt) = (throttle(), attempt(account("a@example.com"), 1));
    while guess(&throttle, attempt, START) {}
    let before = Timestamp::from_seconds(1_000_000_000);
    let rejected = throttle.admit(attempt, before).unwrap_err();
    assert!(rejected.retry_after <= Duration::from_hours(24));
}

/// An owner who mistypes twice on an unknown device while the account is attacked.
#[test]
fn back_off_of_an_attack_ends_with_it() {
    let (throttle, victim) = (throttle(), account("victim@example.com"));
    let mut now = START;
    for number in 0..60 {
        now = now.saturating_add(Duration::from_secs(2));
        assert!(guess(&throttle, attempt(victim, number), now));
    }
    let owner = attempt(victim, 9999);
    for _ in 0..2 {
        now = now.saturating_add(Duration::from_mins(2));
        assert!(guess(&throttle, owner, now));
    }
    let throttled = throttle.admit(owner, now).unwrap_err();
    assert_eq!(throttled.retry_after, Duration::from_hours(24));
    // Ten minutes later half of the failures are forgotten.
    now = now.saturating_add(Duration::from_mins(20));
    throttle.admit(owner, now).unwrap().succeeded(now);
}

#[test]
fn throttle_that_takes_over_the_failures_of_another_rejects_like_it() {
    let (first, second) = (Throttle::stored(ThrottleOptions::default()), throttle());
    let attempt = attempt(account("a@example.com"), 1);
    for _ in 0..5 {
        assert!(guess(&first, attempt, START));
    }
    let mut stored = HashMap::new();
    for change in first.take_unsaved(usize::MAX) {
        let before = stored.get(&change.key).copied().unwrap_or_default();
        stored.insert(change.key, change.apply(before));
    }
    second.take_over(stored, START);
    assert_eq!(second.admit(attempt, START).unwrap_err(), first.admit(attempt, START).unwrap_err());
}

#[test]
fn failures_of_the_process_are_added_to_those_that_it_takes_over() {
    let throttle = Throttle::stored(ThrottleOptions::default());
    let attempt = attempt(account("a@example.com"), 1);
    for _ in 0..3 {
        assert!(guess(&throttle, attempt, START));
    }
    let key = FailureKey::AccountAndNetwork(attempt.account, attempt.network);
    let others = Failures { count: 2, until: START, failed_at: START };
    throttle.take_over(HashMap::from([(key, others)]), START);
    assert!(!guess(&throttle, attempt, START));
}

proptest! {
    /// Whatever strangers do, a known device is admitted, and a success costs nothing.
    #[test]
    fn known_device_is_never_rejected(
        strangers in prop::collection::vec((0..50_u32, 0..5_000_u64), 1..300),
    ) {
        let (throttle, victim) = (throttle(), account("victim@example.com"));
        let known = Attempt { device: Some(DeviceId::random()), ..attempt(victim, 7) };
        let mut now = START;
        for (number, step) in strangers {
            now = now.saturating_add(Duration::from_millis(step));
            let _ = throttle.admit(attempt(victim, number), now);
            let permit = throttle.admit(known, now);
            prop_assert!(permit.is_ok());
            permit.unwrap().succeeded(now);
        }
    }

    /// Attempts that are admitted with a back-off in between are spaced by it.
    #[test]
    fn network_never_exceeds_its_failures_for_an_account(
        steps in prop::collection::vec(0..20_000_u64, 1..200),
    ) {
        let (throttle, attempt) = (throttle(), attempt(account("a@example.com"), 1));
        let (mut now, mut admitted, mut earliest) = (START, 0_u32, START);
        for step in steps {
            now = now.saturating_add(Duration::from_millis(step));
            if guess(&throttle, attempt, now) {
                prop_assert!(now >= earliest);
                admitted += 1;
                earliest = now.saturating_add(delay(admitted, 5, false));
            } else {
                prop_assert!(now < earliest);
            }
        }
    }
}
