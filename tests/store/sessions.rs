//! The contract of a store: sessions.

use std::sync::Arc;
use std::time::Duration;

use countersign::domain::{SessionId, Timestamp, UserId};
use countersign::store::{
    Account, Authorization, Deletion, Effects, EndedSessions, Extension, NewSession, Opening,
    PasswordChange, Registration, SESSION_LIMIT, Session, Store, Unauthorized,
};
use tokio::task::JoinSet;

use crate::support::{
    account, at, authorization, curl, delete, disable, enable, end, exists, hash, new_session,
    new_user, open, opened, present, register, revoke, set_admin, set_password, user,
};

async fn end_own(
    store: &impl Store,
    user: UserId,
    session: Option<SessionId>,
    ended: EndedSessions,
) -> Result<bool, Unauthorized> {
    let authorization = authorization(session);
    store.end_own(user, &authorization, ended, at(0), Effects::none()).await.unwrap()
}

async fn change_password(
    store: &impl Store,
    user: UserId,
    authorization: &Authorization,
    session: &NewSession,
) -> Result<(), Unauthorized> {
    let change = PasswordChange {
        user,
        authorization: authorization.clone(),
        password_hash: hash(2),
        session: session.clone(),
    };
    store.change_password(change, Effects::none()).await.unwrap()
}

async fn ids(store: &impl Store, user: UserId, now: i64) -> Vec<SessionId> {
    let sessions = store.sessions_of(user, at(now), 999).await.unwrap();
    sessions.into_iter().map(|session| session.id).collect()
}

pub(crate) async fn opened_session_is_stored_with_the_time_of_the_login(store: impl Store) {
    let user = user(&store).await;
    let session = new_session(5);
    assert!(open(&store, &account(&store, user).await, session.clone()).await);
    let expected = Session {
        id: session.id,
        user,
        generation: 0,
        parent: None,
        created_at: at(5),
        last_used_at: at(5),
        idle_expires_at: at(1_000_005),
        absolute_expires_at: at(2_500_005),
        client: curl(),
        rotated_by: curl(),
        foreign_retries: 0,
        foreign_retry_generation: None,
    };
    assert_eq!(store.session(session.id).await.unwrap(), Some(expected.clone()));
    assert_eq!(store.sessions_of(user, at(0), 9).await.unwrap(), [expected]);
    assert_eq!(account(&store, user).await.last_login_at, Some(at(5)));
}

pub(crate) async fn used_session_is_extended_up_to_its_absolute_expiry(store: impl Store) {
    let (user, other) = (user(&store).await, user(&store).await);
    let (session, foreign) = (opened(&store, user).await, opened(&store, other).await);
    let before = store.session(session).await.unwrap().unwrap();
    let extend = async |now: i64, unused_since: i64| {
        let extension = Extension {
            session,
            now: at(now),
            idle_timeout: Duration::from_secs(1000),
            unused_since: at(unused_since),
        };
        store.extend(&extension).await.unwrap()
    };
    let stored = async || {
        let status = store.resolve(user, Some(session)).await.unwrap().unwrap();
        let (used_at, expires_at) = (status.session_used_at, status.session_expires_at);
        let now = store.session(session).await.unwrap().unwrap();
        assert_eq!((Some(now.last_used_at), Some(now.idle_expires_at)), (used_at, expires_at));
        (now.last_used_at, now.idle_expires_at)
    };
    assert!(extend(300_000, 0).await);
    assert_eq!(stored().await, (at(300_000), at(1_300_000)));
    // It was used since.
    assert!(!extend(400_000, 299_999).await);
    assert_eq!(stored().await, (at(300_000), at(1_300_000)));
    assert!(extend(1_299_000, 300_000).await && extend(2_200_000, 1_299_000).await);
    assert_eq!(stored().await, (at(2_200_000), at(2_500_000)));
    // It has expired, at the beginning of the second.
    assert!(!extend(2_500_000, 2_200_000).await);
    let after = store.session(session).await.unwrap().unwrap();
    let (last_used_at, idle_expires_at) = (at(2_200_000), at(2_500_000));
    assert_eq!(after, Session { last_used_at, idle_expires_at, ..before });
    let foreign = store.session(foreign).await.unwrap().unwrap();
    assert_eq!(foreign.last_used_at, at(0));
    end(&store, session).await;
    assert!(!extend(300_000, 300_000).await);
}

