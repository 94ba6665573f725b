//! The pool of hashing threads.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;
#[cfg(target_os = "linux")]
use tracing::debug;

use super::cost::Cost;
use super::hash::PasswordHash;
use super::hasher::Hasher;
use super::options::HashingOptions;
use super::password::Password;
use super::queue::{Job, Jobs, PoolError, Queue};

/// A pool of threads that compute password hashes, so that these do not delay other requests. On Linux
/// the threads have the lowest priority.
///
/// The queue is bounded: excess work is rejected immediately. A hash whose caller has been dropped is
/// not computed. Cheap to clone; the threads end with the last clone.
#[derive(Clone, Debug)]
pub struct HashingPool {
    queue: Arc<Queue>,
    cost: Cost,
    queue_timeout: Duration,
}

impl HashingPool {
    /// Starts the threads.
    ///
    /// # Errors
    ///
    /// The system cannot start a thread.
    pub fn start(options: HashingOptions) -> std::io::Result<Self> {
        let jobs = Arc::new(Jobs::new(options.queue.max(1)));
        let queue = Arc::new(Queue(Arc::clone(&jobs)));
        for number in 0..options.threads.get() {
            let jobs = Arc::clone(&jobs);
            thread::Builder::new()
                .name(format!("hashing-{number}"))
                .spawn(move || work(&jobs, options.cost))?;
        }
        Ok(Self { queue, cost: options.cost, queue_timeout: options.queue_timeout })
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
    /// [`PoolError::Busy`] if the queue is full.
    pub fn check_capacity(&self) -> Result<(), PoolError> {
        if self.queue.0.has_capacity() { Ok(()) } else { Err(PoolError::Busy) }
    }

    /// Hashes a password with a new salt.
    ///
    /// # Errors
    ///
    /// [`PoolError`].
    pub async fn hash(&self, password: Password) -> Result<PasswordHash, PoolError> {
        self.run(move |hasher| hasher.hash(&password)).await?.ok_or(PoolError::Failed)
    }

    /// Whether `password` matches `hash`, normalized or as typed. Compares in constant time.
    ///
    /// # Errors
    ///
    /// [`PoolError`].
    pub async fn verify(&self, password: Password, hash: PasswordHash) -> Result<bool, PoolError> {
        self.run(move |hasher| hasher.verify(&password, &hash)).await
    }

    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Hasher) -> T + Send + 'static,
    ) -> Result<T, PoolError> {
        let (reply, result) = oneshot::channel();
        let (since, queue_timeout) = (Instant::now(), self.queue_timeout);
        let job: Job = Box::new(move |hasher| {
            if reply.is_closed() {
                return;
            }
            let is_late = since.elapsed() > queue_timeout;
            // An error means that the caller has been dropped.
            let _ = reply.send(if is_late { Err(PoolError::Busy) } else { Ok(job(hasher)) });
        });
        self.queue.0.submit(job)?;
        result.await.map_err(|_| PoolError::Failed)?
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

fn work(jobs: &Jobs, cost: Cost) {
    lower_priority();
    let mut hasher = Hasher::new(cost);
    while let Some(job) = jobs.next() {
        // No job is known to panic; but a thread that ended would never be replaced.
        let worked = panic::catch_unwind(AssertUnwindSafe(|| job(&mut hasher)));
        if worked.is_err() {
            hasher = Hasher::new(cost);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::num::NonZeroUsize;
    use std::pin::pin;
    use std::sync::mpsc;
    use std::task::{Context, Waker};

    use super::*;

    fn password(text: &str) -> Password {
        Password::new(text.to_owned()).unwrap()
    }

    fn options(queue: usize) -> HashingOptions {
        let cost = Cost::new(64, 1, 1).unwrap();
        let queue_timeout = Duration::MAX;
        HashingOptions { cost, threads: NonZeroUsize::MIN, queue, queue_timeout }
    }

    fn one_thread(queue: usize) -> HashingPool {
        HashingPool::start(options(queue)).unwrap()
    }

    /// Occupies the only thread of the pool until the sender is dropped.
    async fn occupy(pool: &HashingPool) -> mpsc::Sender<()> {
        let (release, released) = mpsc::channel();
        let (started, has_started) = oneshot::channel();
        let job: Job = Box::new(move |_| {
            started.send(()).unwrap();
            let _ = released.recv();
        });
        pool.queue.0.submit(job).unwrap();
        has_started.await.unwrap();
        release
    }

    #[tokio::test]
    async fn password_matches_its_hash() {
        let pool = one_thread(4);
        let hash = pool.hash(password("right")).await.unwrap();
        assert!(pool.verify(password("right"), hash.clone()).await.unwrap());
        assert!(!pool.verify(password("wrong"), hash).await.unwrap());
    }

    #[tokio::test]
    async fn full_queue_rejects_immediately_and_recovers() {
        let pool = one_thread(1);
        let release = occupy(&pool).await;
        let mut waiting = pin!(pool.hash(password("waits")));
        let mut context = Context::from_waker(Waker::noop());
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        assert_eq!(pool.hash(password("one too many")).await, Err(PoolError::Busy));
        drop(release);
        assert!(waiting.await.is_ok());
        assert!(pool.hash(password("again")).await.is_ok());
    }

    #[tokio::test]
    async fn job_that_exceeds_the_queue_timeout_is_rejected_and_not_computed() {
        let options = HashingOptions { queue_timeout: Duration::ZERO, ..options(2) };
        let pool = HashingPool::start(options).unwrap();
        let release = occupy(&pool).await;
        let (computed, is_computed) = mpsc::channel();
        let mut late = pin!(pool.run(move |_| computed.send(())));
        assert!(late.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(release);
        assert_eq!(late.await, Err(PoolError::Busy));
        assert!(is_computed.recv().is_err());
    }

    #[tokio::test]
    async fn sequential_hashes_are_computed_by_one_thread() {
        let threads = NonZeroUsize::new(4).unwrap();
        let pool = HashingPool::start(HashingOptions { threads, ..options(4) }).unwrap();
        // Until all threads are idle.
        while pool.queue.0.lock().idle.len() < 4 {
            thread::yield_now();
        }
        let first = pool.run(|_| thread::current().id()).await.unwrap();
        for _ in 0..8 {
            while pool.queue.0.lock().idle.len() < 4 {
                thread::yield_now();
            }
            assert_eq!(pool.run(|_| thread::current().id()).await.unwrap(), first);
        }
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn hashing_threads_have_the_lowest_priority() {
        let niceness = || rustix::process::getpriority_process(None).unwrap();
        let of_others = niceness();
        let of_hashing = one_thread(1).run(move |_| niceness()).await.unwrap();
        assert_eq!(of_hashing, NICENESS);
        assert_eq!(niceness(), of_others);
    }

    #[tokio::test]
    async fn threads_end_with_the_pool() {
        let pool = one_thread(1);
        pool.hash(password("one")).await.unwrap();
        let jobs = Arc::clone(&pool.queue.0);
        drop(pool);
        // The thread holds the other reference.
        while Arc::strong_count(&jobs) > 1 {
            thread::yield_now();
        }
    }

    #[tokio::test]
    async fn panicking_job_does_not_affect_others() {
        let pool = one_thread(2);
        let result: Result<(), _> = pool.run(|_| panic!("on purpose")).await;
        assert_eq!(result, Err(PoolError::Failed));
        assert!(pool.hash(password("next")).await.is_ok());
    }

    #[tokio::test]
    async fn hash_of_a_dropped_caller_is_not_computed() {
        let pool = one_thread(2);
        let release = occupy(&pool).await;
        let (computed, is_computed) = mpsc::channel();
        {
            let mut gone = pin!(pool.run(move |_| computed.send(())));
            assert!(gone.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        drop(release);
        pool.hash(password("next")).await.unwrap();
        assert!(is_computed.recv().is_err());
    }
}
