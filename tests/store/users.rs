//! What every `UserStore` promises.

use std::collections::HashSet;
use std::sync::Arc;

use countersign::domain::{Email, UserId};
use countersign::password::{Cost, PasswordHash};
use countersign::store::{Account, Change, NewUser, Standing, StoreError, UserStore};
use tokio::task::JoinSet;

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

/// Different for each number.
fn hash(passes: u32) -> PasswordHash {
    PasswordHash::dummy(Cost::new(64, passes, 1).unwrap())
}

pub(crate) fn new_user(text: &str) -> NewUser {
    NewUser {
        email: email(text),
        password_hash: hash(1),
        is_admin: false,
        disabled: false,
        created_at: 1_800_000_000_123,
    }
}

fn is_taken<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::EmailTaken))
}

pub(crate) async fn a_new_user_is_found_by_id_and_by_email(store: impl UserStore) {
    let admin = NewUser { is_admin: true, disabled: true, ..new_user("Ä.min@example.com") };
    let account = store.insert(admin).await.unwrap();
    let expected = Account {
        user: account.user.clone(),
        password_hash: hash(1),
        disabled: true,
        created_at: 1_800_000_000_123,
        changed_at: 1_800_000_000_123,
        last_login_at: None,
        tokens_void_until: 0,
    };
    assert_eq!((account.user.id, account.user.is_admin), (UserId(1), true));
    assert_eq!(account, expected);
    assert_eq!(store.by_id(UserId(1)).await.unwrap(), Some(expected.clone()));
    assert_eq!(store.by_email(&email("ä.MIN@Example.com")).await.unwrap(), Some(expected));
}

pub(crate) async fn a_user_who_is_not_there_is_none(store: impl UserStore) {
    assert_eq!(store.by_email(&email("a@example.com")).await.unwrap(), None);
    for id in [i64::MIN, -1, 0, 1, i64::MAX].map(UserId) {
        assert_eq!(store.by_id(id).await.unwrap(), None);
        assert_eq!(store.change(id, Change::default(), 1).await.unwrap(), None);
        assert!(!store.remove(id).await.unwrap());
    }
}

pub(crate) async fn a_taken_address_is_refused_and_nothing_changes(store: impl UserStore) {
    let first = store.insert(new_user("a@example.com")).await.unwrap();
    let second = NewUser { is_admin: true, ..new_user("A@Example.com") };
    assert!(is_taken(&store.insert(second).await));
    assert_eq!(store.by_id(first.user.id).await.unwrap(), Some(first.clone()));
    assert_eq!(store.by_email(&first.user.email).await.unwrap(), Some(first));
}

pub(crate) async fn ids_count_up_and_are_never_given_again(store: impl UserStore) {
    let mut last = UserId(0);
    for round in 0..5 {
        let user = store.insert(new_user(&format!("{round}@example.com"))).await.unwrap().user;
        assert!(user.id > last);
        last = user.id;
        assert!(store.remove(user.id).await.unwrap());
    }
}

pub(crate) async fn a_removed_user_is_gone_and_their_address_is_free(store: impl UserStore) {
    let user = store.insert(new_user("a@example.com")).await.unwrap().user;
    assert!(store.remove(user.id).await.unwrap());
    assert!(!store.remove(user.id).await.unwrap());
    assert_eq!(store.by_id(user.id).await.unwrap(), None);
    assert_eq!(store.by_email(&user.email).await.unwrap(), None);
    let again = store.insert(new_user("a@example.com")).await.unwrap().user;
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
    assert_eq!(results.iter().filter(|result| is_taken(result)).count(), 31);
}

pub(crate) async fn racing_inserts_of_many_addresses_get_different_ids(store: impl UserStore) {
    let store = Arc::new(store);
    let mut inserts = JoinSet::new();
    for number in 0..32 {
        let store = Arc::clone(&store);
        let user = new_user(&format!("{number}@example.com"));
        inserts.spawn(async move { store.insert(user).await.unwrap().user.id });
    }
    let ids: HashSet<UserId> = inserts.join_all().await.into_iter().collect();
    assert_eq!(ids.len(), 32);
}

pub(crate) async fn many_are_inserted_in_one_step_but_for_those_whose_address_is_taken(
    store: impl UserStore,
) {
    store.insert(new_user("1@example.com")).await.unwrap();
    // More than one statement's worth, with an address twice.
    let mut many: Vec<_> = (0..1200).map(|n| new_user(&format!("{n}@example.com"))).collect();
    many.push(NewUser { is_admin: true, ..new_user("7@example.com") });
    let kept = store.insert_many(many).await.unwrap();
    let refused: Vec<_> = (0..kept.len()).filter(|number| !kept[*number]).collect();
    assert_eq!(refused, [1, 1200]);
    assert!(!store.by_email(&email("7@example.com")).await.unwrap().unwrap().user.is_admin);
    assert_eq!(store.page(UserId(0), 2000).await.unwrap().len(), 1200);
    assert_eq!(store.insert_many(Vec::new()).await.unwrap(), Vec::<bool>::new());
}

