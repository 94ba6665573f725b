//! What every `SessionStore` promises.

use std::sync::Arc;

use countersign::password::{Cost, PasswordHash};
use countersign::store::{
    Account, Advance, Change, NewSession, NewUser, RefreshRules, Session, SessionStore, StoreError,
    UserStore,
};
use countersign::token::SessionId;
use countersign::user::{Email, UserId};
use tokio::task::JoinSet;

const NOW: i64 = 1_800_000_000_123;
/// A session lasts 1,000 without a refresh, and 2,500 in any case; a used token is good for 30.
const RULES: RefreshRules = RefreshRules { idle: 1_000, grace: 30 };

fn new_user(email: &str) -> NewUser {
    NewUser {
        email: Email::parse(email).unwrap(),
        password_hash: PasswordHash::decoy(Cost::new(64, 1, 1).unwrap()),
        is_admin: false,
        disabled: false,
        created_at: NOW,
    }
}

fn new_session(now: i64) -> NewSession {
    NewSession {
        id: SessionId::random(),
        created_at: now,
        expires_at: now + 1_000,
        ends_at: now + 2_500,
        user_agent: Some("curl/8.5.0".to_owned()),
        address: Some("192.0.2.1".to_owned()),
    }
}

async fn user(store: &impl UserStore) -> UserId {
    store.insert(new_user(&format!("{}@example.com", SessionId::random()))).await.unwrap().user.id
}

