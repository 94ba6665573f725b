//! The contract of a store: look-ups of callers, which see every change through this store at once.

use countersign::domain::{SessionId, Timestamp, UserId};
use countersign::store::{
    Authorization, CallerStatus, Deletion, Effects, EndedSessions, PasswordChange, Rotation, Store,
};

use crate::support::{
    account, at, authorization, delete, disable, enable, end, hash, new_session, open, opened,
    present, set_admin, set_password, user,
};

/// The status, looked up twice: by the store, and then perhaps from its cache.
async fn resolve(
    store: &impl Store,
    user: UserId,
    session: Option<SessionId>,
) -> Option<CallerStatus> {
    let status = store.resolve(user, session).await.unwrap();
    let cached = store.cached(user, session).unwrap_or_else(|| status.clone());
    assert_eq!(cached, status);
    assert_eq!(store.resolve(user, session).await.unwrap(), status);
    status
}

async fn expiry(store: &impl Store, user: UserId, session: SessionId) -> Option<Timestamp> {
    resolve(store, user, Some(session)).await.and_then(|status| status.session_expires_at)
}

pub(crate) async fn caller_is_resolved_with_status_and_session(store: impl Store) {
    let (user, other) = (user(&store).await, user(&store).await);
    let (session, foreign) = (opened(&store, user).await, opened(&store, other).await);
    let expected = CallerStatus {
        user: account(&store, user).await.user,
        disabled: false,
        tokens_valid_after: Timestamp::UNIX_EPOCH,
        session_expires_at: None,
        session_used_at: None,
    };
    assert_eq!(resolve(&store, user, None).await, Some(expected.clone()));
    for unknown in [SessionId::random(), foreign] {
        assert_eq!(resolve(&store, user, Some(unknown)).await, Some(expected.clone()));
    }
    assert_eq!(expiry(&store, user, session).await, Some(at(1_000_000)));
    assert_eq!(expiry(&store, other, foreign).await, Some(at(1_000_000)));
    assert_eq!(resolve(&store, UserId(i64::MAX), Some(session)).await, None);
}

pub(crate) async fn changed_user_is_resolved_at_once(store: impl Store) {
    let user = user(&store).await;
    let session = opened(&store, user).await;
    let status = async || resolve(&store, user, Some(session)).await;
    assert!(!status().await.unwrap().disabled);
    set_admin(&store, user, true, 1).await.unwrap();
    let other = self::user(&store).await;
    set_admin(&store, other, true, 1).await.unwrap();
    assert!(status().await.unwrap().user.is_admin);
    disable(&store, user, 2).await.unwrap();
    let disabled = status().await.unwrap();
    assert_eq!((disabled.disabled, disabled.session_expires_at), (true, None));
    enable(&store, user, 3).await.unwrap();
    let enabled = status().await.unwrap();
    assert_eq!((enabled.disabled, enabled.tokens_valid_after), (false, at(3)));
    set_password(&store, user, 4).await.unwrap();
    assert_eq!(status().await.unwrap().tokens_valid_after, at(4));
    assert!(delete(&store, user).await);
    assert_eq!(status().await, None);
}

pub(crate) async fn changed_session_is_resolved_at_once(store: impl Store) {
    let user = user(&store).await;
    let new = new_session(0);
    assert_eq!(expiry(&store, user, new.id).await, None);
    assert!(open(&store, &account(&store, user).await, new.clone()).await);
    assert_eq!(expiry(&store, user, new.id).await, Some(at(1_000_000)));
    present(&store, new.id, 0, 5_000).await;
    assert_eq!(expiry(&store, user, new.id).await, Some(at(1_005_000)));
    assert!(end(&store, new.id).await);
    assert_eq!(expiry(&store, user, new.id).await, None);

    let (own, other) = (opened(&store, user).await, opened(&store, user).await);
    for ended in [EndedSessions::One(other), EndedSessions::Others, EndedSessions::All] {
        let third = opened(&store, user).await;
        for session in [own, other, third] {
            expiry(&store, user, session).await;
        }
        let token = authorization(Some(own));
        let result = store.end_own(user, &token, ended, at(0), Effects::none()).await.unwrap();
        assert_eq!(result, Ok(true));
        assert_eq!(expiry(&store, user, other).await, None);
        let stays = [own, third].map(|id| match ended {
            EndedSessions::One(_) => true,
            EndedSessions::Others => id == own,
            EndedSessions::All => false,
        });
        assert_eq!(expiry(&store, user, own).await.is_some(), stays[0], "{ended:?}");
        assert_eq!(expiry(&store, user, third).await.is_some(), stays[1], "{ended:?}");
    }
}

pub(crate) async fn reuse_and_own_changes_are_resolved_at_once(store: impl Store) {
    let user = user(&store).await;
    let stolen = opened(&store, user).await;
    present(&store, stolen, 0, 0).await;
    present(&store, stolen, 1, 0).await;
    assert!(expiry(&store, user, stolen).await.is_some());
    assert!(matches!(present(&store, stolen, 0, 0).await, Rotation::ReuseDetected(_)));
    assert_eq!(expiry(&store, user, stolen).await, None);

    let (before, after) = (opened(&store, user).await, new_session(1));
    assert!(expiry(&store, user, before).await.is_some());
    let authorization =
        Authorization { password_hash: Some(hash(1)), ..authorization(Some(before)) };
    let change = PasswordChange {
        user,
        authorization: authorization.clone(),
        password_hash: hash(2),
        session: after.clone(),
    };
    assert_eq!(store.change_password(change, Effects::none()).await.unwrap(), Ok(()));
    assert_eq!(expiry(&store, user, before).await, None);
    assert!(expiry(&store, user, after.id).await.is_some());
    let authorization =
        Authorization { session: Some(after.id), password_hash: Some(hash(2)), ..authorization };
    let deleted = store.delete_own(user, &authorization, at(2), Effects::none()).await.unwrap();
    assert_eq!(deleted, Ok(Deletion::Deleted));
    assert_eq!(resolve(&store, user, Some(after.id)).await, None);
}
