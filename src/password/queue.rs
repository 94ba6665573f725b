//! The bounded queue of hashing jobs, and the idle threads.

use std::collections::VecDeque;
use std::fmt;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::hasher::Hasher;

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

/// A job for the hasher of a thread.
pub(super) type Job = Box<dyn FnOnce(&mut Hasher) + Send>;

/// The queued jobs and the idle threads.
pub(super) struct Jobs {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    waiting: VecDeque<Job>,
    /// The idle threads, last in first out: under low load a single thread and its memory are used, and
    /// sequential logins take the same time.
    pub(super) idle: Vec<Sender<Job>>,
    is_closed: bool,
}

impl Jobs {
    /// A queue of this capacity.
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, state: Mutex::default() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the job to an idle thread, or queues it.
    ///
    /// # Errors
    ///
    /// [`PoolError::Busy`] if the queue is full, [`PoolError::Failed`] if the thread has ended.
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

    /// Whether [`Jobs::submit`] would accept a job now.
    pub(super) fn has_capacity(&self) -> bool {
        let state = self.lock();
        !state.idle.is_empty() || state.waiting.len() < self.capacity
    }

    /// Waits for the next job; `None` once the pool has been dropped.
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
