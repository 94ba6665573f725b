//! What every `SessionStore` promises.

use std::sync::Arc;

use countersign::domain::{Email, SessionId, UserId};
use countersign::password::{Cost, PasswordHash};
use countersign::store::{
    Account, Advance, Authorization, Change, EndedSessions, NewSession, NewUser, RefreshRules,
    Session, SessionStore, StoreError, Unauthorized, UserStore,
};
use tokio::task::JoinSet;

const NOW: i64 = 1_800_000_000_000;
/// A session lasts 1,000 s without a refresh, and 2,500 s in any case; a used token is good for 30 ms.
const RULES: RefreshRules = RefreshRules { idle: 1_000_000, grace: 30 };

fn new_user(email: &str) -> NewUser {
    NewUser {
        email: Email::parse(email).unwrap(),
        password_hash: PasswordHash::dummy(Cost::new(64, 1, 1).unwrap()),
        is_admin: false,
        disabled: false,
        created_at: NOW,
    }
}

fn new_session(now: i64) -> NewSession {
    NewSession {
        id: SessionId::random(),
        created_at: now,
        expires_at: now + 1_000_000,
        ends_at: now + 2_500_000,
        user_agent: Some("curl/8.5.0".to_owned()),
        address: Some("192.0.2.1".to_owned()),
    }
}

async fn user(store: &impl UserStore) -> UserId {
    store.insert(new_user(&format!("{}@example.com", SessionId::random()))).await.unwrap().user.id
}

/// A session of a user, opened at `NOW`.
async fn opened(store: &(impl UserStore + SessionStore), user: UserId) -> SessionId {
    let session = new_session(NOW);
    let id = session.id;
    assert!(open(store, user, session).await);
    id
}

async fn account(store: &impl UserStore, user: UserId) -> Account {
    store.by_id(user).await.unwrap().unwrap()
}

/// Opens a session of a user as they are.
async fn open(store: &(impl UserStore + SessionStore), user: UserId, session: NewSession) -> bool {
    store.open(&account(store, user).await, session).await.unwrap()
}

/// What a token of this session, or of none, authorises.
fn authorization(session: Option<SessionId>) -> Authorization {
    let expires_at = NOW / 1000 + 900;
    Authorization { session, issued_at: Some(NOW + 1), expires_at, password_hash: None }
}

fn other_hash() -> PasswordHash {
    PasswordHash::dummy(Cost::new(64, 2, 1).unwrap())
}

async fn is_there(store: &impl SessionStore, id: SessionId) -> bool {
    store.session(id).await.unwrap().is_some()
}

async fn advance(store: &impl SessionStore, id: SessionId, token: i64, now: i64) -> Advance {
    store.advance(id, token, now, RULES).await.unwrap()
}

fn successor(advance: &Advance) -> Option<i64> {
    match advance {
        Advance::Advanced(session) | Advance::Repeated(session) => Some(session.generation),
        Advance::Reused(_) | Advance::Unknown => None,
    }
}

pub(crate) async fn a_session_is_kept_and_its_user_has_logged_in(
    store: impl UserStore + SessionStore,
) {
    let user = user(&store).await;
    let session = new_session(NOW + 5);
    assert!(open(&store, user, session.clone()).await);
    let expected = Session {
        id: session.id,
        user,
        generation: 0,
        created_at: NOW + 5,
        last_used_at: NOW + 5,
        expires_at: NOW + 1_000_005,
        ends_at: NOW + 2_500_005,
        user_agent: Some("curl/8.5.0".to_owned()),
        address: Some("192.0.2.1".to_owned()),
    };
    assert_eq!(store.session(session.id).await.unwrap().as_deref(), Some(&expected));
    assert_eq!(store.sessions_of(user, NOW, 9).await.unwrap(), [expected]);
    assert_eq!(store.by_id(user).await.unwrap().unwrap().last_login_at, Some(NOW + 5));
}

