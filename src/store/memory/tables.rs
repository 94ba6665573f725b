//! What is kept, and the lock around it.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use crossbeam_utils::sync::{ShardedLock, ShardedLockReadGuard, ShardedLockWriteGuard};

use super::session_table::SessionTable;
use crate::store::{Account, NewSession, NewUser};
use crate::user::{Email, User, UserId};

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
    /// User 1 is the first. Where one is gone their place stays empty, since ids are not given
    /// again. One look finds a user among however many; a tree's costs grow.
    pub(super) by_id: Vec<Option<Arc<Account>>>,
    pub(super) ids: HashMap<Email, UserId>,
    pub(super) sessions: SessionTable,
}

impl Tables {
    pub(super) fn insert(&mut self, new: NewUser) -> Option<Account> {
        if self.ids.contains_key(&new.email) {
            return None;
        }
        let id = UserId(i64::try_from(self.by_id.len()).ok()? + 1);
        let account = Account {
            user: User { id, email: new.email, is_admin: new.is_admin },
            password_hash: new.password_hash,
            disabled: new.disabled,
            created_at: new.created_at,
            changed_at: new.created_at,
            last_login_at: None,
            tokens_void_until: 0,
        };
        self.ids.insert(account.user.email.clone(), id);
        self.by_id.push(Some(Arc::new(account.clone())));
        Some(account)
    }

    pub(super) fn get(&self, id: UserId) -> Option<&Arc<Account>> {
        self.by_id.get(place(id)?)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, id: UserId) -> Option<&mut Account> {
        self.by_id.get_mut(place(id)?)?.as_mut().map(Arc::make_mut)
    }

    pub(super) fn take(&mut self, id: UserId) -> Option<Arc<Account>> {
        self.by_id.get_mut(place(id)?)?.take()
    }

    pub(super) fn log_in(&mut self, user: UserId, session: NewSession) -> Option<Account> {
        let account = self.get_mut(user)?;
        account.last_login_at = Some(session.created_at);
        let account = account.clone();
        self.sessions.forget_expired(session.created_at);
        self.sessions.put(session.of(user));
        Some(account)
    }
}

fn place(id: UserId) -> Option<usize> {
    usize::try_from(id.0.checked_sub(1)?).ok()
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
