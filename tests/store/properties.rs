//! Memory and SQLite agree, whatever is done to them, also where what was read is kept.

use std::sync::Arc;

use countersign::domain::{Email, SessionId, UserId};
use countersign::password::{Cost, PasswordHash};
use countersign::store::memory::MemoryStore;
use countersign::store::{
    Account, Advance, Authorization, Change, EndedSessions, NewSession, NewUser, RefreshRules,
    Session, SessionStore, Standing, StoreError, UserStore,
};
use proptest::prelude::*;
use tokio::runtime::Runtime;

use crate::cached::cached;
use crate::databases;

#[derive(Clone, Debug)]
enum Step {
    Insert {
        email: u8,
        is_admin: bool,
    },
    InsertMany {
        emails: Vec<u8>,
    },
    Change {
        id: i64,
        expected: Option<u32>,
        hash: Option<u32>,
        disabled: Option<bool>,
        revoke_tokens: bool,
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
    RemoveOwn {
        id: i64,
        token: Token,
    },
    Advance {
        session: u128,
        presented: i64,
    },
    End {
        session: u128,
    },
    Remove {
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
            issued_at: self.age.map(|age| now - age * STEP),
            expires_at: now / 1000 + 5,
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
    let passes = || proptest::option::of(1..3_u32);
    let step = prop_oneof![
        3 => (0..6_u8, any::<bool>()).prop_map(|(email, is_admin)| Step::Insert { email, is_admin }),
        1 => proptest::collection::vec(0..6_u8, 0..5).prop_map(|emails| Step::InsertMany { emails }),
        3 => (id.clone(), passes(), passes(), any::<Option<bool>>(), any::<bool>())
            .prop_map(|(id, expected, hash, disabled, revoke_tokens)| {
                Step::Change { id, expected, hash, disabled, revoke_tokens }
            }),
        4 => (id.clone(), proptest::bool::weighted(0.2), prop_oneof![4 => Just(1), 1 => Just(2)])
            .prop_map(|(id, stale, hash)| Step::Open { id, stale, hash }),
        1 => (id.clone(), token()).prop_map(|(id, token)| Step::ChangePassword { id, token }),
        2 => (id.clone(), token(), ended())
            .prop_map(|(id, token, ended)| Step::EndOwn { id, token, ended }),
        1 => (id.clone(), token()).prop_map(|(id, token)| Step::RemoveOwn { id, token }),
        4 => (0..6_u128, 0..4_i64).prop_map(|(session, presented)| Step::Advance { session, presented }),
        1 => (0..6_u128).prop_map(|session| Step::End { session }),
        1 => id.clone().prop_map(|id| Step::Remove { id }),
        1 => (id.clone(), 0..6_u8).prop_map(|(id, email)| Step::Look { id, email }),
        1 => (id, 0..4_u32).prop_map(|(after, limit)| Step::Page { after, limit }),
    ];
    proptest::collection::vec(step, 1..40)
}

fn email(number: u8) -> Email {
    Email::parse(&format!("{number}@example.com")).unwrap()
}

fn hash(passes: u32) -> PasswordHash {
    PasswordHash::dummy(Cost::new(64, passes, 1).unwrap())
}

fn new_user(number: u8, is_admin: bool) -> NewUser {
    let password_hash = hash(1);
    NewUser { email: email(number), password_hash, is_admin, disabled: false, created_at: 5 }
}

/// The time between two steps, in milliseconds: not of whole seconds.
const STEP: i64 = 700;
/// Sessions last ten steps and twenty, and a token is good for two more.
const RULES: RefreshRules = RefreshRules { idle: 10 * STEP, grace: 2 * STEP };

fn name(number: u128) -> SessionId {
    SessionId::parse(&format!("{number:032x}")).unwrap()
}

fn new_session(id: SessionId, now: i64) -> NewSession {
    NewSession {
        id,
        created_at: now,
        expires_at: now + 10 * STEP,
        ends_at: now + 20 * STEP,
        user_agent: None,
        address: Some("127.0.0.1".to_owned()),
    }
}

/// A store, and the ids it has given, by which users are numbered: stores may leave ids out.
struct Subject<S> {
    store: S,
    ids: Vec<UserId>,
    /// How many sessions have been opened, by which they are named.
    opened: u128,
}

impl<S: UserStore + SessionStore> Subject<S> {
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

    /// Takes a step, and says what it shows.
    async fn take(&mut self, step: Step, now: i64) -> String {
        match step {
            Step::Insert { email, is_admin } => {
                match self.store.insert(new_user(email, is_admin)).await {
                    Err(StoreError::EmailTaken) => "taken".to_owned(),
                    account => {
                        self.learn_ids().await;
                        self.shown([account.unwrap()])
                    }
                }
            }
            Step::InsertMany { emails } => {
                let users = emails.into_iter().map(|email| new_user(email, false)).collect();
                let kept = self.store.insert_many(users).await.unwrap();
                self.learn_ids().await;
                format!("{kept:?}")
            }
            Step::Change { id, expected, hash: new, disabled, revoke_tokens } => {
                let change = Change {
                    expected_hash: expected.map(hash),
                    password_hash: new.map(hash),
                    disabled,
                    revoke_tokens,
                    ..Change::default()
                };
                self.shown(self.store.change(self.id(id), change, now).await.unwrap())
            }
            Step::Open { id: user, stale, hash: passes } => {
                let Some(mut verified) = self.store.by_id(self.id(user)).await.unwrap() else {
                    return String::new();
                };
                let session = self.next_session(now);
                verified.tokens_void_until -= i64::from(stale);
                if passes > 1 {
                    verified.password_hash = hash(passes);
                }
                self.store.open(&verified, session).await.unwrap().to_string()
            }
            Step::ChangePassword { id, token } => {
                let (token, session) = (token.authorization(now), self.next_session(now));
                let changed = self.store.change_password(self.id(id), &token, hash(2), session);
                format!("{:?}", changed.await.unwrap())
            }
            Step::EndOwn { id, token, ended } => {
                let token = token.authorization(now);
                let ended = self.store.end_own(self.id(id), &token, ended, now).await.unwrap();
                format!("{ended:?}")
            }
            Step::RemoveOwn { id, token } => {
                let token = token.authorization(now);
                let removed = self.store.remove_own(self.id(id), &token, now);
                format!("{:?}", removed.await.unwrap())
            }
            Step::Advance { session, presented } => {
                match self.store.advance(name(session), presented, now, RULES).await.unwrap() {
                    Advance::Advanced(it) => format!("advanced {}", self.shown_sessions([it])),
                    Advance::Repeated(it) => format!("repeated {}", self.shown_sessions([it])),
                    Advance::Reused(it) => format!("reused {}", self.shown_sessions([it])),
                    Advance::Unknown => "unknown".to_owned(),
                }
            }
            Step::End { session } => self.store.end(name(session)).await.unwrap().to_string(),
            Step::Remove { id } => self.store.remove(self.id(id)).await.unwrap().to_string(),
            Step::Look { id, email: number } => {
                let by_id = self.store.by_id(self.id(id)).await.unwrap();
                let by_email = self.store.by_email(&email(number)).await.unwrap();
                let sessions = self.store.sessions_of(self.id(id), now, 3).await.unwrap();
                let recent = self.store.recent(self.id(id)).await.unwrap();
                assert_eq!(recent, by_id.clone().map(Standing::from));
                for number in 0..self.opened {
                    // What is over may have been forgotten in between.
                    let live = |session: &Arc<Session>| !session.is_over(now);
                    let exact = self.store.session(name(number)).await.unwrap().filter(live);
                    let recent = self.store.recent_session(name(number)).await.unwrap();
                    assert_eq!(recent.filter(live), exact);
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
            let mut sqlite = Subject::new(cached(database.store().await));
            for (now, step) in (10..).map(|number| number * STEP).zip(steps) {
                let expected = memory.take(step.clone(), now).await;
                prop_assert_eq!(sqlite.take(step, now).await, expected);
            }
            Ok(())
        })?;
    }
}
