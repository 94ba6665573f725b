//! Users, sessions and short forms of the store's methods, without effects.

use std::net::IpAddr;
use std::time::Duration;

use countersign::domain::{ClientInfo, Email, Metadata, SessionId, Timestamp, UserId};
use countersign::password::{Cost, PasswordHash};
use countersign::store::{
    Account, Authority, Authorization, Deletion, Effects, Insertion, NewSession, NewUser, Opening,
    PresentedToken, Registration, Rotation, RotationRules, Store, UpdatedUser, UserChange,
    UserUpdate,
};

/// The current time of the tests, in Unix milliseconds.
pub(crate) const NOW: i64 = 1_800_000_000_000;

/// A session expires 1,000 s after its last refresh; the grace is 30 ms.
pub(crate) const RULES: RotationRules =
    RotationRules { idle_timeout: Duration::from_secs(1000), grace: Duration::from_millis(30) };

/// So many milliseconds after [`NOW`].
pub(crate) fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(NOW + milliseconds)
}

pub(crate) fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

/// A different hash for each number of passes.
pub(crate) fn hash(passes: u32) -> PasswordHash {
    PasswordHash::dummy(Cost::new(64, passes, 1).unwrap())
}

pub(crate) fn new_user(text: &str) -> NewUser {
    NewUser {
        email_verified: false,
        email: email(text),
        password_hash: hash(1),
        is_admin: false,
        disabled: false,
        metadata: Metadata::default(),
        created_at: at(0),
    }
}

/// A client with this user agent at this address.
pub(crate) fn client(user_agent: &str, address: &str) -> ClientInfo {
    let address: IpAddr = address.parse().unwrap();
    ClientInfo { user_agent: Some(user_agent.to_owned()), address: Some(address) }
}

pub(crate) fn curl() -> ClientInfo {
    client("curl/8.5.0", "192.0.2.1")
}

/// A session that expires after 1,000 s without a refresh, and after 2,500 s.
pub(crate) fn new_session(now: i64) -> NewSession {
    NewSession {
        id: SessionId::random(),
        created_at: at(now),
        idle_expires_at: at(now + 1_000_000),
        absolute_expires_at: at(now + 2_500_000),
        client: curl(),
    }
}

pub(crate) fn authorization(session: Option<SessionId>) -> Authorization {
    Authorization { session, issued_at: Some(at(1)), expires_at: at(900_000), password_hash: None }
}

pub(crate) async fn insert(store: &impl Store, user: NewUser) -> Result<Account, Insertion> {
    match store.insert(user, &|_| Some(Effects::none())).await.unwrap() {
        Insertion::Inserted(account) => Ok(account),
        outcome => Err(outcome),
    }
}

pub(crate) async fn insert_many(store: &impl Store, users: Vec<NewUser>) -> Vec<bool> {
    store.insert_many(users, &|_| Some(Effects::none())).await.unwrap()
}

/// A user with an address of its own.
pub(crate) async fn user(store: &impl Store) -> UserId {
    let user = new_user(&format!("{}@example.com", SessionId::random()));
    insert(store, user).await.unwrap().user.id
}

pub(crate) async fn account(store: &impl Store, user: UserId) -> Account {
    store.by_id(user).await.unwrap().unwrap()
}

pub(crate) async fn register(
    store: &impl Store,
    user: NewUser,
    session: NewSession,
) -> Result<Account, Registration> {
    match store.register(user, session, &|_| Some(Effects::none())).await.unwrap() {
        Registration::Registered(account) => Ok(account),
        outcome => Err(outcome),
    }
}

/// Opens a session of a verified account; whether it was opened.
pub(crate) async fn open(store: &impl Store, verified: &Account, session: NewSession) -> bool {
    let opening = store.open(verified, session, &|_| Some(Effects::none())).await.unwrap();
    opening == Opening::Opened
}

/// A session of a user, opened at [`NOW`].
pub(crate) async fn opened(store: &impl Store, user: UserId) -> SessionId {
    let session = new_session(0);
    let id = session.id;
    assert!(open(store, &account(store, user).await, session).await);
    id
}

/// Presents a token as [`curl`], so many milliseconds after [`NOW`].
pub(crate) async fn present(
    store: &impl Store,
    session: SessionId,
    generation: i64,
    now: i64,
) -> Rotation {
    present_by(store, session, generation, now, curl()).await
}

pub(crate) async fn present_by(
    store: &impl Store,
    session: SessionId,
    generation: i64,
    now: i64,
    client: ClientInfo,
) -> Rotation {
    let token = PresentedToken { session, generation, client, now: at(now) };
    store.rotate(&token, RULES, &|_| Some(Effects::none())).await.unwrap()
}

/// The generation of the issued refresh token.
pub(crate) fn issued(rotation: &Rotation) -> Option<i64> {
    match rotation {
        Rotation::Rotated(session) | Rotation::Retried(session) => Some(session.generation),
        _ => None,
    }
}

/// Ends a session; whether it existed.
pub(crate) async fn end(store: &impl Store, session: SessionId) -> bool {
    store.end(session, &|_| Some(Effects::none())).await.unwrap().is_some()
}

pub(crate) async fn exists(store: &impl Store, session: SessionId) -> bool {
    store.session(session).await.unwrap().is_some()
}

pub(crate) async fn update(
    store: &impl Store,
    user: UserId,
    change: UserChange,
    now: i64,
) -> UserUpdate {
    let none = |_: &UpdatedUser| Some(Effects::none());
    store.update_user(user, &change, &Authority::Operator, at(now), &none).await.unwrap().unwrap()
}

/// A change that is made, or of a user who does not exist.
async fn changed(
    store: &impl Store,
    user: UserId,
    change: UserChange,
    now: i64,
) -> Option<Account> {
    match update(store, user, change, now).await {
        UserUpdate::Updated(account) | UserUpdate::Unchanged(account) => Some(account),
        UserUpdate::NotFound => None,
        outcome => panic!("{outcome:?}"),
    }
}

pub(crate) async fn set_admin(
    store: &impl Store,
    user: UserId,
    is_admin: bool,
    now: i64,
) -> Option<Account> {
    changed(store, user, UserChange { is_admin: Some(is_admin), ..UserChange::default() }, now)
        .await
}

pub(crate) async fn disable(store: &impl Store, user: UserId, now: i64) -> Option<Account> {
    changed(store, user, UserChange { disabled: Some(true), ..UserChange::default() }, now).await
}

pub(crate) async fn enable(store: &impl Store, user: UserId, now: i64) -> Option<Account> {
    changed(store, user, UserChange { disabled: Some(false), ..UserChange::default() }, now).await
}

pub(crate) async fn set_password(store: &impl Store, user: UserId, now: i64) -> Option<Account> {
    let (authority, effects) = (Authority::Operator, Effects::none());
    store.set_password(user, hash(2), &authority, at(now), effects).await.unwrap().unwrap()
}

/// Ends all sessions of a user as an operator; whether the user exists.
pub(crate) async fn revoke(store: &impl Store, user: UserId, now: i64) -> bool {
    let (authority, effects) = (Authority::Operator, Effects::none());
    store.end_sessions(user, None, &authority, at(now), effects).await.unwrap().unwrap()
}

/// Deletes a user; whether it existed.
pub(crate) async fn delete(store: &impl Store, user: UserId) -> bool {
    delete_with(store, user, Effects::none()).await == Deletion::Deleted
}

pub(crate) async fn delete_with(store: &impl Store, user: UserId, effects: Effects) -> Deletion {
    store.delete_user(user, &Authority::Operator, at(0), effects).await.unwrap().unwrap()
}
