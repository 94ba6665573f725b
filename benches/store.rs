//! What the stores cost, with a thousand and with a million users: look-ups must not grow.
//!
//! ```sh
//! cargo bench --bench store
//! ```
//!
//! PostgreSQL takes part where `COUNTERSIGN_TEST_POSTGRES` names an empty database. Filling it with
//! a million users takes a minute or two; `-- '/1000$'` picks the small ones.
#![allow(missing_docs, reason = "criterion's macros make public functions")]
#![allow(clippy::unwrap_used, reason = "a benchmark fails so")]

use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use countersign::clock::ManualClock;
use countersign::password::{Cost, PasswordHash};
use countersign::store::cached::CachedStore;
use countersign::store::memory::MemoryStore;
use countersign::store::sql::{SqlOptions, SqlStore};
use countersign::store::{NewUser, STALENESS, UserStore};
use countersign::user::{Email, UserId};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use tokio::runtime::Runtime;

fn email(number: u32) -> Email {
    Email::parse(&format!("user-{number}@example.com")).unwrap()
}

async fn fill(store: &dyn UserStore, users: u32) {
    let password_hash = PasswordHash::decoy(Cost::default());
    for start in (0..users).step_by(1000) {
        let batch = (start..users.min(start + 1000)).map(|number| NewUser {
            email: email(number),
            password_hash: password_hash.clone(),
            is_admin: false,
            disabled: false,
            created_at: 0,
        });
        store.insert_many(batch.collect()).await.unwrap();
    }
}

/// A store, and what stands before it in the service.
struct Subject {
    name: &'static str,
    store: Arc<dyn UserStore>,
    cached: Arc<dyn UserStore>,
}

fn memory() -> Subject {
    let store = Arc::new(MemoryStore::new());
    Subject { name: "memory", store: store.clone(), cached: store }
}

async fn sql(name: &'static str, url: &str, clock: Arc<ManualClock>) -> Subject {
    let store = SqlStore::new(&url.parse().unwrap(), SqlOptions::default()).unwrap();
    store.migrate(true).await.unwrap();
    let cached = Arc::new(CachedStore::new(store.clone(), clock));
    Subject { name, store: Arc::new(store), cached }
}

/// What is asked, by the number of a user.
#[derive(Clone, Copy)]
enum Question {
    ById,
    ByEmail,
    /// One of a thousand users who were asked for before.
    RecentHit,
    /// A user who was not asked for in the last second.
    RecentMiss,
}

const QUESTIONS: [(&str, Question); 4] = [
    ("by_id", Question::ById),
    ("by_email", Question::ByEmail),
    ("recent_hit", Question::RecentHit),
    ("recent_miss", Question::RecentMiss),
];

impl Question {
    async fn ask(self, subject: &Subject, number: u32, clock: &ManualClock) {
        let id = |number| UserId(i64::from(number) + 1);
        match self {
            Self::ById => drop(subject.store.by_id(id(number)).await.unwrap()),
            Self::ByEmail => drop(subject.store.by_email(&email(number)).await.unwrap()),
            Self::RecentHit => drop(subject.cached.recent(id(number % 1000)).await.unwrap()),
            Self::RecentMiss => {
                clock.advance(TimeDelta::from_std(STALENESS).unwrap());
                drop(subject.cached.recent(id(number)).await.unwrap());
            }
        }
    }
}

fn stores(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut group = criterion.benchmark_group("store");
    for users in [1_000, 1_000_000] {
        let file = folder.path().join(format!("{users}.db"));
        let clock = Arc::new(ManualClock::starting_at(DateTime::UNIX_EPOCH));
        let sql = |name, url: &str| runtime.block_on(sql(name, url, clock.clone()));
        let mut subjects = vec![memory(), sql("sqlite", &format!("sqlite:{}", file.display()))];
        if let Ok(url) = std::env::var("COUNTERSIGN_TEST_POSTGRES") {
            subjects.push(sql("postgres", &url));
        }
        for subject in subjects {
            let id = |what: &str| BenchmarkId::new(format!("{}/{what}", subject.name), users);
            let mut is_full = false;
            let mut number = 0;
            // Strides over all users, so that neighbours are not asked for in a row.
            let mut next = move || {
                number = (number + 7_919) % users;
                number
            };
            for (what, question) in QUESTIONS {
                group.bench_function(id(what), |bencher| {
                    if !is_full {
                        runtime.block_on(fill(&*subject.store, users));
                        is_full = true;
                    }
                    bencher.iter(|| {
                        let number = next();
                        runtime.block_on(question.ask(&subject, number, &clock));
                    });
                });
            }
        }
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = stores
}
criterion_main!(benches);
