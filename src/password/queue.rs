//! The bounded queue of hashing jobs, and the idle threads.

use std::fmt;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::fair_queue::{FairQueue, Full, JobId, NEW_HASH, Work};
use super::hasher::Hasher;
use super::origin::Origin;

/// Errors of the hashing pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// The queue is full, or the job exceeded its timeout. Retryable after a second.
    #[error("the password hashing queue is full")]
    Busy,
    /// The threads have ended, or the system provides no random bytes for a salt.
    #[error("the hashing pool failed")]
    Failed,
}

/// A job for the hasher of a thread; without one it is rejected as [`PoolError::Busy`].
pub(super) type Run = Box<dyn FnOnce(Option<&mut Hasher>) + Send>;

/// A job with its cost.
pub(super) struct Job {
    pub(super) run: Run,
    pub(super) is_dear: bool,
}

/// From this multiple of a new hash on a job is dear: 0.4 s where a new hash takes 25 ms.
const DEAR: Work = 16 * NEW_HASH;

/// The queued jobs and the idle threads.
pub(super) struct Jobs {
    capacity: usize,
    /// The most threads that compute dear hashes at once.
    dear_threads: usize,
    /// Whether there is but one thread, which takes turns between dear and other hashes.
    takes_turns: bool,
    state: Mutex<State>,
}

pub(super) struct State {
    waiting: FairQueue<Job>,
    /// The idle threads, last in first out: under low load a single thread and its memory are used, and
    /// sequential logins take the same time.
    pub(super) idle: Vec<Sender<Job>>,
    /// The threads that compute a dear hash.
    dear: usize,
    was_last_dear: bool,
    is_closed: bool,
}

impl Jobs {
    /// A queue of this capacity for so many threads. Dear hashes take at most half of the threads, so
    /// that others do not wait for them; a single thread takes turns.
    pub(super) fn new(capacity: usize, threads: usize) -> Self {
        let state = State {
            waiting: FairQueue::new(capacity),
            idle: Vec::new(),
            dear: 0,
            was_last_dear: false,
            is_closed: false,
        };
        Self {
            capacity,
            dear_threads: (threads / 2).max(1),
            takes_turns: threads == 1,
            state: Mutex::new(state),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the job to an idle thread, or queues it; then it has an id.
    ///
    /// # Errors
    ///
    /// [`PoolError::Busy`] if the queue is full, [`PoolError::Failed`] if the thread has ended.
    pub(super) fn submit(
        &self,
        run: Run,
        origin: Origin,
        work: Work,
    ) -> Result<Option<JobId>, PoolError> {
        let job = Job { run, is_dear: work > DEAR };
        let mut state = self.lock();
        if (!job.is_dear || state.dear < self.dear_threads)
            && let Some(thread) = state.idle.pop()
        {
            state.dear += usize::from(job.is_dear);
            return thread.send(job).map(|()| None).map_err(|_| PoolError::Failed);
        }
        let queued = state.waiting.push(origin, work, job);
        // Its caller is woken without the lock.
        drop(state);
        let queued = queued.map_err(|Full(_)| PoolError::Busy)?;
        if let Some(shed) = queued.shed {
            (shed.run)(None);
        }
        Ok(Some(queued.id))
    }

    /// The number of queued jobs.
    pub(super) fn length(&self) -> usize {
        self.lock().waiting.len()
    }

    /// Removes a job from the queue; `false` if it has left it.
    pub(super) fn withdraw(&self, id: JobId) -> bool {
        self.lock().waiting.remove(id).is_some()
    }

    /// Whether [`Jobs::submit`] would accept a job of a new hash now.
    pub(super) fn has_capacity(&self, origin: Origin) -> bool {
        let state = self.lock();
        !state.idle.is_empty() || state.waiting.has_capacity(origin, NEW_HASH)
    }

    /// Waits for the next job; `None` once the pool has been dropped. `after_dear`: the thread has
    /// computed a dear hash.
    pub(super) fn next(&self, after_dear: bool) -> Option<Job> {
        let (thread, job) = mpsc::channel();
        {
            let mut state = self.lock();
            state.dear -= usize::from(after_dear);
            if state.is_closed {
                return None;
            }
            if let Some(job) = self.take(&mut state) {
                return Some(job);
            }
            state.idle.push(thread);
        }
        job.recv().ok()
    }

    fn take(&self, state: &mut State) -> Option<Job> {
        let is_turn_of_others =
            self.takes_turns && state.was_last_dear && state.waiting.any(|job| !job.is_dear);
        let may_be_dear = state.dear < self.dear_threads && !is_turn_of_others;
        let job = state.waiting.pop(|job| may_be_dear || !job.is_dear)?;
        state.dear += usize::from(job.is_dear);
        state.was_last_dear = job.is_dear;
        Some(job)
    }
}

/// The pool's handle of the jobs. The threads end when it is dropped.
pub(super) struct Queue(pub(super) Arc<Jobs>);

impl Drop for Queue {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.is_closed = true;
        state.idle.clear();
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("capacity", &self.0.capacity).finish_non_exhaustive()
    }
}
