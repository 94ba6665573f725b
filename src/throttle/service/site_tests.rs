//! Simulations of clients with many IPv6 networks, and of devices that have used up their failures.

use std::net::Ipv6Addr;
use std::time::Duration;

use countersign_auth::Secret;

use super::*;
use crate::keys::KeySet;
use crate::throttle::AccountHash;

const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn throttle() -> Throttle {
    Throttle::new(ThrottleOptions::default())
}

fn account(name: &str) -> AccountHash {
    let keys = KeySet::from_secret(&Secret::new(vec![1; 32]).unwrap());
    AccountHash::new(name, &keys).unwrap()
}

/// The /64 with this number in the /48 with this number.
fn attempt(account: AccountHash, site: u16, network: u16) -> Attempt {
    let network = Ipv6Addr::new(0x2001, 0xdb8, site, network, 0, 0, 0, 1);
    Attempt { account, network: Some(std::net::IpAddr::V6(network).into()), device: None }
}

/// A day of guesses at one account, each from another /64 of one /48, ten a second.
#[test]
fn guesses_of_one_ipv6_site_at_one_account_are_few_and_the_owner_gets_in() {
    let (throttle, victim) = (throttle(), account("victim@example.com"));
    let (mut guesses, mut owner_waited) = (0_u32, None);
    for number in 0..864_000_u32 {
        let now = START.saturating_add(Duration::from_millis(u64::from(number) * 100));
        let guess = attempt(victim, 1, u16::try_from(number % 65_536).unwrap());
        guesses += u32::from(throttle.admit(guess, now).is_ok());
        // A new device of the owner, at another site, a tenth as often.
        if number > 10_000
            && number % 10 == 0
            && owner_waited.is_none()
            && let Ok(permit) = throttle.admit(attempt(victim, 2, 1), now)
        {
            permit.succeeded(now);
            owner_waited = Some(now.duration_since(START));
        }
    }
    // A site that is held back lets the account leave its attack, and then it has the rate at which
    // failures of the account are forgotten: one a minute.
    let limit = 100 + 32 + 24 * 60;
    assert!(guesses <= limit, "{guesses} guesses, the owner waited {owner_waited:?}");
    let limit = Duration::from_mins(20);
    assert!(owner_waited.is_some_and(|waited| waited <= limit), "{owner_waited:?}");
}

/// 10,000 accounts, one guess each, each from another /64 of one /48.
#[test]
fn guesses_of_one_ipv6_site_at_many_accounts_are_few() {
    let throttle = throttle();
    let guesses = (0..10_000_u16)
        .filter(|number| {
            let account = account(&format!("{number}@example.com"));
            throttle.admit(attempt(account, 1, *number), START).is_ok()
        })
        .count();
    assert!(guesses <= 1600, "{guesses}");
    assert!(throttle.admit(attempt(account("user@example.com"), 2, 1), START).is_ok());
}

#[test]
fn device_that_has_failed_too_often_is_known_again_after_a_success() {
    let (throttle, victim) = (throttle(), account("victim@example.com"));
    let known = Attempt { device: Some(DeviceId::random()), ..attempt(victim, 1, 1) };
    for _ in 0..10 {
        drop(throttle.admit(known, START).unwrap());
    }
    // As an unknown one.
    throttle.admit(known, START).unwrap().succeeded(START);
    // Strangers on its network.
    while throttle.admit(Attempt { device: None, ..known }, START).is_ok() {}
    assert!(throttle.admit(known, START).is_ok());
}
