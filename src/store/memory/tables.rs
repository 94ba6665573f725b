//! What is kept, and the lock around it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::session_table::SessionTable;
use crate::store::{Account, NewSession, NewUser};
use crate::user::{Email, User, UserId};

/// Keeps users and sessions in memory: fast, with nothing to set up, and gone at exit.
///
/// A cheap handle; its clones share what is kept.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    // A lock of the standard library is right: it is held for a look-up and never across an await.
    tables: Arc<RwLock<Tables>>,
}

#[derive(Debug, Default)]
pub(super) struct Tables {
    last_id: i64,
    pub(super) by_id: BTreeMap<UserId, Arc<Account>>,
    pub(super) ids: HashMap<Email, UserId>,
    pub(super) sessions: SessionTable,
}

impl Tables {
    pub(super) fn insert(&mut self, new: NewUser) -> Option<Account> {
        if self.ids.contains_key(&new.email) {
            return None;
        }
        self.last_id += 1;
        let account = Account {
            user: User { id: UserId(self.last_id), email: new.email, is_admin: new.is_admin },
            password_hash: new.password_hash,
            disabled: new.disabled,
            created_at: new.created_at,
            changed_at: new.created_at,
            last_login_at: None,
            tokens_void_until: 0,
        };
        self.ids.insert(account.user.email.clone(), account.user.id);
        self.by_id.insert(account.user.id, Arc::new(account.clone()));
        Some(account)
    }

    pub(super) fn log_in(&mut self, user: UserId, session: NewSession) -> Option<Account> {
        let account = Arc::make_mut(self.by_id.get_mut(&user)?);
        account.last_login_at = Some(session.created_at);
        self.sessions.forget_expired(session.created_at);
        self.sessions.put(session.of(user));
        Some(account.clone())
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
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Tables> {
        self.tables.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Tables> {
        self.tables.write().unwrap_or_else(PoisonError::into_inner)
    }
}
