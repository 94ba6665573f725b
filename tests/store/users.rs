//! What every `UserStore` promises.

use std::collections::HashSet;
use std::sync::Arc;

use countersign::password::{Cost, PasswordHash};
use countersign::store::{NewUser, StoreError, UserStore};
use countersign::user::{Email, UserId};
use tokio::task::JoinSet;

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

fn new_user(text: &str) -> NewUser {
    let password_hash = PasswordHash::decoy(Cost::default());
    NewUser { email: email(text), password_hash, is_admin: false }
}

pub(crate) async fn a_new_user_is_found_by_id_and_by_email(store: impl UserStore) {
    let admin = NewUser { is_admin: true, ..new_user("admin@example.com") };
    let hash = admin.password_hash.clone();
    let user = store.insert(admin).await.unwrap();
    assert_eq!((user.id, user.is_admin), (UserId(1), true));
    assert_eq!(store.by_id(user.id).await.unwrap(), Some(user.clone()));
    let credentials = store.by_email(&email("ADMIN@example.com")).await.unwrap().unwrap();
    assert_eq!((credentials.user, credentials.password_hash), (user, hash));
}

pub(crate) async fn a_user_who_is_not_there_is_none(store: impl UserStore) {
    assert!(store.by_email(&email("a@example.com")).await.unwrap().is_none());
    for id in [i64::MIN, -1, 0, 1, i64::MAX] {
        assert_eq!(store.by_id(UserId(id)).await.unwrap(), None);
        assert!(!store.remove(UserId(id)).await.unwrap());
    }
}

pub(crate) async fn a_taken_address_is_refused_and_nothing_changes(store: impl UserStore) {
    let first = store.insert(new_user("a@example.com")).await.unwrap();
    let second = NewUser { is_admin: true, ..new_user("A@Example.com") };
    assert_eq!(store.insert(second).await, Err(StoreError::EmailTaken));
    assert_eq!(store.by_id(first.id).await.unwrap(), Some(first.clone()));
    assert_eq!(store.by_email(&first.email).await.unwrap().unwrap().user, first);
}

pub(crate) async fn ids_count_up_and_are_never_given_again(store: impl UserStore) {
    let mut last = UserId(0);
    for round in 0..5 {
        let user = store.insert(new_user(&format!("{round}@example.com"))).await.unwrap();
        assert!(user.id > last);
        last = user.id;
        assert!(store.remove(user.id).await.unwrap());
    }
}

pub(crate) async fn a_removed_user_is_gone_and_their_address_is_free(store: impl UserStore) {
    let user = store.insert(new_user("a@example.com")).await.unwrap();
    assert!(store.remove(user.id).await.unwrap());
    assert!(!store.remove(user.id).await.unwrap());
    assert_eq!(store.by_id(user.id).await.unwrap(), None);
    assert!(store.by_email(&user.email).await.unwrap().is_none());
    let again = store.insert(new_user("a@example.com")).await.unwrap();
    assert!(again.id > user.id);
    assert_eq!(store.by_id(user.id).await.unwrap(), None);
}

pub(crate) async fn of_racing_inserts_of_one_address_exactly_one_wins(store: impl UserStore) {
    let store = Arc::new(store);
    let mut inserts = JoinSet::new();
    for _ in 0..32 {
        let store = Arc::clone(&store);
        inserts.spawn(async move { store.insert(new_user("a@example.com")).await });
    }
    let results = inserts.join_all().await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    let lost = |result: &&Result<_, _>| **result == Err(StoreError::EmailTaken);
    assert_eq!(results.iter().filter(lost).count(), 31);
}

pub(crate) async fn racing_inserts_of_many_addresses_get_different_ids(store: impl UserStore) {
    let store = Arc::new(store);
    let mut inserts = JoinSet::new();
    for number in 0..32 {
        let store = Arc::clone(&store);
        let user = new_user(&format!("{number}@example.com"));
        inserts.spawn(async move { store.insert(user).await.unwrap().id });
    }
    let ids: HashSet<UserId> = inserts.join_all().await.into_iter().collect();
    assert_eq!(ids.len(), 32);
}