pub(crate) async fn a_new_user_and_their_session_come_together_or_not_at_all(
    store: impl UserStore + SessionStore,
) {
    let session = new_session(NOW);
    let account = store.register(new_user("a@example.com"), session.clone()).await.unwrap();
    assert_eq!(account.last_login_at, Some(NOW));
    assert_eq!(store.by_id(account.user.id).await.unwrap(), Some(account.clone()));
    assert_eq!(store.session(session.id).await.unwrap().unwrap().user, account.user.id);

    let second = new_session(NOW);
    let taken = store.register(new_user("a@example.com"), second.clone()).await;
    assert!(matches!(taken, Err(StoreError::EmailTaken)));
    assert!(!is_there(&store, second.id).await);
    assert_eq!(store.sessions_of(account.user.id, NOW, 9).await.unwrap().len(), 1);
}

pub(crate) async fn no_session_is_opened_for_who_may_not_log_in(
    store: impl UserStore + SessionStore,
) {
    let change = async |id, change| store.change(id, change, NOW).await.unwrap().unwrap();
    let verified = async || account(&store, user(&store).await).await;
    let (disabled, gone) = (verified().await, verified().await);
    let (revoked, rehashed) = (verified().await, verified().await);
    change(disabled.user.id, Change { disabled: Some(true), ..Change::default() }).await;
    store.remove(gone.user.id).await.unwrap();
    change(revoked.user.id, Change { revoke_tokens: true, ..Change::default() }).await;
    let password = Change { password_hash: Some(other_hash()), ..Change::default() };
    change(rehashed.user.id, password).await;
    for verified in [&disabled, &gone, &revoked, &rehashed] {
        let session = new_session(NOW);
        assert!(!store.open(verified, session.clone()).await.unwrap());
        assert!(!is_there(&store, session.id).await);
    }
    for user in [disabled.user.id, rehashed.user.id] {
        assert_eq!(account(&store, user).await.last_login_at, None);
    }
    assert!(!open(&store, disabled.user.id, new_session(NOW)).await);
    for user in [revoked.user.id, rehashed.user.id] {
        assert!(open(&store, user, new_session(NOW)).await);
    }
}

pub(crate) async fn the_current_token_advances_the_session(store: impl UserStore + SessionStore) {
    let id = opened(&store, user(&store).await).await;
    for (token, after, expires_after) in
        [(0, 900_000, 1_900_000), (1, 1_700_000, 2_500_000), (2, 2_400_000, 2_500_000)]
    {
        let (now, expires_at) = (NOW + after, NOW + expires_after);
        let Advance::Advanced(session) = advance(&store, id, token, now).await else {
            panic!("token {token} did not advance the session");
        };
        assert_eq!((session.generation, session.last_used_at), (token + 1, now));
        assert_eq!((session.created_at, session.expires_at), (NOW, expires_at));
        assert_eq!(store.session(id).await.unwrap().as_deref(), Some(&session));
    }
}

pub(crate) async fn a_session_is_over_when_nobody_has_used_it_and_when_its_time_has_come(
    store: impl UserStore + SessionStore,
) {
    let user = user(&store).await;
    let idle = opened(&store, user).await;
    assert_eq!(advance(&store, idle, 0, NOW + 1_000_000).await, Advance::Unknown);
    let old = opened(&store, user).await;
    for (token, now) in [(0, 999_999), (1, 1_800_000), (2, 2_499_999)] {
        assert_eq!(successor(&advance(&store, old, token, NOW + now).await), Some(token + 1));
    }
    assert_eq!(advance(&store, old, 3, NOW + 2_500_000).await, Advance::Unknown);
    // What is over is not theft.
    assert_eq!(advance(&store, old, 0, NOW + 2_500_000).await, Advance::Unknown);
    assert_eq!(store.sessions_of(user, NOW + 2_500_000, 9).await.unwrap(), []);

    // Tokens expire with a second, and the session with that of its own expiry.
    let user = self::user(&store).await;
    let uneven = new_session(NOW + 999);
    assert!(open(&store, user, uneven.clone()).await);
    let listed = async |now| store.sessions_of(user, now, 9).await.unwrap().len();
    assert_eq!((listed(NOW + 999_999).await, listed(NOW + 1_000_000).await), (1, 0));
    assert_eq!(advance(&store, uneven.id, 0, NOW + 1_000_000).await, Advance::Unknown);
    assert_eq!(successor(&advance(&store, uneven.id, 0, NOW + 999_999).await), Some(1));
}

