//! What was read a moment ago.

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::{Cache, EntryAction, EntryResult};
use tokio::sync::OnceCell;

use super::error::StoreError;
use crate::clock::Clock;

/// By how much the answers of [`UserStore::recent`](super::user::UserStore::recent) and
/// [`SessionStore::recent_session`](super::session::SessionStore::recent_session) may lag behind
/// what was changed through another store on the same database.
pub const STALENESS: Duration = Duration::from_secs(1);

/// Answers of a store that is slow to read, kept for [`STALENESS`], a bounded number of them.
///
/// Of those who ask for one key at a time, one reads and the others wait for that answer. What was
/// changed is forgotten with [`Recent::forget_after`]. That something is absent is never kept, so
/// nothing has to be forgotten when it comes into being: such an answer costs one read for each who
/// asks, and a token that names somebody who is gone had to be signed. Nor is a failure kept.
pub(super) struct Recent<K, V> {
    answers: Cache<K, Arc<Answer<V>>>,
    clock: Arc<dyn Clock>,
}

/// What one read of the store says, once it is over.
struct Answer<V> {
    /// A moment before the read began.
    asked_at: i64,
    value: OnceCell<Result<Option<V>, StoreError>>,
}

impl<V> Answer<V> {
    fn new(asked_at: i64) -> Arc<Self> {
        Arc::new(Self { asked_at, value: OnceCell::new() })
    }

    /// A clock that was turned back makes nothing last longer.
    fn is_recent(&self, now: i64) -> bool {
        let age = now.saturating_sub(self.asked_at);
        // Moments are rounded down, so an age of exactly the bound may be more than that.
        u128::try_from(age).is_ok_and(|age| age < STALENESS.as_millis())
    }
}

impl<K: Copy + Eq + Hash, V: Clone> Recent<K, V> {
    /// Keeps about `capacity` answers.
    pub(super) fn new(capacity: usize, clock: Arc<dyn Clock>) -> Self {
        Self { answers: Cache::new(capacity), clock }
    }

    /// What is kept, if it is and nobody has to wait for it.
    pub(super) fn kept(&self, key: K) -> Option<V> {
        let kept = self.answers.get(&key)?;
        let value = kept.value.get()?.as_ref().ok()?.as_ref()?;
        kept.is_recent(self.clock.now().milliseconds()).then(|| value.clone())
    }

    /// What is kept, or else what `read` says.
    ///
    /// The callers may go away at any time: another of them reads then.
    ///
    /// # Errors
    ///
    /// That of the read, for all who waited for it: each trying again after the other would make
    /// the last of them wait for ever.
    pub(super) async fn get<R>(&self, key: K, read: impl Fn() -> R) -> Result<Option<V>, StoreError>
    where
        R: Future<Output = Result<Option<V>, StoreError>>,
    {
        let answer = self.answer(key);
        let mut is_own = false;
        let value = answer.value.get_or_init(|| {
            is_own = true;
            read()
        });
        match value.await {
            Ok(Some(value)) => Ok(Some(value.clone())),
            failed_or_absent => {
                self.answers.remove_if(&key, |kept| Arc::ptr_eq(kept, &answer));
                match failed_or_absent {
                    // It may have come into being since that read began.
                    Ok(None) if !is_own => read().await,
                    result => result.clone(),
                }
            }
        }
    }

    /// The answer that is kept, which may be one that is still being waited for; or else a new one,
    /// which is kept from now on.
    fn answer(&self, key: K) -> Arc<Answer<V>> {
        let now = self.clock.now().milliseconds();
        if let Some(kept) = self.answers.get(&key).filter(|kept| kept.is_recent(now)) {
            return kept;
        }
        let entry = self.answers.entry(&key, None, |_, kept| {
            // Somebody may have been faster, and their clock later.
            if kept.is_recent(self.clock.now().milliseconds()) {
                EntryAction::Retain(Arc::clone(kept))
            } else {
                EntryAction::ReplaceWithGuard
            }
        });
        match entry {
            EntryResult::Retained(kept) => kept,
            EntryResult::Vacant(place) | EntryResult::Replaced(place, _) => {
                let new = Answer::new(now);
                // Where it was forgotten in between it is for us alone.
                let _ = place.insert(Arc::clone(&new));
                new
            }
            EntryResult::Removed(..) | EntryResult::Timeout => Answer::new(now),
        }
    }

    /// Forgets what is known of `key` when the value is dropped, also what is still being read then:
    /// whoever asks after that is told what is in the store.
    ///
    /// It is to live for as long as a write: when that is over, or was given up. A write that was
    /// given up and is carried out all the same is seen after [`STALENESS`].
    pub(super) fn forget_after(&self, key: K) -> Forget<'_, K, V> {
        Forget { recent: self, key: Some(key) }
    }

    /// Forgets everything when the value is dropped, for a write that does not say what it changes.
    pub(super) fn forget_all_after(&self) -> Forget<'_, K, V> {
        Forget { recent: self, key: None }
    }
}

/// See [`Recent::forget_after`].
#[must_use]
pub(super) struct Forget<'a, K: Copy + Eq + Hash, V: Clone> {
    recent: &'a Recent<K, V>,
    /// Nothing for everything.
    key: Option<K>,
}

impl<K: Copy + Eq + Hash, V: Clone> Drop for Forget<'_, K, V> {
    fn drop(&mut self) {
        match &self.key {
            Some(key) => drop(self.recent.answers.remove(key)),
            None => self.recent.answers.clear(),
        }
    }
}

impl<K, V> fmt::Debug for Recent<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recent").field("clock", &self.clock).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
