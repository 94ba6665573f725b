//! Memory and SQLite agree on any sequence of operations, look-ups from the cache included.

use std::time::Duration;

use countersign::domain::{ClientInfo, Email, Metadata, SessionId, Timestamp, UserId};
use countersign::store::memory::MemoryStore;
use countersign::store::{
    Account, Authority, Authorization, CallerStatus, Effects, EndedSessions, NewSession, NewUser,
    PasswordChange, PresentedToken, Rotation, RotationRules, Session, Store, UpdatedUser,
    UserChange, UserUpdate,
};
use proptest::prelude::*;
use tokio::runtime::Runtime;

use crate::databases;
use crate::support::{curl, delete_with, end, hash, insert, insert_many, open};

#[derive(Clone, Debug)]
enum Step {
    Insert {
        email: u8,
        is_admin: bool,
    },
    InsertMany {
        emails: Vec<u8>,
    },
    Rehash {
        id: i64,
        expected: u32,
        hash: u32,
    },
    SetPassword {
        id: i64,
    },
    SetAdmin {
        id: i64,
        is_admin: bool,
    },
    SetDisabled {
        id: i64,
        disabled: bool,
    },
    SetEmail {
        id: i64,
        email: u8,
    },
    Open {
        id: i64,
        /// Whether tokens were revoked since the password was verified.
        stale: bool,
        hash: u32,
    },
    ChangePassword {
        id: i64,
        token: Token,
    },
    EndOwn {
        id: i64,
        token: Token,
        ended: EndedSessions,
    },
    DeleteOwn {
        id: i64,
        token: Token,
    },
    Rotate {
        session: u128,
        presented: i64,
        is_foreign: bool,
    },
    End {
        session: u128,
    },
    Delete {
        id: i64,
    },
    Look {
        id: i64,
        email: u8,
    },
    Page {
        after: i64,
        limit: u32,
    },
}

/// What a user authorises an act with.
#[derive(Clone, Debug)]
struct Token {
    session: Option<u128>,
    /// Steps since it was issued.
    age: Option<i64>,
    hash: Option<u32>,
}

impl Token {
    fn authorization(&self, now: i64) -> Authorization {
        Authorization {
            session: self.session.map(name),
            issued_at: self.age.map(|age| time(now - age * STEP)),
            expires_at: time(now + 5_000),
            password_hash: self.hash.map(hash),
        }
    }
}

fn token() -> impl Strategy<Value = Token> {
    let session = proptest::option::weighted(0.7, 0..6_u128);
    let hash = proptest::option::weighted(0.3, 1..3_u32);
    (session, proptest::option::of(0..9_i64), hash).prop_map(|(session, age, hash)| Token {
        session,
        age,
        hash,
    })
}