pub(crate) async fn a_change_changes_what_it_names_and_nothing_else(store: impl UserStore) {
    let other = store.insert(new_user("other@example.com")).await.unwrap();
    let mut account = store.insert(new_user("a@example.com")).await.unwrap();
    let id = account.user.id;
    let none = Change::default;

    let changed = store.change(id, Change { is_admin: Some(true), ..none() }, 10).await.unwrap();
    account.user.is_admin = true;
    account.changed_at = 10;
    assert_eq!(changed, Some(account.clone()));

    let changed = store.change(id, Change { disabled: Some(true), ..none() }, 11).await.unwrap();
    (account.disabled, account.changed_at) = (true, 11);
    assert_eq!(changed, Some(account.clone()));

    let password = Change { password_hash: Some(hash(2)), ..none() };
    let changed = store.change(id, password, 12).await.unwrap();
    (account.password_hash, account.changed_at) = (hash(2), 12);
    assert_eq!(changed, Some(account.clone()));

    assert_eq!(store.by_id(id).await.unwrap(), Some(account));
    assert_eq!(store.by_id(other.user.id).await.unwrap(), Some(other));
}

pub(crate) async fn a_change_that_expects_another_hash_changes_nothing(store: impl UserStore) {
    let account = store.insert(new_user("a@example.com")).await.unwrap();
    let stale = Change {
        expected_hash: Some(hash(2)),
        password_hash: Some(hash(3)),
        is_admin: Some(true),
        ..Change::default()
    };
    assert_eq!(store.change(account.user.id, stale, 10).await.unwrap(), None);
    assert_eq!(store.by_id(account.user.id).await.unwrap(), Some(account));
}

pub(crate) async fn of_racing_changes_that_expect_one_hash_exactly_one_wins(store: impl UserStore) {
    let store = Arc::new(store);
    let id = store.insert(new_user("a@example.com")).await.unwrap().user.id;
    let mut changes = JoinSet::new();
    for passes in 2..16 {
        let store = Arc::clone(&store);
        let change = Change {
            expected_hash: Some(hash(1)),
            password_hash: Some(hash(passes)),
            ..Change::default()
        };
        changes.spawn(async move { store.change(id, change, 10).await.unwrap() });
    }
    let won: Vec<Account> = changes.join_all().await.into_iter().flatten().collect();
    assert_eq!(won.len(), 1);
    assert_eq!(store.by_id(id).await.unwrap(), won.into_iter().next());
}

pub(crate) async fn operator_revokes_tokens_up_to_now(store: impl UserStore) {
    let id = store.insert(new_user("a@example.com")).await.unwrap().user.id;
    // A mark in the future is brought back; none is the one before.
    for (revoke_tokens, now, expected) in
        [(true, 50, 50), (false, 60, 50), (true, 70, 70), (true, 70, 71), (true, 40, 40)]
    {
        let change = Change { revoke_tokens, ..Change::default() };
        let account = store.change(id, change, now).await.unwrap().unwrap();
        assert_eq!((account.tokens_void_until, account.changed_at), (expected, now));
    }
}

pub(crate) async fn pages_are_by_rising_id_and_end(store: impl UserStore) {
    for number in 0..5 {
        store.insert(new_user(&format!("{number}@example.com"))).await.unwrap();
    }
    store.remove(UserId(2)).await.unwrap();
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

pub(crate) async fn what_was_changed_here_is_recent_at_once(store: impl UserStore) {
    let recent = async |id| store.recent(id).await.unwrap();
    assert_eq!(recent(UserId(1)).await, None);
    let account = store.insert(new_user("a@example.com")).await.unwrap();
    let id = account.user.id;
    assert_eq!(recent(id).await, Some(account.into()));
    let disable = Change { disabled: Some(true), ..Change::default() };
    let disabled = store.change(id, disable, 10).await.unwrap();
    assert!(disabled.as_ref().is_some_and(|account| account.disabled));
    assert_eq!(recent(id).await, disabled.map(Standing::from));
    for change in [
        Change { is_admin: Some(true), ..Change::default() },
        Change { revoke_tokens: true, ..Change::default() },
    ] {
        let changed = store.change(id, change, 10).await.unwrap();
        assert_eq!(recent(id).await, changed.map(Standing::from));
    }
    let enable = Change { disabled: Some(false), ..Change::default() };
    store.change(id, enable, 11).await.unwrap();
    assert!(store.remove(id).await.unwrap());
    assert_eq!(recent(id).await, None);

    assert_eq!(recent(UserId(id.0 + 1)).await, None);
    let many = vec![new_user("b@example.com"), new_user("c@example.com")];
    assert_eq!(store.insert_many(many).await.unwrap(), [true, true]);
    for account in store.page(id, 2).await.unwrap() {
        assert_eq!(recent(account.user.id).await, Some(account.into()));
    }
}

pub(crate) async fn it_answers_a_ping(store: impl UserStore) {
    store.ping().await.unwrap();
}
