//! Tests of the pool of hashing threads.

use std::future::Future;
use std::num::NonZeroUsize;
use std::pin::{Pin, pin};
use std::sync::mpsc;
use std::task::{Context, Waker};

use countersign_argon2::Engine;

use super::*;

fn password(text: &str) -> Password {
    Password::new(text.to_owned()).unwrap()
}

fn options(queue: usize) -> HashingOptions {
    let cost = Cost::new(64, 1, 1).unwrap();
    let queue_timeout = Duration::MAX;
    let engine = Engine::best();
    HashingOptions { cost, engine, threads: NonZeroUsize::MIN, queue, queue_timeout }
}

fn one_thread(queue: usize) -> HashingPool {
    HashingPool::start(options(queue)).unwrap()
}

/// Occupies the only thread of the pool until the sender is dropped.
async fn occupy(pool: &HashingPool) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel();
    let (started, has_started) = oneshot::channel();
    let run: Run = Box::new(move |_| {
        started.send(()).unwrap();
        let _ = released.recv();
    });
    pool.queue.0.submit(run, Origin::default(), NEW_HASH).unwrap();
    has_started.await.unwrap();
    release
}

#[tokio::test]
async fn password_matches_its_hash() {
    let pool = one_thread(4);
    let hash = pool.hash(password("right"), Origin::default()).await.unwrap();
    assert!(pool.verify(password("right"), hash.clone(), Origin::default()).await.unwrap());
    assert!(!pool.verify(password("wrong"), hash, Origin::default()).await.unwrap());
}

#[tokio::test]
async fn pool_with_a_faulty_engine_hashes_with_the_fallback() {
    let options = HashingOptions { engine: Engine::FAULTY, ..options(4) };
    let pool = HashingPool::start(options).unwrap();
    assert_eq!(pool.engine().engine(), Engine::RUST_CRYPTO);
    assert_eq!(pool.engine().rejected(), Some(Engine::FAULTY));
    let hash = pool.hash(password("right"), Origin::default()).await.unwrap();
    let verified = one_thread(4).verify(password("right"), hash, Origin::default()).await;
    assert_eq!(verified, Ok(true));
}

#[tokio::test]
async fn full_queue_rejects_immediately_and_recovers() {
    let pool = one_thread(1);
    let release = occupy(&pool).await;
    let mut waiting = pin!(pool.hash(password("waits"), Origin::default()));
    let mut context = Context::from_waker(Waker::noop());
    assert!(waiting.as_mut().poll(&mut context).is_pending());
    assert_eq!(pool.hash(password("one too many"), Origin::default()).await, Err(PoolError::Busy));
    drop(release);
    assert!(waiting.await.is_ok());
    assert!(pool.hash(password("again"), Origin::default()).await.is_ok());
}

#[tokio::test]
async fn check_of_a_new_password_waits_in_the_queue() {
    let pool = one_thread(1);
    let release = occupy(&pool).await;
    let check = || {
        let email = Email::parse("a@example.com").unwrap();
        pool.check(PasswordPolicy::default(), password("12341234"), email, Origin::default())
    };
    let mut waiting = pin!(check());
    assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert_eq!(check().await, Err(PoolError::Busy));
    drop(release);
    assert!(matches!(waiting.await, Ok(Err(PolicyViolation::Weak(_)))));
}