pub(crate) async fn user_and_first_session_are_inserted_together(store: impl Store) {
    let session = new_session(0);
    let registered = register(&store, new_user("a@example.com"), session.clone()).await.unwrap();
    assert_eq!(registered.last_login_at, Some(at(0)));
    assert_eq!(account(&store, registered.user.id).await, registered);
    assert_eq!(store.session(session.id).await.unwrap().unwrap().user, registered.user.id);

    let second = new_session(0);
    let taken = register(&store, new_user("a@example.com"), second.clone()).await;
    assert_eq!(taken, Err(Registration::EmailTaken));
    let other = new_user("b@example.com");
    let aborted = store.register(other, second.clone(), &|_| None).await.unwrap();
    assert_eq!(aborted, Registration::Aborted);
    assert!(!exists(&store, second.id).await);
    assert_eq!(store.page(UserId(0), 9).await.unwrap().len(), 1);
}

pub(crate) async fn session_is_not_opened_for_a_changed_account(store: impl Store) {
    let verified = async || account(&store, user(&store).await).await;
    let (disabled, deleted) = (verified().await, verified().await);
    let (revoked, rehashed) = (verified().await, verified().await);
    disable(&store, disabled.user.id, 0).await.unwrap();
    assert!(delete(&store, deleted.user.id).await);
    assert!(revoke(&store, revoked.user.id, 0).await);
    let hashes = (&hash(1), hash(3));
    store.rehash(rehashed.user.id, hashes.0, hashes.1, at(0)).await.unwrap().unwrap();
    for verified in [&disabled, &deleted, &revoked, &rehashed] {
        let session = new_session(0);
        assert!(!open(&store, verified, session.clone()).await);
        assert!(!exists(&store, session.id).await);
    }
    for user in [disabled.user.id, rehashed.user.id] {
        assert_eq!(account(&store, user).await.last_login_at, None);
    }
    let current = async |user| account(&store, user).await;
    assert!(!open(&store, &current(disabled.user.id).await, new_session(0)).await);
    for user in [revoked.user.id, rehashed.user.id] {
        assert!(open(&store, &current(user).await, new_session(0)).await);
    }
}

pub(crate) async fn aborted_login_changes_nothing(store: impl Store) {
    let user = user(&store).await;
    let session = new_session(0);
    let verified = account(&store, user).await;
    let outcome = store.open(&verified, session.clone(), &|_| None).await.unwrap();
    assert_eq!(outcome, Opening::Aborted);
    assert!(!exists(&store, session.id).await);
    assert_eq!(account(&store, user).await, verified);
}

pub(crate) async fn one_session_over_the_limit_ends_the_least_recently_used(store: impl Store) {
    let user = user(&store).await;
    let verified = account(&store, user).await;
    let mut sessions = Vec::new();
    for number in 0..SESSION_LIMIT {
        let session = new_session(i64::try_from(number).unwrap());
        sessions.push(session.id);
        assert!(open(&store, &verified, session).await);
    }
    // The first one is used again, so the second one is the least recently used.
    present(&store, sessions[0], 0, 500).await;
    let other = opened(&store, self::user(&store).await).await;
    let one_more = new_session(600);
    let ended = std::sync::Mutex::new(Vec::new());
    let effects = |ids: &Vec<SessionId>| {
        ended.lock().unwrap().clone_from(ids);
        Some(Effects::none())
    };
    let outcome = store.open(&verified, one_more.clone(), &effects).await.unwrap();
    assert_eq!(outcome, Opening::Opened);
    assert_eq!(*ended.lock().unwrap(), [sessions[1]]);
    let left = ids(&store, user, 0).await;
    assert_eq!(left.len(), SESSION_LIMIT);
    assert!(!left.contains(&sessions[1]) && left.contains(&one_more.id));
    assert!(exists(&store, other).await);
}

