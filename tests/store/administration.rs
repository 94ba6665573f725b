//! The contract of a store: administrative changes of users.

use std::sync::Arc;

use countersign::domain::{Email, Metadata, SessionId, UserId};
use countersign::store::{
    Account, Authority, Authorization, Deletion, Effects, Insertion, MetadataChange, NewUser,
    Store, Unauthorized, UpdatedUser, UserChange, UserQuery, UserUpdate,
};
use tokio::task::JoinSet;

use crate::support::{
    account, at, authorization, delete, delete_with, disable, email, exists, hash, insert,
    new_user, opened, revoke, set_admin, update, user,
};

const NOTHING: UserChange = UserChange {
    email: None,
    email_verified: None,
    is_admin: None,
    disabled: None,
    metadata: None,
};

fn metadata(json: &str) -> Metadata {
    Metadata::parse(json).unwrap()
}

fn merge(json: &str) -> UserChange {
    let patch = serde_json::from_str(json).unwrap();
    UserChange { metadata: Some(MetadataChange::Merge(patch)), ..NOTHING }
}

fn address(email: &Email) -> UserChange {
    UserChange { email: Some(email.clone()), ..NOTHING }
}

async fn admin(store: &impl Store) -> UserId {
    let user = user(store).await;
    set_admin(store, user, true, 0).await.unwrap();
    user
}

fn updated(update: UserUpdate) -> Account {
    match update {
        UserUpdate::Updated(account) => account,
        outcome => panic!("{outcome:?}"),
    }
}

pub(crate) async fn users_are_found_by_a_part_of_their_address(store: impl Store) {
    for name in ["ada", "bob", "a_a", "a%a", "adam"] {
        insert(&store, new_user(&format!("{name}@example.com"))).await.unwrap();
    }
    let found = async |search: &str, after, limit| {
        let search = search.to_owned();
        let query = UserQuery { search, after: UserId(after), limit };
        let found = store.find_users(&query).await.unwrap();
        found.into_iter().map(|account| account.user.id.0).collect::<Vec<_>>()
    };
    assert_eq!(found("", 0, 9).await, [1, 2, 3, 4, 5]);
    assert_eq!(found("", 2, 2).await, [3, 4]);
    assert_eq!(found("ada", 0, 9).await, [1, 5]);
    assert_eq!(found("ada", 1, 9).await, [5]);
    assert_eq!(found("b@ex", 0, 9).await, [2]);
    // Nothing is a wildcard.
    assert_eq!(found("a_a", 0, 9).await, [3]);
    assert_eq!(found("%", 0, 9).await, [4]);
    assert_eq!(found("\\", 0, 9).await, Vec::<i64>::new());
}