fn ended() -> impl Strategy<Value = EndedSessions> {
    prop_oneof![
        (0..6_u128).prop_map(|session| EndedSessions::One(name(session))),
        Just(EndedSessions::Others),
        Just(EndedSessions::All),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let id = 0..8_i64;
    let step = prop_oneof![
        3 => (0..6_u8, any::<bool>()).prop_map(|(email, is_admin)| Step::Insert { email, is_admin }),
        1 => proptest::collection::vec(0..6_u8, 0..5).prop_map(|emails| Step::InsertMany { emails }),
        1 => (id.clone(), 1..3_u32, 1..3_u32)
            .prop_map(|(id, expected, hash)| Step::Rehash { id, expected, hash }),
        1 => id.clone().prop_map(|id| Step::SetPassword { id }),
        1 => (id.clone(), any::<bool>()).prop_map(|(id, is_admin)| Step::SetAdmin { id, is_admin }),
        1 => (id.clone(), any::<bool>())
            .prop_map(|(id, disabled)| Step::SetDisabled { id, disabled }),
        1 => (id.clone(), 0..6_u8).prop_map(|(id, email)| Step::SetEmail { id, email }),
        4 => (id.clone(), proptest::bool::weighted(0.2), prop_oneof![4 => Just(1), 1 => Just(2)])
            .prop_map(|(id, stale, hash)| Step::Open { id, stale, hash }),
        1 => (id.clone(), token()).prop_map(|(id, token)| Step::ChangePassword { id, token }),
        2 => (id.clone(), token(), ended())
            .prop_map(|(id, token, ended)| Step::EndOwn { id, token, ended }),
        1 => (id.clone(), token()).prop_map(|(id, token)| Step::DeleteOwn { id, token }),
        4 => (0..6_u128, 0..4_i64, any::<bool>()).prop_map(|(session, presented, is_foreign)| {
            Step::Rotate { session, presented, is_foreign }
        }),
        1 => (0..6_u128).prop_map(|session| Step::End { session }),
        1 => id.clone().prop_map(|id| Step::Delete { id }),
        1 => (id.clone(), 0..6_u8).prop_map(|(id, email)| Step::Look { id, email }),
        1 => (id, 0..4_u32).prop_map(|(after, limit)| Step::Page { after, limit }),
    ];
    proptest::collection::vec(step, 1..40)
}

fn time(milliseconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(milliseconds)
}

fn email(number: u8) -> Email {
    Email::parse(&format!("{number}@example.com")).unwrap()
}

fn new_user(number: u8, is_admin: bool) -> NewUser {
    let (email, password_hash, created_at) = (email(number), hash(1), time(5));
    NewUser {
        email,
        email_verified: number.is_multiple_of(2),
        password_hash,
        is_admin,
        disabled: false,
        metadata: Metadata::default(),
        created_at,
    }
}

/// The time between two steps, in milliseconds: not of whole seconds.
const STEP: i64 = 700;
/// Sessions expire after ten steps and twenty; the grace is two.
const RULES: RotationRules = RotationRules {
    idle_timeout: Duration::from_millis(10 * STEP.unsigned_abs()),
    grace: Duration::from_millis(2 * STEP.unsigned_abs()),
};

fn name(number: u128) -> SessionId {
    SessionId::parse(&format!("{number:032x}")).unwrap()
}

fn new_session(id: SessionId, now: i64) -> NewSession {
    NewSession {
        id,
        created_at: time(now),
        idle_expires_at: time(now + 10 * STEP),
        absolute_expires_at: time(now + 20 * STEP),
        client: curl(),
    }
}

/// A store, and the ids it has given, by which users are numbered: stores may leave ids out.
struct Subject<S> {
    store: S,
    ids: Vec<UserId>,
    /// How many sessions have been opened, by which they are named.
    opened: u128,
}

impl<S: Store> Subject<S> {
    fn new(store: S) -> Self {
        Self { store, ids: Vec::new(), opened: 0 }
    }

    /// The id of the user with this number; one that was never given where there is none.
    fn id(&self, number: i64) -> UserId {
        let known = usize::try_from(number).ok().and_then(|number| self.ids.get(number));
        known.copied().unwrap_or(UserId(i64::MAX))
    }

    fn shown(&self, accounts: impl IntoIterator<Item = Account>) -> String {
        let numbered = accounts.into_iter().map(|mut account| {
            let number = self.ids.iter().position(|id| *id == account.user.id).unwrap();
            account.user.id = UserId(i64::try_from(number).unwrap());
            let hash = account.password_hash.to_string();
            format!("{account:?} {hash}")
        });
        numbered.collect::<Vec<_>>().join(", ")
    }

    fn shown_sessions(&self, sessions: impl IntoIterator<Item = Session>) -> String {
        let numbered = sessions.into_iter().map(|mut session| {
            let number = self.ids.iter().position(|id| *id == session.user).unwrap();
            session.user = UserId(i64::try_from(number).unwrap());
            format!("{session:?}")
        });
        numbered.collect::<Vec<_>>().join(", ")
    }

    async fn learn_ids(&mut self) {
        let last = self.ids.last().copied().unwrap_or(UserId(0));
        let new = self.store.page(last, 1000).await.unwrap();
        self.ids.extend(new.into_iter().map(|account| account.user.id));
    }

    fn next_session(&mut self, now: i64) -> NewSession {
        self.opened += 1;
        new_session(name(self.opened - 1), now)
    }

    async fn update(&self, id: i64, change: UserChange, now: i64) -> String {
        let none = |_: &UpdatedUser| Some(Effects::none());
        let (id, operator) = (self.id(id), Authority::Operator);
        let updated = self.store.update_user(id, &change, &operator, time(now), &none).await;
        match updated.unwrap().unwrap() {
            UserUpdate::Updated(account) => format!("updated {}", self.shown([account])),
            UserUpdate::Unchanged(account) => format!("unchanged {}", self.shown([account])),
            outcome => format!("{outcome:?}"),
        }
    }

    /// Takes a step, and says what it shows.
    #[expect(clippy::too_many_lines, reason = "one arm per operation")]
    async fn take(&mut self, step: Step, now: i64) -> String {
        match step {
            Step::Insert { email, is_admin } => {
                match insert(&self.store, new_user(email, is_admin)).await {
                    Err(outcome) => format!("{outcome:?}"),
                    Ok(account) => {
                        self.learn_ids().await;
                        self.shown([account])
                    }
                }
            }
            Step::InsertMany { emails } => {
                let users = emails.into_iter().map(|email| new_user(email, false)).collect();
                let inserted = insert_many(&self.store, users).await;
                self.learn_ids().await;
                format!("{inserted:?}")
            }
            Step::Rehash { id, expected, hash: new } => {
                let (id, expected) = (self.id(id), hash(expected));
                let rehashed = self.store.rehash(id, &expected, hash(new), time(now)).await;
                self.shown(rehashed.unwrap())
            }
            Step::SetPassword { id } => {
                let (id, by, effects) = (self.id(id), Authority::Operator, Effects::none());
                let set = self.store.set_password(id, hash(2), &by, time(now), effects).await;
                self.shown(set.unwrap().unwrap())
            }
            Step::SetAdmin { id, is_admin } => {
                let change = UserChange { is_admin: Some(is_admin), ..UserChange::default() };
                self.update(id, change, now).await
            }
            Step::SetDisabled { id, disabled } => {
                let change = UserChange { disabled: Some(disabled), ..UserChange::default() };
                self.update(id, change, now).await
            }
            Step::Open { id: user, stale, hash: passes } => {
                let Some(mut verified) = self.store.by_id(self.id(user)).await.unwrap() else {
                    return String::new();
                };
                let session = self.next_session(now);
                if stale {
                    let before = verified.tokens_valid_after.milliseconds() - 1;
                    verified.tokens_valid_after = time(before);
                }
                if passes > 1 {
                    verified.password_hash = hash(passes);
                }
                open(&self.store, &verified, session).await.to_string()
            }
            Step::ChangePassword { id, token } => {
                let change = PasswordChange {
                    user: self.id(id),
                    authorization: token.authorization(now),
                    password_hash: hash(2),
                    session: self.next_session(now),
                };
                let changed = self.store.change_password(change, Effects::none()).await;
                format!("{:?}", changed.unwrap())
            }
            Step::EndOwn { id, token, ended } => {
                let (id, token) = (self.id(id), token.authorization(now));
                let ended = self.store.end_own(id, &token, ended, time(now), Effects::none());
                format!("{:?}", ended.await.unwrap())
            }
            Step::DeleteOwn { id, token } => {
                let (id, token) = (self.id(id), token.authorization(now));
                let deleted = self.store.delete_own(id, &token, time(now), Effects::none());
                format!("{:?}", deleted.await.unwrap())
            }
            Step::Rotate { session, presented, is_foreign } => {
                let client = if is_foreign { ClientInfo::default() } else { curl() };
                let token = PresentedToken {
                    session: name(session),
                    generation: presented,
                    client,
                    now: time(now),
                };
                let effects = |_: &Rotation| Some(Effects::none());
                match self.store.rotate(&token, RULES, &effects).await.unwrap() {
                    Rotation::Rotated(it) => format!("rotated {}", self.shown_sessions([it])),
                    Rotation::Retried(it) => format!("retried {}", self.shown_sessions([it])),
                    Rotation::ReuseDetected(it) => format!("reuse {}", self.shown_sessions([it])),
                    outcome => format!("{outcome:?}"),
                }
            }
            Step::End { session } => end(&self.store, name(session)).await.to_string(),
            Step::SetEmail { id, email: number } => {
                let change = UserChange { email: Some(email(number)), ..UserChange::default() };
                self.update(id, change, now).await
            }
            Step::Delete { id } => {
                format!("{:?}", delete_with(&self.store, self.id(id), Effects::none()).await)
            }
            Step::Look { id, email: number } => {
                let id = self.id(id);
                let by_id = self.store.by_id(id).await.unwrap();
                let by_email = self.store.by_email(&email(number)).await.unwrap();
                let sessions = self.store.sessions_of(id, time(now), 3).await.unwrap();
                for number in 0..self.opened {
                    let session = self.store.session(name(number)).await.unwrap();
                    let session = session.filter(|session| session.user == id);
                    let expected = by_id.clone().map(|account| CallerStatus {
                        user: account.user,
                        disabled: account.disabled,
                        tokens_valid_after: account.tokens_valid_after,
                        session_expires_at: session.as_ref().map(|session| session.idle_expires_at),
                        session_used_at: session.map(|session| session.last_used_at),
                    });
                    // An expired session may have been deleted in between.
                    let active = |status: Option<CallerStatus>| {
                        status.map(|status| {
                            let is_active =
                                |expiry: &Timestamp| expiry.seconds() > time(now).seconds();
                            let session_expires_at = status.session_expires_at.filter(is_active);
                            let session_used_at = session_expires_at.and(status.session_used_at);
                            CallerStatus { session_expires_at, session_used_at, ..status }
                        })
                    };
                    let status = self.store.resolve(id, Some(name(number))).await.unwrap();
                    assert_eq!(active(status), active(expected));
                }
                let (by_id, by_email) = (self.shown(by_id), self.shown(by_email));
                format!("{by_id} and {by_email} with {}", self.shown_sessions(sessions))
            }
            Step::Page { after, limit } => {
                self.shown(self.store.page(self.id(after), limit).await.unwrap())
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn memory_and_sqlite_agree_on_any_sequence_of_steps(steps in steps()) {
        Runtime::new().unwrap().block_on(async {
            let database = databases::sqlite();
            let mut memory = Subject::new(MemoryStore::new());
            let mut sqlite = Subject::new(database.store().await);
            for (now, step) in (10..).map(|number| number * STEP).zip(steps) {
                let expected = memory.take(step.clone(), now).await;
                prop_assert_eq!(sqlite.take(step, now).await, expected);
            }
            Ok(())
        })?;
    }
}