pub(crate) async fn the_token_before_gives_the_same_successor_for_a_while(
    store: impl UserStore + SessionStore,
) {
    let id = opened(&store, user(&store).await).await;
    let Advance::Advanced(session) = advance(&store, id, 0, NOW + 100).await else { panic!() };
    // To the last moment of the grace, and from an instance whose clock is behind.
    for now in [NOW + 100, NOW + 130, NOW + 50] {
        assert_eq!(advance(&store, id, 0, now).await, Advance::Repeated(session.clone()));
    }
    assert_eq!(successor(&advance(&store, id, 1, NOW + 140).await), Some(2));
}

pub(crate) async fn the_token_before_is_theft_when_the_grace_has_passed(
    store: impl UserStore + SessionStore,
) {
    let id = opened(&store, user(&store).await).await;
    let Advance::Advanced(session) = advance(&store, id, 0, NOW).await else { panic!() };
    assert_eq!(advance(&store, id, 0, NOW + 31).await, Advance::Reused(session));
    assert!(!is_there(&store, id).await);
    assert_eq!(advance(&store, id, 1, NOW + 31).await, Advance::Unknown);

    // A grace of 0 is none, also within the millisecond and where the clock is set back.
    for now in [NOW, NOW - 9] {
        let strict = opened(&store, user(&store).await).await;
        let rules = RefreshRules { grace: 0, ..RULES };
        let advance = async |now| store.advance(strict, 0, now, rules).await.unwrap();
        assert_eq!(successor(&advance(NOW).await), Some(1));
        assert!(matches!(advance(now).await, Advance::Reused(_)));
    }
}

pub(crate) async fn the_token_before_is_theft_when_its_successor_has_been_used(
    store: impl UserStore + SessionStore,
) {
    let id = opened(&store, user(&store).await).await;
    advance(&store, id, 0, NOW).await;
    advance(&store, id, 1, NOW).await;
    assert!(matches!(advance(&store, id, 0, NOW).await, Advance::Reused(_)));
    assert!(!is_there(&store, id).await);
    assert_eq!(advance(&store, id, 2, NOW).await, Advance::Unknown);
}

pub(crate) async fn a_token_that_is_yet_to_come_is_unknown_and_ends_nothing(
    store: impl UserStore + SessionStore,
) {
    let id = opened(&store, user(&store).await).await;
    for token in [1, 2, i64::MAX, -1_000_000] {
        let found = advance(&store, id, token, NOW).await;
        assert_eq!(found == Advance::Unknown, token > 0, "{token}");
        if token < 0 {
            return assert!(matches!(found, Advance::Reused(_)));
        }
        assert!(is_there(&store, id).await);
    }
}

pub(crate) async fn racing_refreshes_of_one_token_get_one_successor(
    store: impl UserStore + SessionStore,
) {
    let store = Arc::new(store);
    let id = opened(&*store, user(&*store).await).await;
    for round in 0..50 {
        let mut refreshes = JoinSet::new();
        for _ in 0..64 {
            let store = Arc::clone(&store);
            refreshes.spawn(async move { advance(&*store, id, round, NOW).await });
        }
        let found = refreshes.join_all().await;
        assert!(found.iter().all(|found| successor(found) == Some(round + 1)), "{found:?}");
        let advanced = found.iter().filter(|found| matches!(found, Advance::Advanced(_)));
        assert_eq!(advanced.count(), 1);
    }
}

