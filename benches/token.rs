//! What it costs to issue and to verify a token, for each algorithm.
//!
//! ```sh
//! cargo bench --bench token
//! ```
#![allow(missing_docs, reason = "criterion's macros make public functions")]
#![allow(clippy::unwrap_used, reason = "a benchmark fails so")]

use std::time::Duration;

use clap::ValueEnum;
use countersign::domain::{SessionId, UserId};
use countersign::token::{
    Grant, Key, KeyAlgorithm, KeyRing, KeySet, TokenIssuer, TokenOptions, TokenVerifier,
};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

const NOW: i64 = 1_800_000_000;

fn tokens(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("token");
    for algorithm in KeyAlgorithm::value_variants() {
        let options = TokenOptions {
            keys: KeyRing::new(KeySet::new(Key::generate(*algorithm).unwrap())),
            lifetime: Duration::from_mins(15),
            issuer: None,
            audience: None,
        };
        let (issuer, verifier) = (TokenIssuer::new(&options), TokenVerifier::new(&options));
        let grant = Grant {
            user: UserId(1),
            session: Some(SessionId::random()),
            issued_at: NOW * 1000,
            expires_at: NOW + issuer.lifetime(),
        };
        let token = issuer.issue(&grant).unwrap();
        group.bench_function(BenchmarkId::new("issue", algorithm), |bencher| {
            bencher.iter(|| issuer.issue(&grant).unwrap());
        });
        group.bench_function(BenchmarkId::new("verify", algorithm), |bencher| {
            bencher.iter(|| verifier.verify(&token, NOW).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, tokens);
criterion_main!(benches);
