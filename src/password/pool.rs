//! The threads that hash.

use std::num::NonZeroUsize;
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
use super::password::Password;
use super::queue::{Job, Jobs, PoolError, Queue};

/// How passwords are hashed.
#[derive(Clone, Copy, Debug)]
pub struct HashingOptions {
    /// What a new hash costs.
    pub cost: Cost,
    /// How many threads hash; each keeps the memory of one hash. Default: one for each core that
    /// the process may use.
    pub threads: NonZeroUsize,
    /// How many hashes may wait, at least one. Default: 32 for each thread, about a second's worth.
    pub queue: usize,
    /// How long one may wait: what has waited longer is refused when its turn comes. Default: 5 s,
    /// for hashes that take longer than the usual ones, since most clients have given up by then.
    pub patience: Duration,
}

impl Default for HashingOptions {
    fn default() -> Self {
        Self::on_threads(None)
    }
}

impl HashingOptions {
    /// The default, on so many threads if that is said.
    #[must_use]
    pub fn on_threads(threads: Option<NonZeroUsize>) -> Self {
        let available = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let threads = threads.unwrap_or_else(available);
        let patience = Duration::from_secs(5);
        Self { cost: Cost::default(), threads, queue: 32 * threads.get(), patience }
    }
}

/// Computes password hashes on threads of its own, so that the costly ones never keep the cheap
/// requests waiting.
///
/// On Linux they also give way to every other thread of the machine that has something to do.
///
/// The queue is bounded: what would wait too long is refused at once. A hash whose caller has gone
/// is not computed. Cheap to clone; the threads end with the last clone.
#[derive(Clone, Debug)]
pub struct HashingPool {
    queue: Arc<Queue>,
    cost: Cost,
    patience: Duration,
}

impl HashingPool {
    /// Starts the threads.
    ///
    /// # Errors
    ///
    /// Those of the system, where it gives no more threads.
    pub fn start(options: HashingOptions) -> std::io::Result<Self> {
        let jobs = Arc::new(Jobs::new(options.queue.max(1)));
        let queue = Arc::new(Queue(Arc::clone(&jobs)));
        for number in 0..options.threads.get() {
            let jobs = Arc::clone(&jobs);
            thread::Builder::new()
                .name(format!("hashing-{number}"))
                .spawn(move || work(&jobs, options.cost))?;
        }
        Ok(Self { queue, cost: options.cost, patience: options.patience })
    }

    /// What a new hash costs.
    #[must_use]
    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// Refuses what would be refused anyway, before it is looked up: in a storm that is most of all
    /// logins. It keeps no room: whoever passes may still be refused.
    ///
    /// # Errors
    ///
    /// [`PoolError::Busy`], where no further hash may wait.
    pub fn check_room(&self) -> Result<(), PoolError> {
        if self.queue.0.have_room() { Ok(()) } else { Err(PoolError::Busy) }
    }

    /// Hashes a password with a new salt.
    ///
    /// # Errors
    ///
    /// [`PoolError`], where no hash was computed.
    pub async fn hash(&self, password: Password) -> Result<PasswordHash, PoolError> {
        self.run(move |hasher| hasher.hash(&password)).await?.ok_or(PoolError::Failed)
    }

    /// Whether `hash` was made from `password`, compared in constant time.
    ///
    /// A hash from elsewhere may have been made from the password as it was typed; that is tried
    /// too, where normalising changed it.
    ///
    /// # Errors
    ///
    /// [`PoolError`], where no hash was computed.
    pub async fn verify(&self, password: Password, hash: PasswordHash) -> Result<bool, PoolError> {
        self.run(move |hasher| hasher.verify(&password, &hash)).await
    }

    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Hasher) -> T + Send + 'static,
    ) -> Result<T, PoolError> {
        let (answer, result) = oneshot::channel();
        let (since, patience) = (Instant::now(), self.patience);
        let job: Job = Box::new(move |hasher| {
            if answer.is_closed() {
                return;
            }
            let is_late = since.elapsed() > patience;
            // An error means that the caller has gone meanwhile.
            let _ = answer.send(if is_late { Err(PoolError::Busy) } else { Ok(job(hasher)) });
        });
        self.queue.0.submit(job)?;
        result.await.map_err(|_| PoolError::Failed)?
    }
}

