//! The pool of hashing threads.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};
#[cfg(target_os = "linux")]
use tracing::debug;
use tracing::info;

use super::cost::Cost;
use super::engine::VerifiedEngine;
use super::fair_queue::{JobId, NEW_HASH, Work};
use super::hash::PasswordHash;
use super::hasher::Hasher;
use super::options::HashingOptions;
use super::origin::Origin;
use super::password::Password;
use super::policy::{PasswordPolicy, PolicyViolation};
use super::queue::{Jobs, PoolError, Queue, Run};
use crate::domain::Email;
use crate::metrics::{HashingJob, HashingMetrics, Shedding};

/// The work of a check of a new password: at most some 10 ms, mostly less than one.
const CHECK: Work = NEW_HASH / 2;

/// A pool of threads that compute password hashes and check new passwords, so that these do not delay other requests. On Linux
/// the threads have the lowest priority.
///
/// The queue is bounded, and fair between the networks of clients and between accounts: the one that
/// floods it gets its share, and excess work is rejected, that of whichever takes most. Dear hashes,
/// which are imported ones, take at most half of the threads. A hash whose caller has been dropped, or
/// has waited for too long, is not computed. Cheap to clone; the threads end with the last clone.
#[derive(Clone, Debug)]
pub struct HashingPool {
    queue: Arc<Queue>,
    engine: VerifiedEngine,
    cost: Cost,
    queue_timeout: Duration,
    metrics: HashingMetrics,
}

impl HashingPool {
    /// Verifies the engine, and starts the threads.
    ///
    /// # Errors
    ///
    /// The system cannot start a thread.
    pub fn start(options: HashingOptions) -> std::io::Result<Self> {
        let engine = VerifiedEngine::verify(options.engine);
        info!("passwords are hashed by the argon2 engine {}", engine.engine());
        let jobs = Arc::new(Jobs::new(options.queue.max(1), options.threads.get()));
        let queue = Arc::new(Queue(Arc::clone(&jobs)));
        for number in 0..options.threads.get() {
            let jobs = Arc::clone(&jobs);
            thread::Builder::new()
                .name(format!("hashing-{number}"))
                .spawn(move || work(&jobs, options.cost, engine))?;
        }
        let HashingOptions { cost, queue_timeout, .. } = options;
        let metrics = HashingMetrics::default();
        Ok(Self { queue, engine, cost, queue_timeout, metrics })
    }

    /// The engine that computes argon2.
    #[must_use]
    pub fn engine(&self) -> VerifiedEngine {
        self.engine
    }

    /// The metrics of this pool.
    #[must_use]
    pub fn metrics(&self) -> &HashingMetrics {
        &self.metrics
    }

    /// The number of queued jobs.
    #[must_use]
    pub fn queue_length(&self) -> usize {
        self.queue.0.length()
    }

    /// The cost parameters of new hashes.
    #[must_use]
    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// Load shedding before a look-up: rejects work for which the queue has no capacity. It reserves
    /// no capacity.
    ///
    /// # Errors
    ///
    /// [`PoolError::Busy`] if the queue is full, and no other origin takes more of it than this one.
    pub fn check_capacity(&self, origin: Origin) -> Result<(), PoolError> {
        if self.queue.0.has_capacity(origin) {
            return Ok(());
        }
        self.metrics.shed(Shedding::Full);
        Err(PoolError::Busy)
    }

    /// Hashes a password with a new salt.
    ///
    /// # Errors
    ///
    /// [`PoolError`].
    pub async fn hash(
        &self,
        password: Password,
        origin: Origin,
    ) -> Result<PasswordHash, PoolError> {
        let job = move |hasher: &mut Hasher| hasher.hash(&password);
        let hash = self.run(HashingJob::Hash, origin, NEW_HASH, job).await?;
        hash.ok_or(PoolError::Failed)
    }

