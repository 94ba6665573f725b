//! The contract of a store: rotation of refresh tokens.

use std::sync::Arc;
use std::time::Duration;

use countersign::domain::{ClientInfo, SessionId};
use countersign::store::{Effects, PresentedToken, Rotation, RotationRules, Session, Store};
use tokio::task::JoinSet;

use crate::support::{
    RULES, account, at, client, curl, end, exists, issued, new_session, open, opened, present,
    present_by, user,
};

/// The same user agent in another network.
fn elsewhere() -> ClientInfo {
    client("curl/8.5.0", "198.51.100.7")
}

fn rotated(rotation: Rotation) -> Session {
    match rotation {
        Rotation::Rotated(session) => session,
        other => panic!("not rotated: {other:?}"),
    }
}

pub(crate) async fn current_token_is_rotated(store: impl Store) {
    let id = opened(&store, user(&store).await).await;
    for (token, after, expires_after) in
        [(0, 900_000, 1_900_000), (1, 1_700_000, 2_500_000), (2, 2_400_000, 2_500_000)]
    {
        let session = rotated(present(&store, id, token, after).await);
        assert_eq!((session.generation, session.parent), (token + 1, Some(token)));
        assert_eq!((session.last_used_at, session.created_at), (at(after), at(0)));
        assert_eq!(session.idle_expires_at, at(expires_after));
        assert_eq!(store.session(id).await.unwrap(), Some(session));
    }
}

pub(crate) async fn expired_session_is_not_rotated(store: impl Store) {
    let user = user(&store).await;
    let idle = opened(&store, user).await;
    assert_eq!(present(&store, idle, 0, 1_000_000).await, Rotation::NotFound);
    let old = opened(&store, user).await;
    for (token, now) in [(0, 999_999), (1, 1_800_000), (2, 2_499_999)] {
        assert_eq!(issued(&present(&store, old, token, now).await), Some(token + 1));
    }
    assert_eq!(present(&store, old, 3, 2_500_000).await, Rotation::NotFound);
    // An old token of an expired session is no reuse.
    assert_eq!(present(&store, old, 0, 2_500_000).await, Rotation::NotFound);
    assert_eq!(store.sessions_of(user, at(2_500_000), 9).await.unwrap(), []);

    // Expiry is the beginning of its second.
    let user = self::user(&store).await;
    let uneven = new_session(999);
    assert!(open(&store, &account(&store, user).await, uneven.clone()).await);
    let count = async |now| store.sessions_of(user, at(now), 9).await.unwrap().len();
    assert_eq!((count(999_999).await, count(1_000_000).await), (1, 0));
    assert_eq!(present(&store, uneven.id, 0, 1_000_000).await, Rotation::NotFound);
    assert_eq!(issued(&present(&store, uneven.id, 0, 999_999).await), Some(1));
}

pub(crate) async fn parent_within_the_grace_gets_the_same_successor(store: impl Store) {
    let id = opened(&store, user(&store).await).await;
    let session = rotated(present(&store, id, 0, 100).await);
    // To the last millisecond of the grace, and by an instance whose clock is behind.
    for now in [100, 130, 50] {
        assert_eq!(present(&store, id, 0, now).await, Rotation::Retried(session.clone()));
    }
    assert_eq!(issued(&present(&store, id, 1, 140).await), Some(2));
}

pub(crate) async fn parent_after_the_grace_gets_a_new_successor(store: impl Store) {
    let id = opened(&store, user(&store).await).await;
    present(&store, id, 0, 0).await;
    for (now, successor) in [(31, 2), (900_000, 3), (1_800_000, 4)] {
        let Rotation::Retried(session) = present(&store, id, 0, now).await else { panic!() };
        assert_eq!((session.generation, session.parent), (successor, Some(0)));
        assert_eq!(session.last_used_at, at(now));
        assert_eq!(store.session(id).await.unwrap(), Some(session));
    }
    // Within the grace of the new one, the same again; then the session goes on with it.
    assert_eq!(issued(&present(&store, id, 0, 1_800_030).await), Some(4));
    assert_eq!(issued(&present(&store, id, 4, 1_800_040).await), Some(5));
}

pub(crate) async fn replaced_successor_is_reuse(store: impl Store) {
    let id = opened(&store, user(&store).await).await;
    present(&store, id, 0, 0).await;
    assert_eq!(issued(&present(&store, id, 0, 31).await), Some(2));
    // The successor of which the response was thought lost: two parties have the session.
    let Rotation::ReuseDetected(session) = present(&store, id, 1, 40).await else { panic!() };
    assert_eq!(session.generation, 2);
    assert!(!exists(&store, id).await);
    assert_eq!(present(&store, id, 2, 40).await, Rotation::NotFound);
}

pub(crate) async fn without_a_grace_a_parent_gets_a_new_successor_at_once(store: impl Store) {
    let strict = RotationRules { grace: Duration::ZERO, ..RULES };
    let id = opened(&store, user(&store).await).await;
    let present = async |now| {
        let token = PresentedToken { session: id, generation: 0, client: curl(), now: at(now) };
        issued(&store.rotate(&token, strict, &|_| Some(Effects::none())).await.unwrap())
    };
    // Also within the millisecond, and where the clock was set back.
    assert_eq!(
        [present(0).await, present(0).await, present(-9).await],
        [Some(1), Some(2), Some(3)]
    );
}

