//! Options of password hashing.

use std::num::NonZeroUsize;
use std::thread;
use std::time::Duration;

use countersign_argon2::Engine;

use super::cost::Cost;

/// Options of password hashing.
#[derive(Clone, Copy, Debug)]
pub struct HashingOptions {
    /// Cost parameters of new hashes.
    pub cost: Cost,
    /// The engine that computes argon2, verified at the start. Default: the fastest that the CPU supports.
    pub engine: Engine,
    /// The number of hashing threads; each has the memory of one hash. Default: the number of
    /// available cores.
    pub threads: NonZeroUsize,
    /// The capacity of the queue, at least one. Default: 32 per thread, about a second of hashing.
    pub queue: usize,
    /// The timeout in the queue. Default: 5 s, after which most clients have given up.
    pub queue_timeout: Duration,
}

impl Default for HashingOptions {
    fn default() -> Self {
        Self::on_threads(None)
    }
}

impl HashingOptions {
    /// The defaults for this number of threads; `None` for the number of available cores.
    #[must_use]
    pub fn on_threads(threads: Option<NonZeroUsize>) -> Self {
        let available = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let threads = threads.unwrap_or_else(available);
        let queue_timeout = Duration::from_secs(5);
        let (cost, engine) = (Cost::default(), Engine::best());
        Self { cost, engine, threads, queue: 32 * threads.get(), queue_timeout }
    }
}
