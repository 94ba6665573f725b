//! The contract of a store: users.

use std::collections::HashSet;
use std::sync::Arc;

use countersign::domain::{Metadata, Timestamp, UserId};
use countersign::store::{Account, Insertion, NewUser, Store};
use tokio::task::JoinSet;

use crate::support::{
    account, at, delete, disable, email, hash, insert, insert_many, new_user, revoke, set_admin,
    set_password,
};

fn is_taken<T>(result: &Result<T, Insertion>) -> bool {
    matches!(result, Err(Insertion::EmailTaken))
}

pub(crate) async fn inserted_user_is_found_by_id_and_by_address(store: impl Store) {
    let admin = NewUser {
        email_verified: true,
        is_admin: true,
        disabled: true,
        metadata: Metadata::parse(r#"{"plan": "pro"}"#).unwrap(),
        ..new_user("Ä.min@example.com")
    };
    let account = insert(&store, admin).await.unwrap();
    let expected = Account {
        user: account.user.clone(),
        password_hash: hash(1),
        disabled: true,
        metadata: Metadata::parse(r#"{"plan": "pro"}"#).unwrap(),
        created_at: at(0),
        changed_at: at(0),
        last_login_at: None,
        tokens_valid_after: Timestamp::UNIX_EPOCH,
    };
    assert_eq!((account.user.id, account.user.is_admin), (UserId(1), true));
    assert!(account.user.email_verified);
    assert_eq!(account, expected);
    assert_eq!(store.by_id(UserId(1)).await.unwrap(), Some(expected.clone()));
    assert_eq!(store.by_email(&email("ä.MIN@Example.com")).await.unwrap(), Some(expected));
}

pub(crate) async fn unknown_user_is_not_found(store: impl Store) {
    assert_eq!(store.by_email(&email("a@example.com")).await.unwrap(), None);
    for id in [i64::MIN, -1, 0, 1, i64::MAX].map(UserId) {
        assert_eq!(store.by_id(id).await.unwrap(), None);
        assert_eq!(disable(&store, id, 1).await, None);
        assert_eq!(set_password(&store, id, 1).await, None);
        assert_eq!(set_admin(&store, id, true, 1).await, None);
        assert!(!revoke(&store, id, 1).await);
        assert_eq!(store.rehash(id, &hash(1), hash(2), at(1)).await.unwrap(), None);
        assert!(!delete(&store, id).await);
    }
}

pub(crate) async fn taken_address_is_a_conflict_and_changes_nothing(store: impl Store) {
    let first = insert(&store, new_user("a@example.com")).await.unwrap();
    let second = NewUser { is_admin: true, ..new_user("A@Example.com") };
    assert!(is_taken(&insert(&store, second).await));
    assert_eq!(account(&store, first.user.id).await, first);
    assert_eq!(store.by_email(&first.user.email).await.unwrap(), Some(first));
}

pub(crate) async fn aborted_insert_changes_nothing(store: impl Store) {
    let outcome = store.insert(new_user("a@example.com"), &|_| None).await.unwrap();
    assert_eq!(outcome, Insertion::Aborted);
    assert_eq!(store.page(UserId(0), 9).await.unwrap(), []);
    assert!(insert(&store, new_user("a@example.com")).await.is_ok());
}

pub(crate) async fn ids_ascend_and_are_never_reused(store: impl Store) {
    let mut last = UserId(0);
    for round in 0..5 {
        let user = insert(&store, new_user(&format!("{round}@example.com"))).await.unwrap().user;
        assert!(user.id > last);
        last = user.id;
        assert!(delete(&store, user.id).await);
    }
}

pub(crate) async fn deleted_user_is_not_found_and_the_address_is_free(store: impl Store) {
    let user = insert(&store, new_user("a@example.com")).await.unwrap().user;
    assert!(delete(&store, user.id).await);
    assert!(!delete(&store, user.id).await);
    assert_eq!(store.by_id(user.id).await.unwrap(), None);
    assert_eq!(store.by_email(&user.email).await.unwrap(), None);
    let again = insert(&store, new_user("a@example.com")).await.unwrap().user;
    assert!(again.id > user.id);
    assert_eq!(store.by_id(user.id).await.unwrap(), None);
}

pub(crate) async fn one_of_racing_inserts_of_one_address_succeeds(store: impl Store) {
    let store = Arc::new(store);
    let mut inserts = JoinSet::new();
    for _ in 0..32 {
        let store = Arc::clone(&store);
        inserts.spawn(async move { insert(&*store, new_user("a@example.com")).await });
    }
    let results = inserts.join_all().await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(results.iter().filter(|result| is_taken(result)).count(), 31);
}

pub(crate) async fn racing_inserts_get_different_ids(store: impl Store) {
    let store = Arc::new(store);
    let mut inserts = JoinSet::new();
    for number in 0..32 {
        let store = Arc::clone(&store);
        let user = new_user(&format!("{number}@example.com"));
        inserts.spawn(async move { insert(&*store, user).await.unwrap().user.id });
    }
    let ids: HashSet<UserId> = inserts.join_all().await.into_iter().collect();
    assert_eq!(ids.len(), 32);
}

pub(crate) async fn insert_many_skips_taken_addresses(store: impl Store) {
    insert(&store, new_user("1@example.com")).await.unwrap();
    // More rows than one statement has, with an address twice.
    let mut many: Vec<_> = (0..1200).map(|n| new_user(&format!("{n}@example.com"))).collect();
    many.push(NewUser { email_verified: true, is_admin: true, ..new_user("7@example.com") });
    let inserted = insert_many(&store, many).await;
    let skipped: Vec<_> = (0..inserted.len()).filter(|number| !inserted[*number]).collect();
    assert_eq!(skipped, [1, 1200]);
    assert!(!store.by_email(&email("7@example.com")).await.unwrap().unwrap().user.is_admin);
    assert_eq!(store.page(UserId(0), 2000).await.unwrap().len(), 1200);
    assert_eq!(insert_many(&store, Vec::new()).await, Vec::<bool>::new());
}

pub(crate) async fn command_changes_its_fields_and_no_others(store: impl Store) {
    let other = insert(&store, new_user("other@example.com")).await.unwrap();
    let mut expected = insert(&store, new_user("a@example.com")).await.unwrap();
    let id = expected.user.id;

    let changed = set_admin(&store, id, true, 10).await;
    (expected.user.is_admin, expected.changed_at) = (true, at(10));
    assert_eq!(changed, Some(expected.clone()));

    // Another one remains.
    set_admin(&store, other.user.id, true, 0).await.unwrap();
    let other = account(&store, other.user.id).await;
    let changed = disable(&store, id, 11).await;
    (expected.disabled, expected.changed_at) = (true, at(11));
    expected.tokens_valid_after = at(11);
    assert_eq!(changed, Some(expected.clone()));

    let changed = set_password(&store, id, 12).await;
    (expected.password_hash, expected.changed_at) = (hash(2), at(12));
    expected.tokens_valid_after = at(12);
    assert_eq!(changed, Some(expected.clone()));

    let changed = store.rehash(id, &hash(2), hash(3), at(13)).await.unwrap();
    (expected.password_hash, expected.changed_at) = (hash(3), at(13));
    assert_eq!(changed, Some(expected.clone()));

    assert_eq!(account(&store, id).await, expected);
    assert_eq!(account(&store, other.user.id).await, other);
}

pub(crate) async fn rehash_of_another_hash_changes_nothing(store: impl Store) {
    let before = insert(&store, new_user("a@example.com")).await.unwrap();
    let id = before.user.id;
    assert_eq!(store.rehash(id, &hash(2), hash(3), at(10)).await.unwrap(), None);
    assert_eq!(account(&store, id).await, before);
}

pub(crate) async fn one_of_racing_rehashes_succeeds(store: impl Store) {
    let store = Arc::new(store);
    let id = insert(&*store, new_user("a@example.com")).await.unwrap().user.id;
    let mut rehashes = JoinSet::new();
    for passes in 2..16 {
        let store = Arc::clone(&store);
        rehashes
            .spawn(async move { store.rehash(id, &hash(1), hash(passes), at(10)).await.unwrap() });
    }
    let succeeded: Vec<Account> = rehashes.join_all().await.into_iter().flatten().collect();
    assert_eq!(succeeded.len(), 1);
    assert_eq!(store.by_id(id).await.unwrap(), succeeded.into_iter().next());
}

pub(crate) async fn operator_revokes_tokens_up_to_now(store: impl Store) {
    let id = insert(&store, new_user("a@example.com")).await.unwrap().user.id;
    // A time in the future is brought back; none is the one before.
    for (now, expected) in [(50, 50), (70, 70), (70, 71), (40, 40)] {
        assert!(revoke(&store, id, now).await);
        let account = account(&store, id).await;
        assert_eq!((account.tokens_valid_after, account.changed_at), (at(expected), at(now)));
    }
}

pub(crate) async fn pages_ascend_by_id_and_end(store: impl Store) {
    for number in 0..5 {
        insert(&store, new_user(&format!("{number}@example.com"))).await.unwrap();
    }
    delete(&store, UserId(2)).await;
    let mut seen = Vec::new();
    let mut after = UserId(0);
    loop {
        let page = store.page(after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 2);
        after = last.user.id;
        seen.extend(page.into_iter().map(|account| account.user.id.0));
    }
    assert_eq!(seen, [1, 3, 4, 5]);
}

pub(crate) async fn ping_succeeds(store: impl Store) {
    store.ping().await.unwrap();
}
