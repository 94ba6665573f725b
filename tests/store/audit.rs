//! The contract of a store: the audit trail, which is committed with the change or not at all.

use countersign::domain::{Actor, AuditEvent, AuditKind, RequestContext, Timestamp, UserId};
use countersign::store::{
    AuditQuery, AuditRecord, Authority, Deletion, Effects, EndedSessions, Insertion, Store,
    UpdatedUser, UserChange, UserUpdate,
};

use crate::support::{
    account, at, authorization, curl, delete, delete_with, insert, new_session, new_user, opened,
    user,
};

const EVERYTHING: AuditQuery = AuditQuery {
    user: None,
    kind: None,
    since: Timestamp::UNIX_EPOCH,
    until: Timestamp::MAX,
    after: 0,
    limit: 1,
};

async fn events(store: &impl Store) -> Vec<AuditRecord> {
    let query = AuditQuery { limit: 999, ..EVERYTHING };
    store.events(&query).await.unwrap()
}

async fn kinds(store: &impl Store) -> Vec<AuditKind> {
    events(store).await.into_iter().map(|record| record.event.kind).collect()
}

fn event(kind: AuditKind) -> AuditEvent {
    let context = RequestContext { client: curl(), ..RequestContext::default() };
    AuditEvent::of_request(at(7), kind, &context)
}

pub(crate) async fn event_is_stored_as_it_was_appended(store: impl Store) {
    let full = AuditEvent {
        at: at(5),
        kind: AuditKind::RefreshRetried,
        user: Some(UserId(3)),
        actor: Actor::OAuthClient("gateway".to_owned()),
        session: Some(new_session(0).id),
        address: Some("2001:db8::1".to_owned()),
        request_id: Some("request-1".to_owned()),
        details: Some("presented 3, current 4".to_owned()),
    };
    let empty = AuditEvent::of_operator(at(6), AuditKind::UsersImported, None);
    store.append(full.clone()).await.unwrap();
    store.append(empty.clone()).await.unwrap();
    let stored = events(&store).await;
    assert_eq!(stored.iter().map(|it| it.event.clone()).collect::<Vec<_>>(), [full, empty]);
    assert!(stored[0].id < stored[1].id);
}

pub(crate) async fn events_are_found_by_user_time_and_page(store: impl Store) {
    for (number, user) in [(1, 1), (2, 2), (3, 1), (4, 1), (5, 2)] {
        let event = AuditEvent::of_operator(at(number), AuditKind::PasswordSet, None);
        store.append(event.of_user(UserId(user))).await.unwrap();
    }
    let found = async |user: Option<i64>, since, after, limit| {
        let query =
            AuditQuery { user: user.map(UserId), since: at(since), after, limit, ..EVERYTHING };
        let found = store.events(&query).await.unwrap();
        found.into_iter().map(|record| record.event.at).collect::<Vec<_>>()
    };
    assert_eq!(found(Some(1), 0, 0, 9).await, [1, 3, 4].map(at));
    assert_eq!(found(Some(1), 3, 0, 9).await, [3, 4].map(at));
    assert_eq!(found(None, 2, 0, 2).await, [2, 3].map(at));
    let first = events(&store).await[0].id;
    assert_eq!(found(None, 0, first, 9).await, [2, 3, 4, 5].map(at));
    assert_eq!(found(Some(3), 0, 0, 9).await, []);
}

pub(crate) async fn effects_are_stored_with_their_change(store: impl Store) {
    let user = user(&store).await;
    let session = new_session(0);
    let verified = account(&store, user).await;
    store
        .open(&verified, session.clone(), &|_| Some(event(AuditKind::Login).into()))
        .await
        .unwrap();
    let token = authorization(Some(session.id));
    let logout: Effects = event(AuditKind::Logout).into();
    store.end_own(user, &token, EndedSessions::Others, at(0), logout).await.unwrap().unwrap();
    let disabling = UserChange { disabled: Some(true), ..UserChange::default() };
    let effects = |_: &UpdatedUser| Some(event(AuditKind::UserDisabled).into());
    let operator = Authority::Operator;
    let updated = store.update_user(user, &disabling, &operator, at(9), &effects).await.unwrap();
    assert!(matches!(updated, Ok(UserUpdate::Updated(_))));
    // Nothing is to change.
    let updated = store.update_user(user, &disabling, &operator, at(9), &effects).await.unwrap();
    assert!(matches!(updated, Ok(UserUpdate::Unchanged(_))));
    let deleted = delete_with(&store, user, event(AuditKind::UserDeleted).into()).await;
    assert_eq!(deleted, Deletion::Deleted);
    let expected =
        [AuditKind::Login, AuditKind::Logout, AuditKind::UserDisabled, AuditKind::UserDeleted];
    assert_eq!(kinds(&store).await, expected);
}

pub(crate) async fn change_that_is_not_made_has_no_effects(store: impl Store) {
    insert(&store, new_user("a@example.com")).await.unwrap();
    let outcome = store
        .insert(new_user("a@example.com"), &|_| Some(event(AuditKind::UserCreated).into()))
        .await;
    assert_eq!(outcome.unwrap(), Insertion::EmailTaken);
    let user = user(&store).await;
    let session = opened(&store, user).await;
    let stale = authorization(Some(new_session(0).id));
    let logout = || Effects::from(event(AuditKind::Logout));
    let ended = store.end_own(user, &stale, EndedSessions::All, at(0), logout()).await.unwrap();
    assert!(ended.is_err());
    let missing = EndedSessions::One(new_session(0).id);
    let token = authorization(Some(session));
    let ended = store.end_own(user, &token, missing, at(0), logout()).await.unwrap();
    assert_eq!(ended, Ok(false));
    assert!(delete(&store, user).await);
    let granting = UserChange { is_admin: Some(true), ..UserChange::default() };
    let effects = |_: &UpdatedUser| Some(event(AuditKind::AdminGranted).into());
    let updated = store.update_user(user, &granting, &Authority::Operator, at(9), &effects).await;
    assert_eq!(updated.unwrap(), Ok(UserUpdate::NotFound));
    let deleted = delete_with(&store, user, event(AuditKind::UserDeleted).into()).await;
    assert_eq!(deleted, Deletion::NotFound);
    assert_eq!(kinds(&store).await, []);
}