pub(crate) async fn ended_session_does_not_exist_and_others_do(store: impl Store) {
    let (one, other) = (user(&store).await, user(&store).await);
    let (first, second) = (opened(&store, one).await, opened(&store, one).await);
    let foreign = opened(&store, other).await;
    assert!(end(&store, first).await);
    assert!(!end(&store, first).await);
    assert!(exists(&store, second).await && exists(&store, foreign).await);

    let third = opened(&store, one).await;
    assert_eq!(end_own(&store, one, Some(third), EndedSessions::Others).await, Ok(true));
    assert!(!exists(&store, second).await && exists(&store, third).await);
    // The session of another user authorizes nothing, and cannot be ended.
    let inactive = Err(Unauthorized::TokenInactive);
    for ended in [EndedSessions::One(third), EndedSessions::Others, EndedSessions::All] {
        assert_eq!(end_own(&store, one, Some(foreign), ended).await, inactive);
    }
    let ended = EndedSessions::One(foreign);
    assert_eq!(end_own(&store, one, Some(third), ended).await, Ok(false));
    assert!(exists(&store, third).await && exists(&store, foreign).await);
    let valid_after = async || account(&store, one).await.tokens_valid_after;
    assert_eq!(valid_after().await, Timestamp::UNIX_EPOCH);
    assert_eq!(end_own(&store, one, Some(third), EndedSessions::All).await, Ok(true));
    assert_eq!(valid_after().await, at(0));
    assert!(!exists(&store, third).await && exists(&store, foreign).await);
    // Each revocation is later than the one before, also where the clock stands still.
    assert_eq!(end_own(&store, one, None, EndedSessions::All).await, Ok(true));
    assert_eq!(valid_after().await, at(1));
    assert_eq!(end_own(&store, one, None, EndedSessions::All).await, inactive);
    assert_eq!(end_own(&store, other, None, EndedSessions::Others).await, Ok(true));
    assert!(!exists(&store, foreign).await);
}

pub(crate) async fn sessions_are_listed_by_last_use(store: impl Store) {
    let user = user(&store).await;
    let verified = account(&store, user).await;
    let mut opened = Vec::new();
    for now in [0, 1_000, 2_000] {
        let session = new_session(now);
        opened.push(session.id);
        assert!(open(&store, &verified, session).await);
    }
    present(&store, opened[0], 0, 3_000).await;
    assert_eq!(ids(&store, user, 0).await, [opened[0], opened[2], opened[1]]);
    let two = store.sessions_of(user, at(0), 2).await.unwrap();
    assert_eq!([two[0].id, two[1].id], [opened[0], opened[2]]);
    // The others have expired, since they were not refreshed.
    assert_eq!(ids(&store, user, 1_002_000).await, [opened[0]]);
}

pub(crate) async fn disabling_enabling_deleting_and_setting_a_password_end_all_sessions(
    store: impl Store,
) {
    let other = opened(&store, user(&store).await).await;
    for command in 0..4 {
        let user = user(&store).await;
        let session = opened(&store, user).await;
        match command {
            0 => drop(disable(&store, user, 0).await.unwrap()),
            1 => {
                disable(&store, user, 0).await.unwrap();
                drop(enable(&store, user, 0).await.unwrap());
            }
            2 => drop(set_password(&store, user, 0).await.unwrap()),
            _ => assert!(delete(&store, user).await),
        }
        assert!(!exists(&store, session).await, "{command}");
    }
    assert!(exists(&store, other).await);
}

pub(crate) async fn set_admin_and_rehash_end_no_session(store: impl Store) {
    let user = user(&store).await;
    let session = opened(&store, user).await;
    set_admin(&store, user, true, 0).await.unwrap();
    store.rehash(user, &hash(1), hash(2), at(0)).await.unwrap().unwrap();
    assert!(exists(&store, session).await);
}

pub(crate) async fn password_change_revokes_all_and_opens_one_session(store: impl Store) {
    let user = user(&store).await;
    let (before, after) = (opened(&store, user).await, new_session(5));
    let token = Authorization { password_hash: Some(hash(1)), ..authorization(Some(before)) };
    assert_eq!(change_password(&store, user, &token, &after).await, Ok(()));
    let sessions = store.sessions_of(user, at(0), 9).await.unwrap();
    assert_eq!(sessions, [after.clone().of(user)]);
    assert!(!exists(&store, before).await);
    let changed = account(&store, user).await;
    assert_eq!(changed.password_hash, hash(2));
    assert_eq!((changed.changed_at, changed.tokens_valid_after), (at(5), at(5)));

    // The session of the token has ended, and the password is another one.
    let late = new_session(6);
    let inactive = Err(Unauthorized::TokenInactive);
    assert_eq!(change_password(&store, user, &token, &late).await, inactive);
    let token = Authorization { session: Some(after.id), ..token };
    let changed_meanwhile = Err(Unauthorized::PasswordChanged);
    assert_eq!(change_password(&store, user, &token, &late).await, changed_meanwhile);
    assert_eq!(account(&store, user).await, changed);
    assert!(!exists(&store, late.id).await && exists(&store, after.id).await);

    // A clock that is behind does not keep a later revocation from counting.
    let token = Authorization { password_hash: Some(hash(2)), ..token };
    assert_eq!(change_password(&store, user, &token, &new_session(1)).await, Ok(()));
    assert_eq!(account(&store, user).await.tokens_valid_after, at(6));
}