pub(crate) async fn change_has_its_members_and_no_others(store: impl Store) {
    let other = admin(&store).await;
    let other = account(&store, other).await;
    let mut expected = insert(&store, new_user("a@example.com")).await.unwrap();
    let id = expected.user.id;
    let session = opened(&store, id).await;
    expected.last_login_at = Some(at(0));

    let set = MetadataChange::Set(metadata(r#"{"a": 1}"#));
    let changed = update(&store, id, UserChange { metadata: Some(set), ..NOTHING }, 1).await;
    (expected.metadata, expected.changed_at) = (metadata(r#"{"a": 1}"#), at(1));
    assert_eq!(updated(changed), expected);

    let changed = update(&store, id, UserChange { email_verified: Some(true), ..NOTHING }, 2).await;
    (expected.user.email_verified, expected.changed_at) = (true, at(2));
    assert_eq!(updated(changed), expected);

    let changed = update(&store, id, UserChange { is_admin: Some(true), ..NOTHING }, 3).await;
    (expected.user.is_admin, expected.changed_at) = (true, at(3));
    assert_eq!(updated(changed), expected);
    assert_eq!(account(&store, id).await, expected);
    assert!(exists(&store, session).await);

    // All at once.
    let all = UserChange {
        email: Some(email("b@example.com")),
        email_verified: Some(true),
        is_admin: Some(false),
        disabled: Some(true),
        ..merge(r#"{"b": 2}"#)
    };
    let changed = update(&store, id, all, 4).await;
    expected.user.email = email("b@example.com");
    (expected.user.is_admin, expected.disabled) = (false, true);
    expected.metadata = metadata(r#"{"a": 1, "b": 2}"#);
    (expected.changed_at, expected.tokens_valid_after) = (at(4), at(4));
    assert_eq!(updated(changed), expected);
    assert_eq!(account(&store, id).await, expected);
    assert!(!exists(&store, session).await);
    assert_eq!(store.by_email(&email("a@example.com")).await.unwrap(), None);
    assert_eq!(store.by_email(&email("b@example.com")).await.unwrap(), Some(expected));
    assert_eq!(account(&store, other.user.id).await, other);
}

pub(crate) async fn change_of_nothing_is_none(store: impl Store) {
    let user = admin(&store).await;
    let before = account(&store, user).await;
    let session = opened(&store, user).await;
    let same = UserChange {
        email: Some(before.user.email.clone()),
        email_verified: Some(false),
        is_admin: Some(true),
        disabled: Some(false),
        ..merge("{}")
    };
    let expected = Account { last_login_at: Some(at(0)), ..before };
    for change in [NOTHING, same, merge(r#"{"a": null}"#)] {
        let outcome = update(&store, user, change, 9).await;
        assert_eq!(outcome, UserUpdate::Unchanged(expected.clone()));
    }
    assert_eq!(account(&store, user).await, expected);
    assert!(exists(&store, session).await);
    assert_eq!(update(&store, UserId(i64::MAX), NOTHING, 9).await, UserUpdate::NotFound);
}

pub(crate) async fn other_address_is_unverified_and_can_be_taken(store: impl Store) {
    let verified = NewUser { email_verified: true, ..new_user("a@example.com") };
    let id = insert(&store, verified).await.unwrap().user.id;
    let taken = insert(&store, new_user("taken@example.com")).await.unwrap().user;
    let before = account(&store, id).await;
    assert_eq!(update(&store, id, address(&taken.email), 1).await, UserUpdate::EmailTaken);
    assert_eq!(account(&store, id).await, before);
    let changed = updated(update(&store, id, address(&email("b@example.com")), 1).await);
    assert!(!changed.user.email_verified);
    // The former address is free.
    assert!(insert(&store, new_user("a@example.com")).await.is_ok());
    let back = update(&store, id, address(&email("a@example.com")), 1).await;
    assert_eq!(back, UserUpdate::EmailTaken);
}

pub(crate) async fn merged_metadata_is_bounded(store: impl Store) {
    let user = user(&store).await;
    let half = "x".repeat(Metadata::MAX_LENGTH / 2);
    updated(update(&store, user, merge(&format!(r#"{{"a": "{half}"}}"#)), 1).await);
    let before = account(&store, user).await;
    let too_large = update(&store, user, merge(&format!(r#"{{"b": "{half}"}}"#)), 2).await;
    assert_eq!(too_large, UserUpdate::MetadataTooLarge);
    assert_eq!(account(&store, user).await, before);
    let replaced = merge(&format!(r#"{{"a": null, "b": "{half}", "c": "\u0000"}}"#));
    updated(update(&store, user, replaced, 2).await);
    let members = account(&store, user).await.metadata;
    assert_eq!(members.members().keys().collect::<Vec<_>>(), ["b", "c"]);
}

pub(crate) async fn last_administrator_is_protected(store: impl Store) {
    let (last, disabled) = (admin(&store).await, admin(&store).await);
    disable(&store, disabled, 0).await.unwrap();
    let session = opened(&store, last).await;
    let before = account(&store, last).await;
    let demotion = || UserChange { is_admin: Some(false), ..NOTHING };
    let disabling = || UserChange { disabled: Some(true), ..NOTHING };
    for change in [demotion(), disabling()] {
        assert_eq!(update(&store, last, change, 1).await, UserUpdate::LastAdministrator);
    }
    let refused = delete_with(&store, last, Effects::none()).await;
    assert_eq!(refused, Deletion::LastAdministrator);
    let token = Authorization { password_hash: Some(hash(1)), ..authorization(Some(session)) };
    let deleted = store.delete_own(last, &token, at(1), Effects::none()).await.unwrap();
    assert_eq!(deleted, Ok(Deletion::LastAdministrator));
    assert_eq!(account(&store, last).await, before);
    assert!(exists(&store, session).await);
    // Other changes are none of its removal.
    updated(update(&store, last, address(&email("b@example.com")), 1).await);
    // A disabled one is none, and goes.
    assert!(delete(&store, disabled).await);
    let second = admin(&store).await;
    updated(update(&store, last, demotion(), 1).await);
    assert_eq!(update(&store, second, disabling(), 1).await, UserUpdate::LastAdministrator);
    assert!(delete(&store, last).await);
}

pub(crate) async fn racing_administrators_leave_one(store: impl Store) {
    let store = Arc::new(store);
    let mut last = admin(&*store).await;
    for round in 0..12 {
        let mut administrators = vec![last];
        for _ in 0..3 {
            administrators.push(admin(&*store).await);
        }
        let mut racing = JoinSet::new();
        for (number, user) in administrators.into_iter().enumerate() {
            let store = Arc::clone(&store);
            racing.spawn(async move {
                let is_refused = match (number + round) % 3 {
                    0 => {
                        let demotion = UserChange { is_admin: Some(false), ..NOTHING };
                        update(&*store, user, demotion, 1).await == UserUpdate::LastAdministrator
                    }
                    1 => {
                        let disabling = UserChange { disabled: Some(true), ..NOTHING };
                        update(&*store, user, disabling, 1).await == UserUpdate::LastAdministrator
                    }
                    _ => {
                        let deleted = delete_with(&*store, user, Effects::none()).await;
                        deleted == Deletion::LastAdministrator
                    }
                };
                is_refused.then_some(user)
            });
        }
        let refused: Vec<UserId> = racing.join_all().await.into_iter().flatten().collect();
        assert_eq!(refused.len(), 1, "round {round}");
        last = refused[0];
        assert!(account(&*store, last).await.is_active_admin());
    }
}

pub(crate) async fn authority_of_an_administrator_is_checked(store: impl Store) {
    let (acting, other) = (admin(&store).await, admin(&store).await);
    let session = opened(&store, acting).await;
    let by = Authority::Administrator(acting, authorization(Some(session)));
    let target = user(&store).await;
    let none = |_: &UpdatedUser| Some(Effects::none());
    // Each administrative change, with its outcome.
    let attempts = async |now| {
        let address = format!("{}@example.com", SessionId::random());
        let id = |_: &UserId| Some(Effects::none());
        let user = NewUser { created_at: at(now), ..new_user(&address) };
        let created = store.create_user(user, &by, &id).await.unwrap();
        let created = created.map(|outcome| assert!(matches!(outcome, Insertion::Inserted(_))));
        let verified = !account(&store, target).await.user.email_verified;
        let change = UserChange { email_verified: Some(verified), ..NOTHING };
        let changed = store.update_user(target, &change, &by, at(now), &none).await.unwrap();
        let password =
            store.set_password(target, hash(2), &by, at(now), Effects::none()).await.unwrap();
        let ended = store.end_sessions(target, None, &by, at(now), Effects::none()).await.unwrap();
        let one = Some(SessionId::random());
        let one = store.end_sessions(target, one, &by, at(now), Effects::none()).await.unwrap();
        let missing = UserId(i64::MAX);
        let deleted = store.delete_user(missing, &by, at(now), Effects::none()).await.unwrap();
        [
            created,
            changed.map(|outcome| drop(updated(outcome))),
            password.map(|account| assert!(account.is_some())),
            ended.map(|ended| assert!(ended)),
            one.map(|ended| assert!(!ended)),
            deleted.map(|deleted| assert_eq!(deleted, Deletion::NotFound)),
        ]
    };
    assert_eq!(attempts(0).await, [Ok(()); 6]);
    // The token has expired.
    assert_eq!(attempts(900_000).await, [Err(Unauthorized::TokenInactive); 6]);
    set_admin(&store, acting, false, 1).await.unwrap();
    let before = account(&store, target).await;
    assert_eq!(attempts(1).await, [Err(Unauthorized::NotAdministrator); 6]);
    assert_eq!(account(&store, target).await, before);
    set_admin(&store, acting, true, 1).await.unwrap();
    assert_eq!(attempts(1).await, [Ok(()); 6]);
    assert!(revoke(&store, acting, 2).await);
    assert_eq!(attempts(3).await, [Err(Unauthorized::TokenInactive); 6]);
    assert!(account(&store, other).await.user.is_admin);
}

pub(crate) async fn operator_ends_one_session_or_all(store: impl Store) {
    let (user, other) = (user(&store).await, user(&store).await);
    let (one, two, third) =
        (opened(&store, user).await, opened(&store, user).await, opened(&store, other).await);
    let end = async |session| {
        let operator = Authority::Operator;
        store.end_sessions(user, session, &operator, at(5), Effects::none()).await.unwrap().unwrap()
    };
    assert!(!end(Some(third)).await && !end(Some(SessionId::random())).await);
    assert!(end(Some(one)).await && !end(Some(one)).await);
    assert!(!exists(&store, one).await && exists(&store, two).await);
    assert_eq!(account(&store, user).await.tokens_valid_after.milliseconds(), 0);
    assert!(end(None).await && end(None).await);
    assert!(!exists(&store, two).await && exists(&store, third).await);
    // Never the same as before, so that a login whose password was verified meanwhile is refused.
    assert_eq!(account(&store, user).await.tokens_valid_after, at(6));
    assert!(!revoke(&store, UserId(i64::MAX), 5).await);
}
