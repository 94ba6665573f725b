//! The time to issue and to verify a token, for each algorithm.
//!
//! ```sh
//! cargo bench --bench token
//! ```
#![allow(missing_docs, reason = "criterion's macros make public functions")]
#![allow(clippy::unwrap_used, reason = "a benchmark fails so")]

use std::time::Duration;

use countersign::auth::{KeyAlgorithm, Timestamp};
use countersign::domain::{SessionId, UserId};
use countersign::keys::{KeySet, SharedKeySet, SigningKey};
use countersign::token::{NewToken, TokenIssuer, TokenOptions, UserClaims};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn tokens(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("token");
    for algorithm in KeyAlgorithm::ALL {
        let options = TokenOptions {
            keys: SharedKeySet::new(KeySet::new(SigningKey::generate(algorithm).unwrap())),
            lifetime: Duration::from_mins(15),
            issuer: None,
            audience: None,
            claims: Vec::new(),
        };
        let (issuer, verifier) = (TokenIssuer::new(&options), options.verifier());
        let new = NewToken {
            user: UserId(1),
            session: Some(SessionId::random()),
            issued_at: NOW,
            expires_at: NOW.saturating_add(issuer.lifetime()),
            claims: UserClaims::default(),
        };
        let token = issuer.issue(&new).unwrap();
        group.bench_function(BenchmarkId::new("issue", algorithm), |bencher| {
            bencher.iter(|| issuer.issue(&new).unwrap());
        });
        group.bench_function(BenchmarkId::new("verify", algorithm), |bencher| {
            bencher.iter(|| verifier.verify(&token, NOW).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, tokens);
criterion_main!(benches);
