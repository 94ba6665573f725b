//! What a password hash costs: with each engine, the default, the others that are as strong, and one made elsewhere.
//!
//! ```sh
//! cargo bench --bench hash
//! ```
#![allow(missing_docs, reason = "criterion's macros make public functions")]
#![allow(clippy::unwrap_used, reason = "a benchmark fails so")]

use std::num::NonZeroUsize;

use countersign::password::{
    Cost, Engine, HashingOptions, HashingPool, Origin, Password, PasswordHash,
};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use tokio::runtime::Builder;

fn pool(cost: Cost) -> HashingPool {
    let options = HashingOptions::on_threads(Some(NonZeroUsize::MIN));
    HashingPool::start(HashingOptions { cost, ..options }).unwrap()
}

fn hashes(criterion: &mut Criterion) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let password = Password::new("correct horse battery".to_owned()).unwrap();
    let mut group = criterion.benchmark_group("hash");
    group.sample_size(20);
    for engine in Engine::available() {
        let options = HashingOptions::on_threads(Some(NonZeroUsize::MIN));
        let pool = HashingPool::start(HashingOptions { engine, ..options }).unwrap();
        group.bench_function(BenchmarkId::new("engine", engine), |bencher| {
            bencher
                .iter(|| runtime.block_on(pool.hash(password.clone(), Origin::default())).unwrap());
        });
    }
    for cost in Cost::strong() {
        let pool = pool(cost);
        group.bench_function(BenchmarkId::new("new", cost), |bencher| {
            bencher
                .iter(|| runtime.block_on(pool.hash(password.clone(), Origin::default())).unwrap());
        });
    }
    let pool = pool(Cost::default());
    let bcrypt = "$2b$06$I16FQY1KNGYXe6hiXeta3.b70vw6ID19nX9sNvcezbFI75LKIisfS";
    let stored = [
        ("argon2id", PasswordHash::dummy(Cost::default())),
        ("bcrypt, cost 6", PasswordHash::parse(bcrypt).unwrap()),
    ];
    for (name, hash) in stored {
        group.bench_function(BenchmarkId::new("verify", name), |bencher| {
            bencher.iter(|| {
                runtime
                    .block_on(pool.verify(password.clone(), hash.clone(), Origin::default()))
                    .unwrap()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, hashes);
criterion_main!(benches);