pub(crate) async fn an_ended_session_is_gone_and_others_are_not(
    store: impl UserStore + SessionStore,
) {
    let (one, other) = (user(&store).await, user(&store).await);
    let (first, second) = (opened(&store, one).await, opened(&store, one).await);
    let theirs = opened(&store, other).await;
    assert!(store.end(first).await.unwrap());
    assert!(!store.end(first).await.unwrap());
    assert_eq!(advance(&store, first, 0, NOW).await, Advance::Unknown);
    assert!(is_there(&store, second).await && is_there(&store, theirs).await);

    let third = opened(&store, one).await;
    let end_own = async |user, session, ended| {
        store.end_own(user, &authorization(session), ended, NOW).await.unwrap()
    };
    assert_eq!(end_own(one, Some(third), EndedSessions::Others).await, Ok(true));
    assert!(!is_there(&store, second).await && is_there(&store, third).await);
    // Another user's session authorises nothing, and is not theirs to end.
    let inactive = Err(Unauthorized::TokenInactive);
    for ended in [EndedSessions::One(third), EndedSessions::Others, EndedSessions::All] {
        assert_eq!(end_own(one, Some(theirs), ended).await, inactive);
    }
    assert_eq!(end_own(one, Some(third), EndedSessions::One(theirs)).await, Ok(false));
    assert!(is_there(&store, third).await && is_there(&store, theirs).await);
    assert_eq!(account(&store, one).await.tokens_void_until, 0);
    assert_eq!(end_own(one, Some(third), EndedSessions::All).await, Ok(true));
    assert_eq!(account(&store, one).await.tokens_void_until, NOW);
    assert!(!is_there(&store, third).await && is_there(&store, theirs).await);
    // Each revocation is later than the one before, also where the clock stands still.
    assert_eq!(end_own(one, None, EndedSessions::All).await, Ok(true));
    assert_eq!(account(&store, one).await.tokens_void_until, NOW + 1);
    assert_eq!(end_own(one, None, EndedSessions::All).await, inactive);
    assert_eq!(end_own(other, None, EndedSessions::Others).await, Ok(true));
    assert!(!is_there(&store, theirs).await);
}

pub(crate) async fn sessions_are_listed_with_the_last_used_first(
    store: impl UserStore + SessionStore,
) {
    let user = user(&store).await;
    let mut ids = Vec::new();
    for now in [NOW, NOW + 1_000, NOW + 2_000] {
        let session = new_session(now);
        ids.push(session.id);
        assert!(open(&store, user, session).await);
    }
    advance(&store, ids[0], 0, NOW + 3_000).await;
    let listed = async |now, limit| {
        let sessions = store.sessions_of(user, now, limit).await.unwrap();
        sessions.into_iter().map(|session| session.id).collect::<Vec<_>>()
    };
    assert_eq!(listed(NOW, 9).await, [ids[0], ids[2], ids[1]]);
    assert_eq!(listed(NOW, 2).await, [ids[0], ids[2]]);
    // One of them goes on because it was refreshed.
    assert_eq!(listed(NOW + 1_002_000, 9).await, [ids[0]]);
}

pub(crate) async fn voiding_disabling_and_removing_end_the_sessions(
    store: impl UserStore + SessionStore,
) {
    let other = opened(&store, user(&store).await).await;
    for change in [
        Some(Change { revoke_tokens: true, ..Change::default() }),
        Some(Change { disabled: Some(true), ..Change::default() }),
        None,
    ] {
        let user = user(&store).await;
        let session = opened(&store, user).await;
        match change {
            Some(change) => drop(store.change(user, change, NOW).await.unwrap().unwrap()),
            None => assert!(store.remove(user).await.unwrap()),
        }
        assert!(!is_there(&store, session).await);
    }
    assert!(is_there(&store, other).await);
}

pub(crate) async fn another_change_ends_no_session(store: impl UserStore + SessionStore) {
    let user = user(&store).await;
    let session = opened(&store, user).await;
    let changes = Change { is_admin: Some(true), disabled: Some(false), ..Change::default() };
    store.change(user, changes, NOW).await.unwrap().unwrap();
    assert!(is_there(&store, session).await);
}