pub(crate) async fn deletion_depends_on_token_status_and_password(store: impl Store) {
    let inactive = Err(Unauthorized::TokenInactive);
    let delete_own = async |user, token: &Authorization, now: Timestamp| {
        let deleted = store.delete_own(user, token, now, Effects::none()).await.unwrap();
        assert_eq!(store.by_id(user).await.unwrap().is_none(), deleted.is_ok());
        deleted
    };
    let user = user(&store).await;
    let session = opened(&store, user).await;
    let token = authorization(Some(session));
    let stale = Authorization { password_hash: Some(hash(2)), ..token.clone() };
    assert_eq!(delete_own(user, &stale, at(0)).await, Err(Unauthorized::PasswordChanged));
    assert_eq!(delete_own(user, &token, at(900_000)).await, inactive);
    assert_eq!(delete_own(user, &authorization(Some(SessionId::random())), at(0)).await, inactive);
    let unknown = store.delete_own(UserId(i64::MAX), &token, at(0), Effects::none()).await;
    assert_eq!(unknown.unwrap(), inactive);
    assert_eq!(delete_own(user, &token, at(899_999)).await, Ok(Deletion::Deleted));
    assert!(!exists(&store, session).await);

    let disabled = self::user(&store).await;
    disable(&store, disabled, -9).await.unwrap();
    assert_eq!(delete_own(disabled, &authorization(None), at(0)).await, inactive);
    let change = change_password(&store, disabled, &authorization(None), &new_session(0)).await;
    assert_eq!(change, Err(Unauthorized::TokenInactive));
    assert_eq!(store.sessions_of(disabled, at(0), 9).await.unwrap(), []);

    // A token of no session is rejected after a revocation.
    let revoked = self::user(&store).await;
    assert!(revoke(&store, revoked, 0).await);
    let without_issue_time = Authorization { issued_at: None, ..authorization(None) };
    assert_eq!(delete_own(revoked, &without_issue_time, at(0)).await, inactive);
    let older = Authorization { issued_at: Some(at(0)), ..authorization(None) };
    assert_eq!(delete_own(revoked, &older, at(0)).await, inactive);
    assert_eq!(delete_own(revoked, &authorization(None), at(1)).await, Ok(Deletion::Deleted));
}

pub(crate) async fn command_that_races_with_a_logout_precedes_it_or_fails(store: impl Store) {
    let store = Arc::new(store);
    for round in 0..20 {
        let user = user(&*store).await;
        let (session, other) = (opened(&*store, user).await, opened(&*store, user).await);
        let ending = {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                end_own(&*store, user, Some(session), EndedSessions::Others).await
            })
        };
        if round % 2 == 0 {
            tokio::task::yield_now().await;
        }
        assert!(end(&*store, session).await);
        // The logout is acknowledged: if the other session exists now, it stays.
        let existed = exists(&*store, other).await;
        let ended = ending.await.unwrap();
        assert_eq!(exists(&*store, other).await, existed);
        assert_eq!(ended.is_ok(), !existed);
    }
}

pub(crate) async fn no_session_survives_a_racing_revocation(store: impl Store) {
    let store = Arc::new(store);
    for _ in 0..10 {
        let user = user(&*store).await;
        let old = opened(&*store, user).await;
        let verified: Account = account(&*store, user).await;
        let mut racing = JoinSet::new();
        for number in 0..8 {
            let (store, verified) = (Arc::clone(&store), verified.clone());
            racing.spawn(async move {
                if number % 2 == 0 {
                    open(&*store, &verified, new_session(0)).await;
                } else {
                    present(&*store, old, number / 2, 0).await;
                }
            });
        }
        assert!(revoke(&*store, user, 0).await);
        racing.join_all().await;
        assert_eq!(ids(&*store, user, 0).await, []);
        assert!(open(&*store, &account(&*store, user).await, new_session(0)).await);
    }
}

pub(crate) async fn expired_sessions_are_deleted_with_logins(store: impl Store) {
    let user = user(&store).await;
    let mut expired = Vec::new();
    for _ in 0..6 {
        expired.push(opened(&store, user).await);
    }
    // Several with each login, so that they do not accumulate.
    for _ in 0..2 {
        assert!(open(&store, &account(&store, user).await, new_session(1_000_000)).await);
    }
    for id in expired {
        assert!(!exists(&store, id).await);
    }
    assert_eq!(ids(&store, user, 0).await.len(), 2);
}
