//! Rehashing and dummy hashes, at the use cases themselves.

use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use countersign::accounts::{AccountOptions, Accounts};
use countersign::clock::SystemClock;
use countersign::domain::{Email, UserId};
use countersign::password::{
    Cost, HashingOptions, HashingPool, Password, PasswordHash, PasswordPolicy,
};
use countersign::store::memory::MemoryStore;
use countersign::store::{NewUser, UserStore};
use tokio::time::Instant;

const EMAIL: &str = "ada@example.com";
const NEW: &str = "another horse battery";
/// Of `pässwörd`, by passlib 1.7.4.
const BCRYPT: &str = "$2b$05$yXc.dGBioh04Y/.G5by4XeO5rHe5h7.EssIovmpY7R9CaYnCnL2G2";

fn password(text: &str) -> Password {
    Password::new(text.to_owned()).unwrap()
}

async fn accounts(cost: Cost, hash: PasswordHash) -> (Arc<MemoryStore>, Accounts, UserId) {
    let store = Arc::new(MemoryStore::new());
    let email = Email::parse(EMAIL).unwrap();
    let user =
        NewUser { email, password_hash: hash, is_admin: false, disabled: false, created_at: 0 };
    let id = store.insert(user).await.unwrap().user.id;
    let options = HashingOptions { cost, ..HashingOptions::on_threads(NonZeroUsize::new(1)) };
    let pool = HashingPool::start(options).unwrap();
    let options = AccountOptions { open_registration: false, policy: PasswordPolicy::default() };
    let users: Arc<dyn UserStore> = Arc::<MemoryStore>::clone(&store);
    (store, Accounts::new(users, pool, options, Arc::new(SystemClock)), id)
}

#[tokio::test]
async fn login_that_races_with_a_new_password_does_not_restore_the_old_one() {
    let cheap = Cost::new(64, 1, 1).unwrap();
    let (store, accounts, id) = accounts(cheap, PasswordHash::parse(BCRYPT).unwrap()).await;
    {
        let mut login = pin!(accounts.authenticate(EMAIL, password("pässwörd")));
        // Up to its verification, of a hash that it has read.
        assert!(login.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        accounts.set_password(id, password(NEW)).await.unwrap();
        let _ = login.await;
    }
    assert!(accounts.authenticate(EMAIL, password("pässwörd")).await.unwrap().is_none());
    assert!(accounts.authenticate(EMAIL, password(NEW)).await.unwrap().is_some());
    let hash = store.by_id(id).await.unwrap().unwrap().password_hash.to_string();
    assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
}

/// The shortest of several logins that fail, for each of two addresses: by turns, so that both meet the
/// machine as it is.
async fn shortest(accounts: &Accounts, emails: [&str; 2]) -> [Duration; 2] {
    let mut shortest = [Duration::MAX; 2];
    for _ in 0..15 {
        for (email, shortest) in emails.into_iter().zip(&mut shortest) {
            let start = Instant::now();
            let found = accounts.authenticate(email, password("wrong horse battery")).await;
            *shortest = start.elapsed().min(*shortest);
            assert!(found.unwrap().is_none());
        }
    }
    shortest
}

#[tokio::test]
async fn login_of_an_unknown_address_costs_what_is_configured() {
    // A thousandth of the default.
    let cost = Cost::new(64, 1, 1).unwrap();
    let (_, accounts, id) = accounts(cost, PasswordHash::none()).await;
    accounts.set_password(id, password(NEW)).await.unwrap();
    let [wrong, unknown] = shortest(&accounts, [EMAIL, "bob@example.com"]).await;
    assert!(unknown < wrong * 20, "{unknown:?}, and {wrong:?} with a wrong password");
}

#[tokio::test]
async fn login_to_an_account_without_a_password_takes_as_long_as_with_a_wrong_one() {
    let (_, accounts, _) = accounts(Cost::default(), PasswordHash::none()).await;
    let other = Email::parse("bob@example.com").unwrap();
    accounts.create(other.clone(), password(NEW), false).await.unwrap();
    let [none, wrong] = shortest(&accounts, [EMAIL, other.as_str()]).await;
    assert!(none * 2 > wrong, "{none:?}, and {wrong:?} with a wrong password");
    assert!(none < wrong * 2, "{none:?}, and {wrong:?} with a wrong password");
}
