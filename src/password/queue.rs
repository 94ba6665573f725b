//! What waits to be hashed, and the threads that wait for it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::hasher::Hasher;

/// Why no hash was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// As many hashes wait as may, or this one has waited for too long. Worth another try in a second.
    #[error("too many passwords are waiting to be hashed")]
    Busy,
    /// The threads have ended, or the system had no randomness for a salt.
    #[error("the hashing pool failed")]
    Failed,
}

/// One hash, to be computed by a thread with its hasher.
pub(super) type Job = Box<dyn FnOnce(&mut Hasher) + Send>;

/// What is to be done, and who has nothing to do.
pub(super) struct Jobs {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    waiting: VecDeque<Job>,
    /// The threads without a job. The last one to come is the first to get one: where one thread is
    /// enough, only its memory is touched, and logins one after the other all take the same time.
    pub(super) idle: Vec<Sender<Job>>,
    is_closed: bool,
}

impl Jobs {
    /// With room for `capacity` jobs that wait.
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, state: Mutex::default() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a job to a thread that is idle, or lets it wait.
    ///
    /// # Errors
    ///
    /// [`PoolError::Busy`], where as many wait as may; [`PoolError::Failed`], where the thread has
    /// ended.
    pub(super) fn submit(&self, job: Job) -> Result<(), PoolError> {
        let mut state = self.lock();
        if let Some(thread) = state.idle.pop() {
            return thread.send(job).map_err(|_| PoolError::Failed);
        }
        if state.waiting.len() >= self.capacity {
            return Err(PoolError::Busy);
        }
        state.waiting.push_back(job);
        Ok(())
    }

    /// Whether a job that is submitted now would be taken.
    pub(super) fn have_room(&self) -> bool {
        let state = self.lock();
        !state.idle.is_empty() || state.waiting.len() < self.capacity
    }

    /// The next job, waited for; nothing when the pool is gone.
    pub(super) fn next(&self) -> Option<Job> {
        let (thread, job) = mpsc::channel();
        {
            let mut state = self.lock();
            if state.is_closed {
                return None;
            }
            if let Some(job) = state.waiting.pop_front() {
                return Some(job);
            }
            state.idle.push(thread);
        }
        job.recv().ok()
    }
}

/// The pool's end of the jobs: with its last clone the threads end.
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
