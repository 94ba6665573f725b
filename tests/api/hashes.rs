//! Rehashing and dummy hashes, at the use cases themselves.

use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use countersign::accounts::{Accounts, Administrator, NewAccount};
use countersign::audit::AuditTrail;
use countersign::auth::Secret;
use countersign::clock::SystemClock;
use countersign::credentials::{Attempts, Passwords};
use countersign::domain::{Email, Metadata, RequestContext, Timestamp, UserId};
use countersign::keys::SharedKeySet;
use countersign::login::{Credentials, Login, LoginOutcome};
use countersign::password::{
    Cost, HashingOptions, HashingPool, Password, PasswordHash, PasswordPolicy,
};
use countersign::sessions::{SessionOptions, Sessions, TokenSession};
use countersign::store::memory::MemoryStore;
use countersign::store::{Effects, Insertion, NewUser, Store, UserStore};
use countersign::throttle::{Throttle, ThrottleOptions};
use countersign::token::TokenOptions;
use tokio::time::Instant;

const EMAIL: &str = "ada@example.com";
const NEW: &str = "another horse battery";
/// Of `pässwörd`, by passlib 1.7.4.
const BCRYPT: &str = "$2b$05$yXc.dGBioh04Y/.G5by4XeO5rHe5h7.EssIovmpY7R9CaYnCnL2G2";

/// How often durations are measured: at least, and at most on a machine that is busy.
const MIN_ROUNDS: usize = 5;
const ROUNDS: usize = 100;

fn password(text: &str) -> Password {
    Password::new(text.to_owned()).unwrap()
}

/// A store with one user, and the use cases in front of it.
struct Fixture {
    store: Arc<MemoryStore>,
    login: Login,
    accounts: Accounts,
    user: UserId,
}

impl Fixture {
    async fn new(cost: Cost, password_hash: PasswordHash) -> Self {
        let memory = Arc::new(MemoryStore::new());
        let email = Email::parse(EMAIL).unwrap();
        let created_at = Timestamp::UNIX_EPOCH;
        let user = NewUser {
            email,
            email_verified: false,
            password_hash,
            is_admin: false,
            disabled: false,
            metadata: Metadata::default(),
            created_at,
        };
        let inserted = memory.insert(user, &|_| Some(Effects::none())).await.unwrap();
        let Insertion::Inserted(account) = inserted else { panic!("{inserted:?}") };
        let options = HashingOptions { cost, ..HashingOptions::on_threads(NonZeroUsize::new(1)) };
        let passwords =
            Passwords::new(HashingPool::start(options).unwrap(), PasswordPolicy::default());
        let store: Arc<dyn Store> = Arc::<MemoryStore>::clone(&memory);
        let clock = Arc::new(SystemClock);
        let tokens = TokenOptions {
            keys: SharedKeySet::from_secret(&Secret::random().unwrap()),
            lifetime: Duration::from_secs(20),
            issuer: None,
            audience: None,
            claims: Vec::new(),
        };
        let options = SessionOptions::default();
        let throttle =
            Throttle::new(ThrottleOptions { enabled: false, ..ThrottleOptions::default() });
        let sessions =
            Sessions::new(Arc::clone(&store), &tokens, options, throttle.clone(), clock.clone());
        let audit = AuditTrail::new(Arc::clone(&store), clock.clone());
        let attempts = Attempts::new(throttle, audit, tokens.keys.clone(), clock.clone());
        Self {
            store: memory,
            login: Login::new(
                Arc::clone(&store),
                passwords.clone(),
                attempts,
                Arc::new(sessions),
                clock.clone(),
            ),
            accounts: Accounts::new(store, passwords, clock),
            user: account.user.id,
        }
    }

    async fn set_password(&self, new: &str) {
        let operator = Administrator::operator();
        self.accounts.set_password(self.user, password(new), &operator).await.unwrap();
    }

    async fn logs_in(&self, email: &str, text: &str) -> bool {
        let credentials = Credentials { email: email.to_owned(), password: Some(password(text)) };
        let context = RequestContext::default();
        let outcome = self.login.attempt(&credentials, TokenSession, &context).await.unwrap();
        matches!(outcome, LoginOutcome::LoggedIn(_))
    }

