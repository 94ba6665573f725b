//! What is kept, and the lock around it.

use std::sync::{Arc, PoisonError};

use crossbeam_utils::sync::{ShardedLock, ShardedLockReadGuard, ShardedLockWriteGuard};

use super::session_table::SessionTable;
use super::user_table::UserTable;
use crate::domain::UserId;
use crate::store::authorization::Current;
use crate::store::{Account, Authorization, NewSession, Unauthorized};

/// Keeps users and sessions in memory: fast, with nothing to set up, and gone at exit.
///
/// A cheap handle; its clones share what is kept.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    // A lock that blocks is right: it is held for a look-up and never across an await.
    // In shards, of which a reader takes one and a writer all: with a single `RwLock`, all cores
    // would write to one cache line to read.
    tables: Arc<ShardedLock<Tables>>,
}

#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) users: UserTable,
    pub(super) sessions: SessionTable,
}

impl Tables {
    /// Nothing where there is no such user.
    pub(super) fn log_in(&mut self, user: UserId, session: NewSession) -> Option<()> {
        self.users.log_in(user, session.created_at)?;
        self.sessions.forget_expired(session.created_at);
        self.sessions.put(session.of(user));
        Some(())
    }
}

impl Tables {
    /// The user whom this still authorises.
    pub(super) fn authorized(
        &self,
        id: UserId,
        authorization: &Authorization,
        now: i64,
    ) -> Result<Account, Unauthorized> {
        let account = self.users.account(id).ok_or(Unauthorized::TokenInactive)?;
        let session = authorization.session.and_then(|session| self.sessions.entries.get(&session));
        let session = session.filter(|session| session.user == id);
        let verified = authorization.password_hash.as_ref();
        let current = Current {
            disabled: account.disabled,
            tokens_void_until: account.tokens_void_until,
            session_expires_at: session.map(|session| session.expires_at),
            is_same_hash: verified.is_none_or(|verified| *verified == account.password_hash),
        };
        authorization.check(&current, now).map(|()| account)
    }

    /// Says whether there was such a user.
    pub(super) fn remove(&mut self, id: UserId) -> bool {
        self.sessions.end_all_of(id, None);
        self.users.remove(id).is_some()
    }
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    // Every change is made at once and cannot fail half-way, so what a panicking thread leaves
    // behind is whole.
    pub(super) fn read(&self) -> ShardedLockReadGuard<'_, Tables> {
        self.tables.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> ShardedLockWriteGuard<'_, Tables> {
        self.tables.write().unwrap_or_else(PoisonError::into_inner)
    }
}