    /// Whether `password` matches `hash`, normalized or as typed. Compares in constant time.
    ///
    /// # Errors
    ///
    /// [`PoolError`].
    pub async fn verify(
        &self,
        password: Password,
        hash: PasswordHash,
        origin: Origin,
    ) -> Result<bool, PoolError> {
        let new = self.cost.work().max(1);
        let work = hash.work(self.cost).saturating_mul(NEW_HASH) / new;
        let job = move |hasher: &mut Hasher| hasher.verify(&password, &hash);
        self.run(HashingJob::Verify, origin, work, job).await
    }

    /// Checks a new password of the user with this address against a policy, other than against its list
    /// of breached passwords: a read that hangs would keep a thread.
    ///
    /// # Errors
    ///
    /// [`PoolError`].
    pub async fn check(
        &self,
        policy: PasswordPolicy,
        password: Password,
        email: Email,
        origin: Origin,
    ) -> Result<Result<(), PolicyViolation>, PoolError> {
        let job = move |_: &mut Hasher| policy.check(&password, &email);
        self.run(HashingJob::Check, origin, CHECK, job).await
    }

    async fn run<T: Send + 'static>(
        &self,
        kind: HashingJob,
        origin: Origin,
        work: Work,
        job: impl FnOnce(&mut Hasher) -> T + Send + 'static,
    ) -> Result<T, PoolError> {
        let (reply, mut result) = oneshot::channel();
        let (queued_at, metrics) = (Instant::now(), self.metrics.clone());
        let run: Run = Box::new(move |hasher| {
            if reply.is_closed() {
                return;
            }
            let result = if let Some(hasher) = hasher {
                let start = Instant::now();
                metrics.waited(start - queued_at);
                let result = job(hasher);
                metrics.computed(kind, start.elapsed());
                Ok(result)
            } else {
                metrics.shed(Shedding::Displaced);
                Err(PoolError::Busy)
            };
            // An error means that the caller has been dropped.
            let _ = reply.send(result);
        });
        let jobs = &self.queue.0;
        let submitted = jobs.submit(run, origin, work);
        if let Err(PoolError::Busy) = submitted {
            self.metrics.shed(Shedding::Full);
        }
        if let Some(id) = submitted? {
            let queued = QueuedJob { jobs, id };
            tokio::select! {
                biased;
                result = &mut result => return result.map_err(|_| PoolError::Failed)?,
                // The caller gives up by itself: the threads may be busy for longer.
                () = sleep(self.queue_timeout) => if queued.withdraw() {
                    self.metrics.shed(Shedding::Timeout);
                    return Err(PoolError::Busy);
                },
            }
        }
        result.await.map_err(|_| PoolError::Failed)?
    }
}

/// A job in the queue, which leaves it when its caller is dropped.
struct QueuedJob<'a> {
    jobs: &'a Jobs,
    id: JobId,
}

impl QueuedJob<'_> {
    /// Removes the job from the queue; `false` if a thread has it.
    fn withdraw(&self) -> bool {
        self.jobs.withdraw(self.id)
    }
}

impl Drop for QueuedJob<'_> {
    fn drop(&mut self) {
        self.withdraw();
    }
}

/// The niceness of the threads: the highest. At 10 other requests were still delayed.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 19;

/// Lowers the priority of this thread. Only on Linux, where niceness belongs to a thread; elsewhere it
/// belongs to the process.
#[cfg(target_os = "linux")]
fn lower_priority() {
    if let Err(error) = rustix::process::nice(NICENESS) {
        debug!(%error, "cannot lower the priority of the hashing threads");
    }
}

#[cfg(not(target_os = "linux"))]
fn lower_priority() {}

fn work(jobs: &Jobs, cost: Cost, engine: VerifiedEngine) {
    lower_priority();
    let mut hasher = Hasher::new(cost, engine);
    let mut is_after_dear = false;
    while let Some(job) = jobs.next(is_after_dear) {
        is_after_dear = job.is_dear;
        // No job is known to panic; but a thread that ended would never be replaced.
        let worked = panic::catch_unwind(AssertUnwindSafe(|| (job.run)(Some(&mut hasher))));
        if worked.is_err() {
            hasher = Hasher::new(cost, engine);
        }
    }
}

#[cfg(test)]
mod tests;
