//! The contract of a store of the throttle's failures.

use std::net::IpAddr;
use std::sync::Arc;

use countersign::auth::Secret;
use countersign::clock::ManualClock;
use countersign::credentials::FailureSharing;
use countersign::domain::{ClientNetwork, Timestamp};
use countersign::keys::KeySet;
use countersign::store::sql::SqlStore;
use countersign::store::{FailureMap, FailureStore, MAX_CHANGES};
use countersign::throttle::{
    AccountHash, Attempt, FailureChange, FailureKey, Failures, Throttle, ThrottleOptions,
};

use crate::databases;
use crate::support::at;

/// The changes of this number of failures of a client of network 192.0.2.`network`.
fn changes(network: u8, count: u32, now: Timestamp) -> Vec<FailureChange> {
    let keys = KeySet::from_secret(&Secret::new(vec![1; 32]).unwrap());
    let throttle = Throttle::stored(ThrottleOptions { free_failures: 999, ..Default::default() });
    for _ in 0..count {
        let attempt = Attempt {
            account: AccountHash::new("ada@example.com", &keys).unwrap(),
            network: Some(ClientNetwork::from(IpAddr::from([192, 0, 2, network]))),
            device: None,
        };
        drop(throttle.admit(attempt, now).unwrap());
    }
    throttle.take_unsaved(usize::MAX)
}

fn of_network(network: u8) -> FailureKey {
    format!("network 192.0.2.{network}").parse().unwrap()
}

fn count(failures: &FailureMap, key: FailureKey) -> u32 {
    failures.get(&key).map_or(0, |failures| failures.count)
}

async fn changes_add_up_and_are_found_by_version(store: SqlStore) {
    assert_eq!(store.failures_since(0).await.unwrap(), (FailureMap::new(), 0));
    store.change_failures(&changes(1, 3, at(100))).await.unwrap();
    let (first, version) = store.failures_since(0).await.unwrap();
    assert_eq!(count(&first, of_network(1)), 3);
    assert_eq!(first[&of_network(1)].failed_at, at(100));
    assert_eq!(store.failures_since(version).await.unwrap(), (FailureMap::new(), version));

    store.change_failures(&changes(2, 2, at(200))).await.unwrap();
    let (second, newest) = store.failures_since(version).await.unwrap();
    assert!(newest > version);
    assert_eq!(count(&second, of_network(2)), 2);
    assert_eq!(count(&second, of_network(1)), 0, "it has not changed");
    assert_eq!(count(&second, FailureKey::AllClients), 5);

    // One without failures is found, so that other instances forget them.
    let forget = FailureChange::forget(of_network(1), at(300));
    store.change_failures(&[forget]).await.unwrap();
    let (third, _) = store.failures_since(newest).await.unwrap();
    let none = Failures { count: 0, until: Timestamp::UNIX_EPOCH, failed_at: at(300) };
    assert_eq!(third, FailureMap::from([(of_network(1), none)]));
}

async fn racing_changes_add_up(store: SqlStore) {
    let store = Arc::new(store);
    let racers: Vec<_> = (1..=8)
        .map(|network| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                for _ in 0..5 {
                    store.change_failures(&changes(network, 1, at(100))).await.unwrap();
                }
            })
        })
        .collect();
    for racer in racers {
        racer.await.unwrap();
    }
    let (failures, version) = store.failures_since(0).await.unwrap();
    assert_eq!(count(&failures, FailureKey::AllClients), 40);
    assert_eq!(version, 40);
}

async fn old_failures_and_the_fewest_beyond_the_capacity_are_deleted(store: SqlStore) {
    store.change_failures(&changes(1, 9, at(100))).await.unwrap();
    store.delete_failures(at(100), 1000).await.unwrap();
    assert_eq!(count(&store.failures_since(0).await.unwrap().0, of_network(1)), 9);
    store.delete_failures(at(101), 1000).await.unwrap();
    assert_eq!(store.failures_since(0).await.unwrap().0, FailureMap::new());

    for network in 1..=9 {
        let count = u32::from(network);
        store.change_failures(&changes(network, count, at(200))).await.unwrap();
    }
    // Those of the account and of all clients have the most.
    store.delete_failures(at(100), 7).await.unwrap();
    let (left, _) = store.failures_since(0).await.unwrap();
    assert_eq!(left.len(), 7);
    assert!(left.values().all(|failures| failures.count >= 8), "{left:?}");
}

async fn more_changes_than_fit_into_a_transaction_are_shared(store: SqlStore) {
    let keys = KeySet::from_secret(&Secret::new(vec![1; 32]).unwrap());
    let throttles = [(); 2].map(|()| Throttle::stored(ThrottleOptions::default()));
    let attempt = |number: u8| Attempt {
        account: AccountHash::new(&format!("{number}@example.com"), &keys).unwrap(),
        network: Some(ClientNetwork::from(IpAddr::from([192, 0, 2, number]))),
        device: None,
    };
    for number in 0..200 {
        for _ in 0..5 {
            drop(throttles[0].admit(attempt(number), at(100)).unwrap());
        }
    }
    let store = Arc::new(store);
    for throttle in &throttles {
        let clock = Arc::new(ManualClock::starting_at(at(100)));
        FailureSharing::new(throttle.clone(), store.clone(), clock).exchange().await.unwrap();
    }
    let (failures, version) = store.failures_since(0).await.unwrap();
    assert!(version > 1 && failures.len() > MAX_CHANGES, "{version}");
    for throttle in &throttles {
        assert!((0..200).all(|number| throttle.admit(attempt(number), at(100)).is_err()));
    }
}

macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $test() {
                    let database = super::databases::sqlite();
                    super::$test(database.store().await).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $test() {
                    let Some(database) = super::databases::postgres().await else { return };
                    super::$test(database.store().await).await;
                    database.remove().await;
                }
            )+
        }
    };
}

on_both![
    changes_add_up_and_are_found_by_version,
    racing_changes_add_up,
    old_failures_and_the_fewest_beyond_the_capacity_are_deleted,
    more_changes_than_fit_into_a_transaction_are_shared,
];
