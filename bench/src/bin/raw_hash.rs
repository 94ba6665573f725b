//! How many argon2id hashes a second the cores can make, with nothing around them: what logins a
//! second are compared with.

use std::error::Error;
use std::thread;
use std::time::Duration;

use clap::Parser;
use countersign_argon2::{Algorithm, Engine, Hasher, Input, Params, Version};
use tokio::time::Instant;

#[derive(Clone, Copy, Parser)]
struct Arguments {
    /// How many threads hash at once; as many as there are cores when it is not given.
    #[arg(long)]
    threads: Option<usize>,
    /// How long to hash.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// The engine: `rustcrypto` is the crate argon2.
    #[arg(long, default_value = "rustcrypto")]
    engine: Engine,
    /// Memory of a hash, in KiB.
    #[arg(long, default_value_t = 19_456)]
    memory: u32,
    /// Passes of a hash.
    #[arg(long, default_value_t = 2)]
    passes: u32,
}

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let threads = arguments.threads;
    let threads = threads.map_or_else(|| thread::available_parallelism().map(usize::from), Ok)?;
    let running: Vec<_> =
        (0..threads).map(|_| thread::spawn(move || hash_as_asked(arguments))).collect();
    let mut a_second = 0.0;
    for thread in running {
        a_second += thread.join().map_err(|_| "a thread panicked")??;
    }
    let available: Vec<_> = Engine::available().map(Engine::name).collect();
    let told = serde_json::json!({
        "threads": threads, "hashes_a_second": a_second, "available_engines": available,
    });
    serde_json::to_writer(std::io::stdout(), &told)?;
    Ok(())
}

/// Hashes in memory that is used again, and says how often a second it could.
fn hash_as_asked(arguments: Arguments) -> Result<f64, Failure> {
    let Arguments { seconds, engine, memory, passes, .. } = arguments;
    let params = Params::new(memory, passes, 1, Some(32))?;
    let (algorithm, version) = (Algorithm::Argon2id, Version::V0x13);
    let (password, salt, secret) = (b"password", &[7; 16], b"");
    let input = Input { algorithm, version, params: &params, password, salt, secret };
    let mut hasher = Hasher::new(engine);
    let mut tag = [0; 32];
    // The first hash allocates the memory.
    hasher.hash_into(&input, &mut tag)?;
    let time = Duration::from_secs_f64(seconds);
    let start = Instant::now();
    let mut count = 0_u32;
    while start.elapsed() < time {
        hasher.hash_into(&input, &mut tag)?;
        count += 1;
    }
    Ok(f64::from(count) / start.elapsed().as_secs_f64())
}
