//! The engines, in turns: milliseconds of a hash at OWASP's cost parameters, nanoseconds of a block there and in
//! the cache of a core, and the ratio to RustCrypto's argon2 with reused memory in the same turn.
//!
//! ```sh
//! cargo bench --package countersign-argon2
//! ```
//!
//! Medians of 21 turns, or of `BENCH_TURNS`. On a machine that does other things besides, only the ratios say
//! something.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

use std::io::{Write, stdout};
use std::time::Duration;

use countersign_argon2::{Algorithm, Engine, Hasher, Input, Params, Version};

/// Memory in KiB and passes; the second fits in the first-level cache of a core.
const COSTS: [(u32, u32); 2] = [(19_456, 2), (16, 2000)];

#[expect(clippy::disallowed_methods, reason = "a benchmark has no Clock")]
fn duration_of(hasher: &mut Hasher, (memory, passes): (u32, u32)) -> Duration {
    let params = Params::new(memory, passes, 1, Some(32)).unwrap();
    let (algorithm, version) = (Algorithm::Argon2id, Version::V0x13);
    let (password, salt, secret) = (b"password", &[7; 16], b"");
    let input = Input { algorithm, version, params: &params, password, salt, secret };
    let mut tag = [0; 32];
    let start = std::time::Instant::now();
    hasher.hash_into(&input, &mut tag).unwrap();
    let duration = start.elapsed();
    std::hint::black_box(tag);
    duration
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let turns = std::env::var("BENCH_TURNS").map_or(21, |turns| turns.parse().unwrap());
    // RustCrypto's argon2 is the last one.
    let mut hashers: Vec<[Hasher; 2]> =
        Engine::available().map(|engine| [Hasher::new(engine), Hasher::new(engine)]).collect();
    let mut measured = Vec::new();
    for turn in 0..=turns {
        let durations: Vec<[f64; 2]> = hashers
            .iter_mut()
            .map(|hashers| {
                let mut costs = COSTS.into_iter();
                hashers
                    .each_mut()
                    .map(|hasher| duration_of(hasher, costs.next().unwrap()).as_secs_f64())
            })
            .collect();
        // The first turn allocates the memory.
        if turn > 0 {
            measured.push(durations);
        }
    }
    let mut out = stdout();
    writeln!(
        out,
        "| engine | ms | ns per block, 19 MiB | in cache | times RustCrypto | in cache |"
    )
    .unwrap();
    writeln!(out, "| --- | --- | --- | --- | --- | --- |").unwrap();
    for (at, [hasher, _]) in hashers.iter().enumerate() {
        let seconds = |cost: usize| median(measured.iter().map(|turn| turn[at][cost]));
        let blocks = COSTS.map(|(memory, passes)| f64::from(memory) * f64::from(passes));
        let ns = |cost: usize| seconds(cost) * 1e9 / blocks[cost];
        let ratio = |cost: usize| {
            median(measured.iter().map(|turn| turn.last().unwrap()[cost] / turn[at][cost]))
        };
        writeln!(
            out,
            "| {} | {:.2} | {:.0} | {:.0} | {:.2} | {:.2} |",
            hasher.engine(),
            seconds(0) * 1e3,
            ns(0),
            ns(1),
            ratio(0),
            ratio(1)
        )
        .unwrap();
    }
}