/// A session of a user, opened at `NOW`.
async fn opened(store: &impl SessionStore, user: UserId) -> SessionId {
    let session = new_session(NOW);
    let id = session.id;
    assert!(store.open(user, session, 0).await.unwrap());
    id
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
    assert!(store.open(user, session.clone(), 0).await.unwrap());
    let expected = Session {
        id: session.id,
        user,
        generation: 0,
        created_at: NOW + 5,
        last_used_at: NOW + 5,
        expires_at: NOW + 1_005,
        ends_at: NOW + 2_505,
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
    let (disabled, gone, voided) = (user(&store).await, user(&store).await, user(&store).await);
    change(disabled, Change { disabled: Some(true), ..Change::default() }).await;
    store.remove(gone).await.unwrap();
    change(voided, Change { tokens_void_until: Some(7), ..Change::default() }).await;
    for (user, void) in [(disabled, 0), (gone, 0), (voided, 0), (voided, 8)] {
        let session = new_session(NOW);
        assert!(!store.open(user, session.clone(), void).await.unwrap());
        assert!(!is_there(&store, session.id).await);
    }
    assert_eq!(store.by_id(disabled).await.unwrap().unwrap().last_login_at, None);
    assert!(store.open(voided, new_session(NOW), 7).await.unwrap());
}

pub(crate) async fn the_current_token_advances_the_session(store: impl UserStore + SessionStore) {
    let id = opened(&store, user(&store).await).await;
    for (token, now, expires_at) in
        [(0, NOW + 900, NOW + 1_900), (1, NOW + 1_700, NOW + 2_500), (2, NOW + 2_400, NOW + 2_500)]
    {
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
    assert_eq!(advance(&store, idle, 0, NOW + 1_000).await, Advance::Unknown);
    let old = opened(&store, user).await;
    for (token, now) in [(0, 900), (1, 1_800), (2, 2_499)] {
        assert_eq!(successor(&advance(&store, old, token, NOW + now).await), Some(token + 1));
    }
    assert_eq!(advance(&store, old, 3, NOW + 2_500).await, Advance::Unknown);
    // What is over is not theft.
    assert_eq!(advance(&store, old, 0, NOW + 2_500).await, Advance::Unknown);
    assert_eq!(store.sessions_of(user, NOW + 2_500, 9).await.unwrap(), []);
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
    store.end_others(one, Some(third)).await.unwrap();
    assert!(!is_there(&store, second).await && is_there(&store, third).await);
    // Somebody else's keeps nothing.
    store.end_others(one, Some(theirs)).await.unwrap();
    assert!(!is_there(&store, third).await && is_there(&store, theirs).await);
    store.end_others(other, None).await.unwrap();
    assert!(!is_there(&store, theirs).await);
}

pub(crate) async fn sessions_are_listed_with_the_last_used_first(
    store: impl UserStore + SessionStore,
) {
    let user = user(&store).await;
    let mut ids = Vec::new();
    for now in [NOW, NOW + 1, NOW + 2] {
        let session = new_session(now);
        ids.push(session.id);
        store.open(user, session, 0).await.unwrap();
    }
    advance(&store, ids[0], 0, NOW + 3).await;
    let listed = async |now, limit| {
        let sessions = store.sessions_of(user, now, limit).await.unwrap();
        sessions.into_iter().map(|session| session.id).collect::<Vec<_>>()
    };
    assert_eq!(listed(NOW, 9).await, [ids[0], ids[2], ids[1]]);
    assert_eq!(listed(NOW, 2).await, [ids[0], ids[2]]);
    // One of them goes on because it was refreshed.
    assert_eq!(listed(NOW + 1_002, 9).await, [ids[0]]);
}

pub(crate) async fn voiding_disabling_and_removing_end_the_sessions(
    store: impl UserStore + SessionStore,
) {
    let other = opened(&store, user(&store).await).await;
    for change in [
        Some(Change { tokens_void_until: Some(1), ..Change::default() }),
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

pub(crate) async fn a_change_opens_a_session_in_place_of_the_others(
    store: impl UserStore + SessionStore,
) {
    let user = user(&store).await;
    let (before, after) = (opened(&store, user).await, new_session(NOW));
    let change = |session| Change {
        tokens_void_until: Some(9),
        session: Some(session),
        ..Change::default()
    };
    store.change(user, change(after.clone()), NOW).await.unwrap().unwrap();
    let listed = store.sessions_of(user, NOW, 9).await.unwrap();
    assert_eq!(listed, [after.of(user)]);
    assert!(!is_there(&store, before).await);

    // Nor does one who was disabled in between get a session by it.
    let disabled = self::user(&store).await;
    let disable = Change { disabled: Some(true), ..Change::default() };
    let account = store.change(disabled, disable, NOW).await.unwrap();
    let theirs = new_session(NOW);
    assert_eq!(store.change(disabled, change(theirs.clone()), NOW + 1).await.unwrap(), None);
    assert_eq!(store.by_id(disabled).await.unwrap(), account);
    assert!(!is_there(&store, theirs.id).await);

    // A change that does not happen opens none.
    let stale = PasswordHash::decoy(Cost::new(64, 2, 1).unwrap());
    let late = new_session(NOW);
    let change = Change { expected_hash: Some(stale), ..change(late.clone()) };
    assert_eq!(store.change(user, change, NOW).await.unwrap(), None);
    assert!(!is_there(&store, late.id).await);
    assert_eq!(store.sessions_of(user, NOW, 9).await.unwrap(), listed);
}

pub(crate) async fn no_session_survives_a_voiding_that_it_races_with(
    store: impl UserStore + SessionStore,
) {
    let store = Arc::new(store);
    for _ in 0..10 {
        let user = user(&*store).await;
        let old = opened(&*store, user).await;
        let mut racing = JoinSet::new();
        for number in 0..8 {
            let store = Arc::clone(&store);
            racing.spawn(async move {
                if number % 2 == 0 {
                    store.open(user, new_session(NOW), 0).await.unwrap();
                } else {
                    advance(&*store, old, number / 2, NOW).await;
                }
            });
        }
        let void = Change { tokens_void_until: Some(5), ..Change::default() };
        let account: Account = store.change(user, void, NOW).await.unwrap().unwrap();
        racing.join_all().await;
        assert_eq!(store.sessions_of(user, NOW, 99).await.unwrap(), []);
        assert!(store.open(user, new_session(NOW), account.tokens_void_until).await.unwrap());
    }
}

pub(crate) async fn what_is_over_is_forgotten_by_and_by(store: impl UserStore + SessionStore) {
    let user = user(&store).await;
    let mut over = Vec::new();
    for _ in 0..6 {
        over.push(opened(&store, user).await);
    }
    for _ in 0..6 {
        assert!(store.open(user, new_session(NOW + 1_000), 0).await.unwrap());
    }
    for id in over {
        assert!(!is_there(&store, id).await);
    }
    assert_eq!(store.sessions_of(user, NOW, 99).await.unwrap().len(), 6);
}

pub(crate) async fn what_became_of_a_session_here_is_recent_at_once(
    store: impl UserStore + SessionStore,
) {
    let user = user(&store).await;
    let recent = async |id| store.recent_session(id).await.unwrap();
    let (kept, other) = (new_session(NOW), new_session(NOW));
    assert_eq!(recent(kept.id).await, None);
    for session in [&kept, &other] {
        assert!(store.open(user, session.clone(), 0).await.unwrap());
        assert_eq!(recent(session.id).await.as_deref(), Some(&session.clone().of(user)));
    }
    let account = store.by_id(user).await.unwrap().unwrap();
    assert_eq!(account.last_login_at, Some(NOW));
    assert_eq!(store.recent(user).await.unwrap(), Some(account.into()));
    let Advance::Advanced(session) = advance(&store, kept.id, 0, NOW + 1).await else { panic!() };
    assert_eq!(recent(kept.id).await.as_deref(), Some(&session));
    store.end_others(user, Some(kept.id)).await.unwrap();
    assert_eq!(recent(other.id).await, None);
    assert!(recent(kept.id).await.is_some());
    assert!(store.end(kept.id).await.unwrap());
    assert_eq!(recent(kept.id).await, None);

    for change in [
        Some(Change { tokens_void_until: Some(1), ..Change::default() }),
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