pub(crate) async fn parent_of_a_used_token_is_reuse(store: impl Store) {
    let id = opened(&store, user(&store).await).await;
    present(&store, id, 0, 0).await;
    present(&store, id, 1, 0).await;
    assert!(matches!(present(&store, id, 0, 0).await, Rotation::ReuseDetected(_)));
    assert!(!exists(&store, id).await);
    assert_eq!(present(&store, id, 2, 0).await, Rotation::NotFound);
}

pub(crate) async fn token_of_a_later_generation_is_not_found_and_ends_nothing(store: impl Store) {
    // As after a restore from a backup.
    let id = opened(&store, user(&store).await).await;
    for generation in [1, 2, i64::MAX] {
        assert_eq!(present(&store, id, generation, 0).await, Rotation::NotFound);
        assert!(exists(&store, id).await);
    }
}

pub(crate) async fn token_of_a_negative_generation_is_reuse(store: impl Store) {
    let id = opened(&store, user(&store).await).await;
    assert!(matches!(present(&store, id, -1, 0).await, Rotation::ReuseDetected(_)));
}

pub(crate) async fn aborted_rotation_changes_nothing(store: impl Store) {
    let id = opened(&store, user(&store).await).await;
    let token = PresentedToken { session: id, generation: 0, client: curl(), now: at(5) };
    let before = store.session(id).await.unwrap();
    assert_eq!(store.rotate(&token, RULES, &|_| None).await.unwrap(), Rotation::Aborted);
    assert_eq!(store.session(id).await.unwrap(), before);
}

pub(crate) async fn racing_rotations_of_one_token_issue_one_successor(store: impl Store) {
    let store = Arc::new(store);
    let id = opened(&*store, user(&*store).await).await;
    for round in 0..20 {
        let mut rotations = JoinSet::new();
        for _ in 0..64 {
            let store = Arc::clone(&store);
            rotations.spawn(async move { present(&*store, id, round, 0).await });
        }
        let found = rotations.join_all().await;
        assert!(found.iter().all(|found| issued(found) == Some(round + 1)), "{found:?}");
        let rotated = found.iter().filter(|found| matches!(found, Rotation::Rotated(_)));
        assert_eq!(rotated.count(), 1);
    }
}

pub(crate) async fn third_retry_in_a_row_by_another_client_is_reuse(store: impl Store) {
    let other_agent = client("python-requests/2", "192.0.2.1");
    for thief in [elsewhere(), other_agent, ClientInfo::default()] {
        let id = opened(&store, user(&store).await).await;
        present(&store, id, 0, 0).await;
        for _ in 0..2 {
            let retry = present_by(&store, id, 0, 1, thief.clone()).await;
            assert_eq!(issued(&retry), Some(1), "{thief:?}");
        }
        let third = present_by(&store, id, 0, 1, thief).await;
        assert!(matches!(third, Rotation::ReuseDetected(_)), "{third:?}");
        assert!(!exists(&store, id).await);
    }
}

pub(crate) async fn thief_who_follows_each_rotation_is_found_at_the_third(store: impl Store) {
    let id = opened(&store, user(&store).await).await;
    for generation in 0..3 {
        rotated(present(&store, id, generation, generation * 1000).await);
        let now = generation * 1000 + 10;
        let retry = present_by(&store, id, generation, now, elsewhere()).await;
        let is_found = matches!(retry, Rotation::ReuseDetected(_));
        assert_eq!(is_found, generation == 2, "{retry:?}");
    }
    assert!(!exists(&store, id).await);
}

pub(crate) async fn rotation_without_a_foreign_retry_resets_the_count(store: impl Store) {
    let id = opened(&store, user(&store).await).await;
    // A client that changes its network now and then, and loses a response each time.
    for generation in 0..20 {
        let now = generation * 1000;
        rotated(present(&store, id, generation, now).await);
        if generation % 2 == 0 {
            let retry = present_by(&store, id, generation, now + 10, elsewhere()).await;
            assert_eq!(issued(&retry), Some(generation + 1));
        }
    }
    assert!(exists(&store, id).await);
}

pub(crate) async fn retries_from_one_ipv6_network_are_not_foreign(store: impl Store) {
    let address = |host: &str| client("Firefox", &format!("2001:db8:1:2::{host}"));
    let id = opened(&store, user(&store).await).await;
    rotated(present_by(&store, id, 0, 0, address("1")).await);
    for host in ["2", "3:4", "ffff", "5"] {
        let retry = present_by(&store, id, 0, 1, address(host)).await;
        assert_eq!(issued(&retry), Some(1), "{host}");
    }
    // An IPv4 address, and the same one mapped to IPv6.
    let id = opened(&store, user(&store).await).await;
    rotated(present_by(&store, id, 0, 0, client("a", "192.0.2.7")).await);
    for _ in 0..4 {
        let retry = present_by(&store, id, 0, 1, client("a", "::ffff:192.0.2.7")).await;
        assert_eq!(issued(&retry), Some(1));
    }
}

pub(crate) async fn ended_session_is_not_rotated(store: impl Store) {
    let id = opened(&store, user(&store).await).await;
    assert!(end(&store, id).await);
    for id in [id, SessionId::random()] {
        assert_eq!(present(&store, id, 0, 0).await, Rotation::NotFound);
    }
}