/// How far the threads step back, as `nice` counts it: as far as it goes. At 10 the cheap requests
/// still waited.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 19;

/// Lets all that answers cheap requests go before this thread.
///
/// On Linux each thread has a niceness; elsewhere the process has one, and all of it would step back.
#[cfg(target_os = "linux")]
fn give_way() {
    if let Err(error) = rustix::process::nice(NICENESS) {
        debug!(%error, "the threads that hash have the priority of all others");
    }
}

#[cfg(not(target_os = "linux"))]
fn give_way() {}

fn work(jobs: &Jobs, cost: Cost) {
    give_way();
    let mut hasher = Hasher::new(cost);
    while let Some(job) = jobs.next() {
        // Nothing in a job is known to panic; but a thread that ended would be missed for good.
        let worked = panic::catch_unwind(AssertUnwindSafe(|| job(&mut hasher)));
        if worked.is_err() {
            hasher = Hasher::new(cost);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::sync::mpsc;
    use std::task::{Context, Waker};

    use super::*;

    fn password(text: &str) -> Password {
        Password::new(text.to_owned()).unwrap()
    }

    fn options(queue: usize) -> HashingOptions {
        let cost = Cost::new(64, 1, 1).unwrap();
        let patience = Duration::MAX;
        HashingOptions { cost, threads: NonZeroUsize::MIN, queue, patience }
    }

    fn one_thread(queue: usize) -> HashingPool {
        HashingPool::start(options(queue)).unwrap()
    }

    /// Keeps the pool's only thread busy until the sender is dropped.
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
    async fn a_password_verifies_against_its_hash() {
        let pool = one_thread(4);
        let hash = pool.hash(password("right")).await.unwrap();
        assert!(pool.verify(password("right"), hash.clone()).await.unwrap());
        assert!(!pool.verify(password("wrong"), hash).await.unwrap());
    }

    #[tokio::test]
    async fn a_full_queue_refuses_at_once_and_recovers() {
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
    async fn what_has_waited_too_long_is_refused_and_not_computed() {
        let options = HashingOptions { patience: Duration::ZERO, ..options(2) };
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
    async fn hashes_one_after_the_other_are_computed_by_one_thread() {
        let threads = NonZeroUsize::new(4).unwrap();
        let pool = HashingPool::start(HashingOptions { threads, ..options(4) }).unwrap();
        // Until every thread has had its turn at being idle.
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
    async fn hashing_gives_way_to_all_other_threads() {
        let niceness = || rustix::process::getpriority_process(None).unwrap();
        let of_others = niceness();
        let of_hashing = one_thread(1).run(move |_| niceness()).await.unwrap();
        assert_eq!(of_hashing, NICENESS);
        assert_eq!(niceness(), of_others);
    }

    #[tokio::test]
    async fn the_threads_end_with_the_pool() {
        let pool = one_thread(1);
        pool.hash(password("one")).await.unwrap();
        let jobs = Arc::clone(&pool.queue.0);
        drop(pool);
        // The thread holds the other reference, for as long as it lives.
        while Arc::strong_count(&jobs) > 1 {
            thread::yield_now();
        }
    }

    #[tokio::test]
    async fn a_job_that_panics_fails_alone() {
        let pool = one_thread(2);
        let result: Result<(), _> = pool.run(|_| panic!("on purpose")).await;
        assert_eq!(result, Err(PoolError::Failed));
        assert!(pool.hash(password("next")).await.is_ok());
    }

    #[tokio::test]
    async fn a_hash_whose_caller_has_gone_is_not_computed() {
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
