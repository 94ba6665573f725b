//! What the stores cost, with a thousand and with a million users: look-ups must not grow.
//!
//! ```sh
//! cargo bench --bench store
//! ```
//!
//! PostgreSQL takes part where `COUNTERSIGN_TEST_POSTGRES` names a server; schemas are made there,
//! and dropped. Filling the stores with a million users takes a minute or two; `-- '/1000$'` picks
//! the small ones.
#![allow(missing_docs, reason = "criterion's macros make public functions")]
#![allow(clippy::unwrap_used, reason = "a benchmark fails so")]

#[path = "../tests/store/databases.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod databases;

use std::cell::Cell;
use std::sync::Arc;

use chrono::TimeDelta;
use countersign::clock::ManualClock;
use countersign::domain::{Email, Metadata, Timestamp, UserId};
use countersign::password::{Cost, PasswordHash};
use countersign::store::memory::MemoryStore;
use countersign::store::{CALLER_TTL, Effects, NewUser, Store};
use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use databases::TestDatabase;
use tokio::runtime::Runtime;

fn email(number: u32) -> Email {
    Email::parse(&format!("user-{number}@example.com")).unwrap()
}

/// A store with so many users.
struct Subject {
    name: &'static str,
    users: u32,
    is_full: Cell<bool>,
    store: Arc<dyn Store>,
    clock: Arc<ManualClock>,
    database: Option<TestDatabase>,
}

impl Subject {
    async fn all(users: u32) -> Vec<Self> {
        let clock = databases::clock();
        let memory = Arc::new(MemoryStore::new());
        let mut all = vec![Self {
            name: "memory",
            users,
            is_full: Cell::new(false),
            store: memory,
            clock,
            database: None,
        }];
        all.push(Self::sql("sqlite", users, databases::sqlite()).await);
        if let Some(database) = databases::postgres().await {
            all.push(Self::sql("postgres", users, database).await);
        }
        all
    }

    async fn sql(name: &'static str, users: u32, database: TestDatabase) -> Self {
        let clock = databases::clock();
        let store = database.store_with(Arc::clone(&clock)).await;
        Self {
            name,
            users,
            is_full: Cell::new(false),
            store: Arc::new(store),
            clock,
            database: Some(database),
        }
    }

    async fn fill(&self) {
        let password_hash = PasswordHash::dummy(Cost::default());
        for start in (0..self.users).step_by(1000) {
            let batch = (start..self.users.min(start + 1000)).map(|number| NewUser {
                email_verified: false,
                email: email(number),
                password_hash: password_hash.clone(),
                is_admin: false,
                disabled: false,
                metadata: Metadata::default(),
                created_at: Timestamp::UNIX_EPOCH,
            });
            let batch = batch.collect();
            self.store.insert_many(batch, &|_| Some(Effects::none())).await.unwrap();
        }
    }

    /// As the service does.
    async fn resolve(&self, id: UserId) -> bool {
        match self.store.cached(id, None) {
            Some(status) => status.is_some(),
            None => self.store.resolve(id, None).await.unwrap().is_some(),
        }
    }

    async fn ask(&self, question: Question, id: UserId, email: Email) {
        let found = match question {
            Question::ById => self.store.by_id(id).await.unwrap().is_some(),
            Question::ByEmail => self.store.by_email(&email).await.unwrap().is_some(),
            Question::CallerHit => self.resolve(id).await,
            Question::CallerMiss => {
                self.clock.advance(TimeDelta::from_std(CALLER_TTL).unwrap());
                self.resolve(id).await
            }
        };
        assert!(found);
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Question {
    ById,
    ByEmail,
    /// One of a thousand users who were asked for before.
    CallerHit,
    /// A user who was not asked for in the last second.
    CallerMiss,
}

const QUESTIONS: [(&str, Question); 4] = [
    ("by_id", Question::ById),
    ("by_email", Question::ByEmail),
    ("caller_hit", Question::CallerHit),
    ("caller_miss", Question::CallerMiss),
];

fn stores(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("store");
    let small = runtime.block_on(Subject::all(1_000));
    let large = runtime.block_on(Subject::all(1_000_000));
    for pair in small.iter().zip(&large) {
        // One after the other, so that what else the machine does is the same for both.
        for (what, question) in QUESTIONS {
            for subject in <[_; 2]>::from(pair) {
                let id = BenchmarkId::new(format!("{}/{what}", subject.name), subject.users);
                let asked = if question == Question::CallerHit { 1_000 } else { subject.users };
                let mut number = 0;
                // Strides over all users, so that neighbours are not asked for in a row.
                let mut next = move || {
                    number = (number + 7_919) % asked;
                    (UserId(i64::from(number) + 1), email(number))
                };
                group.bench_function(id, |bencher| {
                    if !subject.is_full.replace(true) {
                        runtime.block_on(subject.fill());
                    }
                    bencher.iter_batched(
                        &mut next,
                        |(id, email)| runtime.block_on(subject.ask(question, id, email)),
                        BatchSize::SmallInput,
                    );
                });
            }
        }
    }
    group.finish();
    for database in small.into_iter().chain(large).filter_map(|subject| subject.database) {
        runtime.block_on(database.remove());
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = stores
}
criterion_main!(benches);
