//! How many argon2id hashes a second the cores can make, with nothing around them: what logins a
//! second are compared with.

use std::error::Error;
use std::thread;
use std::time::Duration;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use clap::Parser;
use tokio::time::Instant;

#[derive(Parser)]
struct Arguments {
    /// How many threads hash at once; as many as there are cores when it is not given.
    #[arg(long)]
    threads: Option<usize>,
    /// How long to hash.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
}

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let Arguments { threads, seconds } = Arguments::parse();
    let threads = threads.map_or_else(|| thread::available_parallelism().map(usize::from), Ok)?;
    let hashing = move || hash_for(Duration::from_secs_f64(seconds));
    let running: Vec<_> = (0..threads).map(|_| thread::spawn(hashing)).collect();
    let mut a_second = 0.0;
    for thread in running {
        a_second += thread.join().map_err(|_| "a thread panicked")??;
    }
    serde_json::to_writer(
        std::io::stdout(),
        &serde_json::json!({"threads": threads, "hashes_a_second": a_second}),
    )?;
    Ok(())
}

/// Hashes in memory that is used again, and says how often a second it could.
fn hash_for(time: Duration) -> Result<f64, Failure> {
    let params = Params::new(19_456, 2, 1, Some(32))?;
    let mut memory = vec![Block::default(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut tag = [0; 32];
    let start = Instant::now();
    let mut hashes = 0_u32;
    while start.elapsed() < time {
        argon2.hash_password_into_with_memory(b"password", &[7; 16], &mut tag, &mut memory)?;
        hashes += 1;
    }
    Ok(f64::from(hashes) / start.elapsed().as_secs_f64())
}
