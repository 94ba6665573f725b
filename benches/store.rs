//! What the stores cost, with a thousand and with a million users: look-ups must not grow.
//!
//! ```sh
//! cargo bench --bench store
//! ```
//!
//! PostgreSQL takes part where `COUNTERSIGN_TEST_POSTGRES` names an empty database. Filling it with
//! a million users takes a minute or two; `-- 1000/` picks the small ones.
#![allow(missing_docs, reason = "criterion's macros make public functions")]
#![allow(clippy::unwrap_used, reason = "a benchmark fails so")]

use std::sync::Arc;

use countersign::password::{Cost, PasswordHash};
use countersign::store::memory::MemoryStore;
use countersign::store::sql::{SqlOptions, SqlStore};
use countersign::store::{NewUser, UserStore};
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

async fn sql(url: &str) -> Arc<dyn UserStore> {
    let store = SqlStore::new(&url.parse().unwrap(), SqlOptions::default()).unwrap();
    store.migrate(true).await.unwrap();
    Arc::new(store)
}

fn stores(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut group = criterion.benchmark_group("store");
    for users in [1_000, 1_000_000] {
        let file = folder.path().join(format!("{users}.db"));
        let mut stores: Vec<(&str, Arc<dyn UserStore>)> = vec![
            ("memory", Arc::new(MemoryStore::new())),
            ("sqlite", runtime.block_on(sql(&format!("sqlite:{}", file.display())))),
        ];
        if let Ok(url) = std::env::var("COUNTERSIGN_TEST_POSTGRES") {
            stores.push(("postgres", runtime.block_on(sql(&url))));
        }
        for (name, store) in stores {
            let id = |what: &str| BenchmarkId::new(format!("{name}/{what}"), users);
            let mut is_full = false;
            let mut number = 0;
            // Strides over all users, so that neighbours are not asked for in a row.
            let mut next = move || {
                number = (number + 7_919) % users;
                number
            };
            for what in ["by_id", "by_email"] {
                let by_id = what == "by_id";
                group.bench_function(id(what), |bencher| {
                    if !is_full {
                        runtime.block_on(fill(&*store, users));
                        is_full = true;
                    }
                    bencher.iter(|| {
                        let number = next();
                        runtime.block_on(async {
                            if by_id {
                                store.by_id(UserId(i64::from(number) + 1)).await.unwrap()
                            } else {
                                store.by_email(&email(number)).await.unwrap()
                            }
                        })
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