#[tokio::test]
async fn job_that_exceeds_the_queue_timeout_is_rejected_and_not_computed() {
    let options = HashingOptions { queue_timeout: Duration::ZERO, ..options(2) };
    let pool = HashingPool::start(options).unwrap();
    let release = occupy(&pool).await;
    let (computed, is_computed) = mpsc::channel();
    let late =
        pool.run(HashingJob::Verify, Origin::default(), NEW_HASH, move |_| computed.send(())).await;
    assert_eq!(late, Err(PoolError::Busy));
    drop(release);
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
    let first = pool
        .run(HashingJob::Verify, Origin::default(), NEW_HASH, |_| thread::current().id())
        .await
        .unwrap();
    for _ in 0..8 {
        while pool.queue.0.lock().idle.len() < 4 {
            thread::yield_now();
        }
        assert_eq!(
            pool.run(HashingJob::Verify, Origin::default(), NEW_HASH, |_| thread::current().id())
                .await
                .unwrap(),
            first
        );
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn hashing_threads_have_the_lowest_priority() {
    let niceness = || rustix::process::getpriority_process(None).unwrap();
    let of_others = niceness();
    let of_hashing = one_thread(1)
        .run(HashingJob::Verify, Origin::default(), NEW_HASH, move |_| niceness())
        .await
        .unwrap();
    assert_eq!(of_hashing, NICENESS);
    assert_eq!(niceness(), of_others);
}

#[tokio::test]
async fn threads_end_with_the_pool() {
    let pool = one_thread(1);
    pool.hash(password("one"), Origin::default()).await.unwrap();
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
    let result: Result<(), _> =
        pool.run(HashingJob::Verify, Origin::default(), NEW_HASH, |_| panic!("on purpose")).await;
    assert_eq!(result, Err(PoolError::Failed));
    assert!(pool.hash(password("next"), Origin::default()).await.is_ok());
}

#[tokio::test]
async fn hash_of_a_dropped_caller_is_not_computed() {
    let pool = one_thread(2);
    let release = occupy(&pool).await;
    let (computed, is_computed) = mpsc::channel();
    {
        let mut gone = pin!(
            pool.run(HashingJob::Verify, Origin::default(), NEW_HASH, move |_| computed.send(()))
        );
        assert!(gone.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    drop(release);
    pool.hash(password("next"), Origin::default()).await.unwrap();
    assert!(is_computed.recv().is_err());
}

fn of_network(number: u8) -> Origin {
    let address = std::net::IpAddr::from([192, 0, 2, number]);
    Origin { network: Some(address.into()), account: Some(number.into()) }
}

type Waiting<'a> = Pin<Box<dyn Future<Output = Result<(), PoolError>> + 'a>>;

fn assert_waits(waiting: &mut Waiting<'_>) {
    assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

/// Queues a job that sends its name.
fn queue<'a>(
    pool: &'a HashingPool,
    network: u8,
    work: Work,
    order: &mpsc::Sender<&'static str>,
    name: &'static str,
) -> Waiting<'a> {
    let order = order.clone();
    let job =
        pool.run(HashingJob::Verify, of_network(network), work, move |_| order.send(name).unwrap());
    let mut job: Waiting<'a> = Box::pin(job);
    assert_waits(&mut job);
    job
}

#[tokio::test]
async fn network_that_floods_the_queue_delays_another_one_by_one_job() {
    let pool = one_thread(8);
    let release = occupy(&pool).await;
    let (order, ordered) = mpsc::channel();
    let mut flood: Vec<_> = (0..8).map(|_| queue(&pool, 1, NEW_HASH, &order, "flood")).collect();
    assert_eq!(pool.check_capacity(of_network(1)), Err(PoolError::Busy));
    assert_eq!(pool.check_capacity(of_network(2)), Ok(()));
    let login = queue(&pool, 2, NEW_HASH, &order, "login");
    // The last one of the flood was shed, at once.
    assert_eq!(flood.pop().unwrap().await, Err(PoolError::Busy));
    drop(release);
    login.await.unwrap();
    drop(flood);
    let order: Vec<_> = ordered.try_iter().take(2).collect();
    assert_eq!(order, ["flood", "login"]);
}

#[tokio::test]
async fn caller_gives_up_in_time_while_all_threads_are_busy() {
    let queue_timeout = Duration::from_millis(20);
    let pool = HashingPool::start(HashingOptions { queue_timeout, ..options(2) }).unwrap();
    let release = occupy(&pool).await;
    let start = tokio::time::Instant::now();
    let late = pool.hash(password("waits"), Origin::default()).await;
    // The thread is busy until `release` is dropped.
    assert_eq!(late, Err(PoolError::Busy));
    assert!(start.elapsed() >= queue_timeout);
    // Its place is free again.
    let (order, _ordered) = mpsc::channel();
    let _both = [1, 2].map(|network| queue(&pool, network, NEW_HASH, &order, "next"));
    drop(release);
}

#[tokio::test]
async fn dropped_caller_leaves_the_queue() {
    let pool = one_thread(1);
    let release = occupy(&pool).await;
    let (order, _ordered) = mpsc::channel();
    drop(queue(&pool, 1, NEW_HASH, &order, "dropped"));
    assert_eq!(pool.check_capacity(of_network(1)), Ok(()));
    drop(release);
}

const DEAR: Work = 100 * NEW_HASH;

#[tokio::test]
async fn dear_hashes_leave_a_thread_to_others() {
    let threads = NonZeroUsize::new(2).unwrap();
    let pool = HashingPool::start(HashingOptions { threads, ..options(8) }).unwrap();
    let (started, has_started) = mpsc::channel();
    let mut ends = Vec::new();
    let mut dear = Vec::new();
    for network in 1..5 {
        let (release, released) = mpsc::channel::<()>();
        let started = started.clone();
        let mut job: Waiting<'_> =
            Box::pin(pool.run(HashingJob::Verify, of_network(network), DEAR, move |_| {
                started.send(()).unwrap();
                let _ = released.recv();
            }));
        assert_waits(&mut job);
        ends.push(release);
        dear.push(job);
    }
    has_started.recv().unwrap();
    for _ in 0..4 {
        pool.hash(password("ordinary"), of_network(5)).await.unwrap();
    }
    assert!(has_started.try_recv().is_err(), "a second dear hash is computed");
    drop(ends);
    for job in dear {
        job.await.unwrap();
    }
}

#[tokio::test]
async fn one_thread_takes_turns_between_dear_and_other_hashes() {
    let pool = one_thread(8);
    let release = occupy(&pool).await;
    let (order, ordered) = mpsc::channel();
    let mut jobs: Vec<_> =
        (1..4).map(|network| queue(&pool, network, DEAR, &order, "dear")).collect();
    for network in 4..6 {
        jobs.push(queue(&pool, network, NEW_HASH, &order, "other"));
    }
    drop(release);
    for job in jobs {
        job.await.unwrap();
    }
    let order: Vec<_> = ordered.try_iter().collect();
    assert_eq!(order, ["dear", "other", "dear", "other", "dear"]);
}

#[test]
fn imported_hashes_of_seconds_are_dear_and_usual_ones_are_not() {
    let cost = Cost::default();
    for (text, is_dear) in [
        (
            "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
            false,
        ),
        (
            "$argon2id$v=19$m=131072,t=16,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
            true,
        ),
        ("pbkdf2_sha256$600000$salt$2FuLSRGyxNrsP7ke9qtmJwcMRQNj9XLsLp9n9gDpnM4=", false),
        ("pbkdf2_sha256$5000000$salt$2FuLSRGyxNrsP7ke9qtmJwcMRQNj9XLsLp9n9gDpnM4=", true),
        (
            "$scrypt$ln=16,r=8,p=1$TolRSqlVKiUkRCiF0FrLuQ$R2wCM3yf153lQlDnHwT/gOPRGffULhe4nddIeDiI2PA",
            false,
        ),
        (
            "$scrypt$ln=17,r=8,p=4$TolRSqlVKiUkRCiF0FrLuQ$R2wCM3yf153lQlDnHwT/gOPRGffULhe4nddIeDiI2PA",
            true,
        ),
        ("$2b$12$abcdefghijklmnopqrstuuJRBzNMO0zwBJV7VpMrRcrQ8VJPPHyYO", false),
        ("$2b$14$abcdefghijklmnopqrstuuJRBzNMO0zwBJV7VpMrRcrQ8VJPPHyYO", true),
        ("$no-password$", false),
    ] {
        let work = PasswordHash::parse(text).unwrap().work(cost);
        assert_eq!(work > 16 * cost.work(), is_dear, "{text}");
    }
}
