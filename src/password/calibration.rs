//! Measures hashing on this machine and selects cost parameters.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use tokio::time::Instant;

use super::cost::Cost;
use super::engine::VerifiedEngine;
use super::hasher::Hasher;
use super::password::Password;

/// The number of measurements of one hash; the fastest counts.
const TRIES: usize = 3;
/// The duration of the measurement of all threads.
const TOGETHER: Duration = Duration::from_millis(500);
/// The unit to which memory is rounded down, in KiB.
const STEP: u32 = 1024;

/// The measured performance of cost parameters on this machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The cost parameters.
    pub cost: Cost,
    /// The duration of one hash on an idle machine.
    pub time: Duration,
    /// Hashes per second of all threads.
    pub per_second: f64,
}

impl Measured {
    /// Measures hashes with these cost parameters on `threads` threads. Takes about a second, or several
    /// hashes.
    ///
    /// # Errors
    ///
    /// The system cannot start a thread.
    pub fn of(cost: Cost, engine: VerifiedEngine, threads: NonZeroUsize) -> std::io::Result<Self> {
        Ok(Self { cost, time: alone(cost, engine), per_second: together(cost, engine, threads)? })
    }
}

/// The cost parameters of hashes that take about `target` on this machine, but no weaker than
/// [OWASP's minimum](Cost::is_strong).
///
/// Memory is raised first, up to its bound of 128 MiB, since it costs attackers most; then passes.
#[must_use]
pub fn calibrate(target: Duration, engine: VerifiedEngine) -> Cost {
    fit(target, |cost| alone(cost, engine))
}

fn fit(target: Duration, mut time: impl FnMut(Cost) -> Duration) -> Cost {
    let usual = Cost::default();
    let spare = target.as_secs_f64() / time(usual).as_secs_f64();
    if spare <= 1.0 {
        return Cost::strong().min_by_key(|cost| time(*cost)).unwrap_or(usual);
    }
    // Time grows faster than work once the memory exceeds the caches.
    [1.0, 0.9, 0.8, 0.7, 0.6, 0.5]
        .into_iter()
        .map(|share| usual.times(spare * share, STEP))
        .find(|candidate| time(*candidate) <= target)
        .unwrap_or(usual)
}

fn alone(cost: Cost, engine: VerifiedEngine) -> Duration {
    let mut worker = Worker::new(cost, engine);
    worker.hash();
    let times = (0..TRIES).map(|_| {
        let start = Instant::now();
        worker.hash();
        start.elapsed()
    });
    times.min().unwrap_or_default()
}

fn together(cost: Cost, engine: VerifiedEngine, threads: NonZeroUsize) -> std::io::Result<f64> {
    let (hashes, is_done) = (AtomicU32::new(0), AtomicBool::new(false));
    let mut seconds = 0.0;
    thread::scope(|scope| {
        let work = || {
            let mut worker = Worker::new(cost, engine);
            while !is_done.load(Ordering::Relaxed) {
                worker.hash();
                hashes.fetch_add(1, Ordering::Relaxed);
            }
        };
        let mut workers = Vec::new();
        for _ in 0..threads.get() {
            match thread::Builder::new().spawn_scoped(scope, work) {
                Ok(worker) => workers.push(worker),
                Err(error) => {
                    is_done.store(true, Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
        let start = Instant::now();
        thread::sleep(TOGETHER);
        is_done.store(true, Ordering::Relaxed);
        for worker in workers {
            let _ = worker.join();
        }
        seconds = start.elapsed().as_secs_f64();
        Ok(())
    })?;
    Ok(f64::from(hashes.into_inner()) / seconds)
}

/// Computes hashes and discards them.
struct Worker {
    hasher: Hasher,
    password: Option<Password>,
}

impl Worker {
    fn new(cost: Cost, engine: VerifiedEngine) -> Self {
        let password = Password::new("a password of usual length".to_owned()).ok();
        Self { hasher: Hasher::new(cost, engine), password }
    }

    fn hash(&mut self) {
        if let Some(password) = &self.password {
            std::hint::black_box(self.hasher.hash(password));
        }
    }
}

#[cfg(test)]
mod tests {
    use countersign_argon2::Engine;

    use super::*;

    /// A machine that takes `nanoseconds` for a pass over one KiB.
    fn machine(nanoseconds: u64) -> impl Fn(Cost) -> Duration {
        move |cost| Duration::from_nanos(nanoseconds * cost.work())
    }

    fn fitted(milliseconds: u64, nanoseconds: u64) -> String {
        fit(Duration::from_millis(milliseconds), machine(nanoseconds)).to_string()
    }

    #[test]
    fn memory_is_raised_before_passes() {
        // The default cost takes 19.5 ms there.
        assert_eq!(fitted(20, 500), "m=19456,t=2,p=1");
        assert_eq!(fitted(50, 500), "m=49152,t=2,p=1");
        assert_eq!(fitted(131, 500), "m=130048,t=2,p=1");
        assert_eq!(fitted(270, 500), "m=131072,t=4,p=1");
        assert_eq!(fitted(1_000_000, 500), "m=131072,t=16,p=1");
    }

    #[test]
    fn slow_machine_gets_the_fastest_minimum_cost() {
        assert_eq!(fitted(10, 1000), "m=7168,t=5,p=1");
        for cost in Cost::strong() {
            assert!(cost.is_strong(), "{cost}");
        }
    }

    #[test]
    fn target_is_met_if_time_grows_faster_than_work() {
        let caches = |cost: Cost| {
            let slower = if cost.work() > 40_000 { 3 } else { 2 };
            Duration::from_nanos(250 * slower * cost.work())
        };
        let cost = fit(Duration::from_millis(60), caches);
        assert!(caches(cost) <= Duration::from_millis(60) && cost.work() > 70_000, "{cost}");
    }

    #[test]
    fn duration_and_rate_are_measured() {
        let cost = Cost::new(64, 1, 1).unwrap();
        let engine = VerifiedEngine::verify(Engine::best());
        let measured = Measured::of(cost, engine, NonZeroUsize::new(2).unwrap()).unwrap();
        assert!(measured.time > Duration::ZERO && measured.per_second > 1.0, "{measured:?}");
    }
}