pub(crate) async fn password_change_revokes_all_and_opens_one_session(
    store: impl UserStore + SessionStore,
) {
    let user = user(&store).await;
    let (before, after) = (opened(&store, user).await, new_session(NOW + 5));
    let token = Authorization {
        password_hash: Some(account(&store, user).await.password_hash),
        ..authorization(Some(before))
    };
    let change = async |token: &Authorization, session: &NewSession| {
        store.change_password(user, token, other_hash(), session.clone()).await.unwrap()
    };
    assert_eq!(change(&token, &after).await, Ok(()));
    assert_eq!(store.sessions_of(user, NOW, 9).await.unwrap(), [after.clone().of(user)]);
    assert!(!is_there(&store, before).await);
    let changed = account(&store, user).await;
    assert_eq!(changed.password_hash, other_hash());
    assert_eq!((changed.changed_at, changed.tokens_void_until), (NOW + 5, NOW + 5));

    // The token went with its session, and the password is another one.
    let late = new_session(NOW + 6);
    assert_eq!(change(&token, &late).await, Err(Unauthorized::TokenInactive));
    let token = Authorization { session: Some(after.id), ..token };
    assert_eq!(change(&token, &late).await, Err(Unauthorized::PasswordChanged));
    assert_eq!(account(&store, user).await, changed);
    assert!(!is_there(&store, late.id).await && is_there(&store, after.id).await);

    // The mark of a clock that was ahead is no reason to keep a later revocation from counting.
    let token = Authorization { password_hash: Some(other_hash()), ..token };
    let behind = new_session(NOW + 1);
    assert_eq!(change(&token, &behind).await, Ok(()));
    assert_eq!(account(&store, user).await.tokens_void_until, NOW + 6);
}

pub(crate) async fn what_a_user_does_depends_on_token_status_and_password(
    store: impl UserStore + SessionStore,
) {
    let inactive = Err(Unauthorized::TokenInactive);
    let disable = Change { disabled: Some(true), ..Change::default() };
    let remove = async |user, token: &Authorization, now| {
        let removed = store.remove_own(user, token, now).await.unwrap();
        assert_eq!(store.by_id(user).await.unwrap().is_none(), removed.is_ok());
        removed
    };
    let user = user(&store).await;
    let session = opened(&store, user).await;
    let token = authorization(Some(session));
    let stale = Authorization { password_hash: Some(other_hash()), ..token.clone() };
    assert_eq!(remove(user, &stale, NOW).await, Err(Unauthorized::PasswordChanged));
    assert_eq!(remove(user, &token, token.expires_at * 1000).await, inactive);
    assert_eq!(remove(user, &authorization(Some(SessionId::random())), NOW).await, inactive);
    let absent = store.remove_own(UserId(i64::MAX), &token, NOW).await.unwrap();
    assert_eq!(absent, inactive);
    assert_eq!(remove(user, &token, token.expires_at * 1000 - 1).await, Ok(()));
    assert!(!is_there(&store, session).await);

    let disabled = self::user(&store).await;
    store.change(disabled, disable, NOW).await.unwrap().unwrap();
    assert_eq!(remove(disabled, &authorization(None), NOW).await, inactive);
    let token = authorization(None);
    let change = store.change_password(disabled, &token, other_hash(), new_session(NOW));
    assert_eq!(change.await.unwrap(), inactive);
    assert_eq!(store.sessions_of(disabled, NOW, 9).await.unwrap(), []);

    // A token of no session is rejected from the revocation on.
    let revoked = self::user(&store).await;
    let revoke = Change { revoke_tokens: true, ..Change::default() };
    store.change(revoked, revoke.clone(), NOW).await.unwrap().unwrap();
    let without_iat = Authorization { issued_at: None, ..authorization(None) };
    assert_eq!(remove(revoked, &without_iat, NOW).await, inactive);
    let older = Authorization { issued_at: Some(NOW), ..authorization(None) };
    assert_eq!(remove(revoked, &older, NOW).await, inactive);
    assert_eq!(remove(revoked, &authorization(None), NOW + 1).await, Ok(()));
}

pub(crate) async fn acts_that_race_with_a_logout_come_before_it_or_not_at_all(
    store: impl UserStore + SessionStore,
) {
    let store = Arc::new(store);
    for round in 0..20 {
        let user = user(&*store).await;
        let (session, other) = (opened(&*store, user).await, opened(&*store, user).await);
        let act = {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let token = authorization(Some(session));
                store.end_own(user, &token, EndedSessions::Others, NOW).await.unwrap()
            })
        };
        if round % 2 == 0 {
            tokio::task::yield_now().await;
        }
        assert!(store.end(session).await.unwrap());
        // The logout is acknowledged: if the other session is there now, it stays.
        let was_there = is_there(&*store, other).await;
        let acted = act.await.unwrap();
        assert_eq!(is_there(&*store, other).await, was_there);
        assert_eq!(acted.is_ok(), !was_there);
    }
}

