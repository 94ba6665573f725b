//! The cache of caller look-ups.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::{Cache, EntryAction, EntryResult};
use tokio::sync::OnceCell;

use super::error::StoreError;
use super::records::CallerStatus;
use crate::clock::Clock;
use crate::domain::{SessionId, Timestamp, UserId};
use crate::metrics::CallerCacheMetrics;

/// The time to live of a cached look-up: the maximum staleness after a change by another instance.
pub const CALLER_TTL: Duration = Duration::from_secs(1);

/// The maximum number of cached look-ups. They take about 10 MB.
const CAPACITY: usize = 10_000;

type Found = Result<Option<CallerStatus>, StoreError>;

/// Look-ups of callers, cached for [`CALLER_TTL`], with single flight: of several concurrent
/// look-ups of one key, one queries the store.
///
/// Neither absence nor failure is cached.
pub(super) struct CallerCache {
    entries: Cache<Key, Arc<Entry>>,
    clock: Arc<dyn Clock>,
    pub(super) metrics: CallerCacheMetrics,
}

/// A token belongs to a session, or else to its user alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Session(SessionId),
    User(UserId),
}

struct Entry {
    /// The user of the look-up.
    user: UserId,
    /// When the look-up began.
    since: Timestamp,
    found: OnceCell<Found>,
}

impl Entry {
    /// An entry whose look-up began in the future, before the clock was set back, is stale.
    fn is_fresh(&self, now: Timestamp) -> bool {
        self.since <= now && now.duration_since(self.since) < CALLER_TTL
    }
}

fn key(user: UserId, session: Option<SessionId>) -> Key {
    session.map_or(Key::User(user), Key::Session)
}

impl CallerCache {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let (entries, metrics) = (Cache::new(CAPACITY), CallerCacheMetrics::default());
        Self { entries, clock, metrics }
    }

    /// The cached status, unless its look-up is still in flight.
    pub(super) fn get(&self, user: UserId, session: Option<SessionId>) -> Option<CallerStatus> {
        let entry = self.entries.get(&key(user, session))?;
        let is_hit = entry.user == user && entry.is_fresh(self.clock.now());
        let found = entry.found.get().filter(|_| is_hit)?;
        let status = found.as_ref().ok()?.clone()?;
        self.metrics.hit();
        Some(status)
    }

    /// The cached status, or else the one that `query` returns.
    ///
    /// Callers may be dropped at any time: another one queries then.
    ///
    /// # Errors
    ///
    /// The error of the query, for all callers that waited for it.
    pub(super) async fn resolve<Q>(
        &self,
        user: UserId,
        session: Option<SessionId>,
        query: impl Fn() -> Q,
    ) -> Found
    where
        Q: Future<Output = Found>,
    {
        let query = || {
            self.metrics.miss();
            query()
        };
        let key = key(user, session);
        let entry = self.entry(key, user);
        if entry.user != user {
            // A token that names the session of another user.
            return query().await;
        }
        let mut is_own = false;
        let found = entry.found.get_or_init(|| {
            is_own = true;
            query()
        });
        let found = found.await.clone();
        if !matches!(found, Ok(Some(_))) {
            self.entries.remove_if(&key, |cached| Arc::ptr_eq(cached, &entry));
        }
        match found {
            // It may have been inserted since that query began.
            Ok(None) if !is_own => query().await,
            found => {
                if !is_own {
                    self.metrics.hit();
                }
                found
            }
        }
    }

    /// The fresh entry, or a new one.
    fn entry(&self, key: Key, user: UserId) -> Arc<Entry> {
        let now = self.clock.now();
        let new = || Arc::new(Entry { user, since: now, found: OnceCell::new() });
        if let Some(entry) = self.entries.get(&key).filter(|entry| entry.is_fresh(now)) {
            return entry;
        }
        let entry = self.entries.entry(&key, None, |_, entry| {
            // Another caller may have replaced it since, at a later time of the clock.
            if entry.is_fresh(self.clock.now()) {
                EntryAction::Retain(Arc::clone(entry))
            } else {
                EntryAction::ReplaceWithGuard
            }
        });
        match entry {
            EntryResult::Retained(entry) => entry,
            EntryResult::Vacant(guard) | EntryResult::Replaced(guard, _) => {
                let entry = new();
                // Where it was invalidated in between it is for this caller alone.
                let _ = guard.insert(Arc::clone(&entry));
                entry
            }
            EntryResult::Removed(..) | EntryResult::Timeout => new(),
        }
    }

    /// Invalidates the look-ups of a user and of the user's sessions when the guard is dropped,
    /// also those in flight.
    ///
    /// The guard lives as long as a write: until it is committed, or was dropped. A write that was
    /// dropped and is committed all the same is seen after [`CALLER_TTL`].
    pub(super) fn invalidate_user(&self, user: UserId) -> Invalidation<'_> {
        Invalidation { cache: self, scope: Scope::User(user) }
    }

    /// Invalidates the look-ups of a session when the guard is dropped, as
    /// [`CallerCache::invalidate_user`] does.
    pub(super) fn invalidate_session(&self, session: SessionId) -> Invalidation<'_> {
        Invalidation { cache: self, scope: Scope::Session(session) }
    }
}

/// Invalidates look-ups when it is dropped.
#[must_use]
pub(super) struct Invalidation<'a> {
    cache: &'a CallerCache,
    scope: Scope,
}

enum Scope {
    User(UserId),
    Session(SessionId),
}

impl Drop for Invalidation<'_> {
    fn drop(&mut self) {
        let entries = &self.cache.entries;
        match self.scope {
            Scope::User(user) => entries.retain(|_, entry| entry.user != user),
            Scope::Session(session) => drop(entries.remove(&Key::Session(session))),
        }
    }
}

impl fmt::Debug for CallerCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallerCache").field("clock", &self.clock).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