    /// The shortest of several logins that fail, for each of two addresses: by turns, so that both
    /// meet the machine as it is, and until the condition holds.
    async fn shortest(
        &self,
        emails: [&str; 2],
        is_alike: impl Fn([Duration; 2]) -> bool,
    ) -> [Duration; 2] {
        let mut shortest = [Duration::MAX; 2];
        for round in 0..ROUNDS {
            if round >= MIN_ROUNDS && is_alike(shortest) {
                break;
            }
            for (email, shortest) in emails.into_iter().zip(&mut shortest) {
                let start = Instant::now();
                assert!(!self.logs_in(email, "wrong horse battery").await);
                *shortest = start.elapsed().min(*shortest);
            }
        }
        shortest
    }
}

#[tokio::test]
async fn login_that_races_with_a_new_password_does_not_restore_the_old_one() {
    let cheap = Cost::new(64, 1, 1).unwrap();
    let fixture = Fixture::new(cheap, PasswordHash::parse(BCRYPT).unwrap()).await;
    {
        let mut login = pin!(fixture.logs_in(EMAIL, "pässwörd"));
        // Up to its verification, of a hash that it has read.
        assert!(login.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        fixture.set_password(NEW).await;
        let _ = login.await;
    }
    assert!(!fixture.logs_in(EMAIL, "pässwörd").await);
    assert!(fixture.logs_in(EMAIL, NEW).await);
    let account = fixture.store.by_id(fixture.user).await.unwrap().unwrap();
    let hash = account.password_hash.to_string();
    assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
}

#[tokio::test]
async fn login_of_an_unknown_address_costs_what_is_configured() {
    // A thousandth of the default.
    let cost = Cost::new(64, 1, 1).unwrap();
    let fixture = Fixture::new(cost, PasswordHash::none()).await;
    fixture.set_password(NEW).await;
    let is_alike = |[wrong, unknown]: [Duration; 2]| unknown < wrong * 20;
    let times = fixture.shortest([EMAIL, "bob@example.com"], is_alike).await;
    assert!(is_alike(times), "{times:?}, the second one of an unknown address");
}

#[tokio::test]
async fn login_to_an_account_without_a_password_takes_as_long_as_with_a_wrong_one() {
    let fixture = Fixture::new(Cost::default(), PasswordHash::none()).await;
    let other = Email::parse("bob@example.com").unwrap();
    let new = NewAccount {
        email: other.clone(),
        email_verified: false,
        password: password(NEW),
        is_admin: false,
        disabled: false,
        metadata: Metadata::default(),
    };
    fixture.accounts.create(new, &Administrator::operator()).await.unwrap();
    let is_alike = |[none, wrong]: [Duration; 2]| none * 2 > wrong && none < wrong * 2;
    let times = fixture.shortest([EMAIL, other.as_str()], is_alike).await;
    assert!(is_alike(times), "{times:?}, the second one with a wrong password");
}

/// An empty password takes a verification, too.
#[tokio::test]
async fn login_with_an_empty_password_takes_as_long_as_with_a_wrong_one() {
    let fixture = Fixture::new(Cost::default(), PasswordHash::none()).await;
    let credentials = Credentials { email: EMAIL.to_owned(), password: None };
    let [mut empty, mut wrong] = [Duration::MAX; 2];
    for round in 0..ROUNDS {
        if round >= MIN_ROUNDS && empty * 2 > wrong {
            break;
        }
        let start = Instant::now();
        let outcome =
            fixture.login.attempt(&credentials, TokenSession, &RequestContext::default()).await;
        empty = start.elapsed().min(empty);
        assert!(matches!(outcome.unwrap(), LoginOutcome::Rejected));
        let start = Instant::now();
        assert!(!fixture.logs_in(EMAIL, "wrong horse battery").await);
        wrong = start.elapsed().min(wrong);
    }
    assert!(empty * 2 > wrong, "{empty:?}, and {wrong:?} with a wrong password");
}