pub(crate) async fn no_session_survives_a_voiding_that_it_races_with(
    store: impl UserStore + SessionStore,
) {
    let store = Arc::new(store);
    for _ in 0..10 {
        let user = user(&*store).await;
        let old = opened(&*store, user).await;
        let verified = account(&*store, user).await;
        let mut racing = JoinSet::new();
        for number in 0..8 {
            let (store, verified) = (Arc::clone(&store), verified.clone());
            racing.spawn(async move {
                if number % 2 == 0 {
                    store.open(&verified, new_session(NOW)).await.unwrap();
                } else {
                    advance(&*store, old, number / 2, NOW).await;
                }
            });
        }
        let revoke = Change { revoke_tokens: true, ..Change::default() };
        store.change(user, revoke, NOW).await.unwrap().unwrap();
        racing.join_all().await;
        assert_eq!(store.sessions_of(user, NOW, 99).await.unwrap(), []);
        assert!(open(&*store, user, new_session(NOW)).await);
    }
}

pub(crate) async fn what_is_over_is_forgotten_by_and_by(store: impl UserStore + SessionStore) {
    let user = user(&store).await;
    let mut over = Vec::new();
    for _ in 0..6 {
        over.push(opened(&store, user).await);
    }
    // Several with each that is opened, so that they never pile up.
    for _ in 0..2 {
        assert!(open(&store, user, new_session(NOW + 1_000_000)).await);
    }
    for id in over {
        assert!(!is_there(&store, id).await);
    }
    assert_eq!(store.sessions_of(user, NOW, 99).await.unwrap().len(), 2);
}

pub(crate) async fn what_became_of_a_session_here_is_recent_at_once(
    store: impl UserStore + SessionStore,
) {
    let user = user(&store).await;
    let recent = async |id| store.recent_session(id).await.unwrap();
    let (kept, other) = (new_session(NOW), new_session(NOW));
    assert_eq!(recent(kept.id).await, None);
    for session in [&kept, &other] {
        assert!(open(&store, user, session.clone()).await);
        assert_eq!(recent(session.id).await.as_deref(), Some(&session.clone().of(user)));
    }
    let account = store.by_id(user).await.unwrap().unwrap();
    assert_eq!(account.last_login_at, Some(NOW));
    assert_eq!(store.recent(user).await.unwrap(), Some(account.into()));
    let Advance::Advanced(session) = advance(&store, kept.id, 0, NOW + 1).await else { panic!() };
    assert_eq!(recent(kept.id).await.as_deref(), Some(&session));
    let kept_token = authorization(Some(kept.id));
    let ended = store.end_own(user, &kept_token, EndedSessions::Others, NOW).await.unwrap();
    assert_eq!(ended, Ok(true));
    assert_eq!(recent(other.id).await, None);
    assert!(recent(kept.id).await.is_some());
    assert!(store.end(kept.id).await.unwrap());
    assert_eq!(recent(kept.id).await, None);

    for change in [
        Some(Change { revoke_tokens: true, ..Change::default() }),
        Some(Change { disabled: Some(true), ..Change::default() }),
        None,
    ] {
        let user = self::user(&store).await;
        let session = opened(&store, user).await;
        assert!(recent(session).await.is_some());
        match change {
            Some(change) => drop(store.change(user, change, NOW).await.unwrap()),
            None => drop(store.remove(user).await.unwrap()),
        }
        assert_eq!(recent(session).await, None);
    }
    let thief = opened(&store, self::user(&store).await).await;
    advance(&store, thief, 0, NOW).await;
    assert!(recent(thief).await.is_some());
    assert!(matches!(advance(&store, thief, 0, NOW + 99).await, Advance::Reused(_)));
    assert_eq!(recent(thief).await, None);
}
