//! Users in memory.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;

use super::{Account, Change, NewUser, StoreError, UserStore};
use crate::user::{Email, User, UserId};

/// Keeps users in memory: fast, with nothing to set up, and gone at exit.
///
/// A cheap handle; its clones share the users.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    // A lock of the standard library is right: it is held for a look-up and never across an await.
    users: Arc<RwLock<Users>>,
}

#[derive(Debug, Default)]
struct Users {
    last_id: i64,
    by_id: BTreeMap<UserId, Account>,
    ids: HashMap<Email, UserId>,
}

impl Users {
    fn insert(&mut self, new: NewUser) -> Option<Account> {
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
        self.by_id.insert(account.user.id, account.clone());
        Some(account)
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
    fn read(&self) -> RwLockReadGuard<'_, Users> {
        self.users.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Users> {
        self.users.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl UserStore for MemoryStore {
    async fn insert(&self, user: NewUser) -> Result<Account, StoreError> {
        self.write().insert(user).ok_or(StoreError::EmailTaken)
    }

    async fn insert_many(&self, new: Vec<NewUser>) -> Result<Vec<bool>, StoreError> {
        let mut users = self.write();
        Ok(new.into_iter().map(|user| users.insert(user).is_some()).collect())
    }

    async fn by_id(&self, id: UserId) -> Result<Option<Account>, StoreError> {
        Ok(self.read().by_id.get(&id).cloned())
    }

    async fn by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        let users = self.read();
        Ok(users.ids.get(email).and_then(|id| users.by_id.get(id)).cloned())
    }

    async fn page(&self, after: UserId, limit: u32) -> Result<Vec<Account>, StoreError> {
        let users = self.read();
        let above = users.by_id.range((Bound::Excluded(after), Bound::Unbounded));
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(above.take(limit).map(|(_, account)| account.clone()).collect())
    }

    async fn change(
        &self,
        id: UserId,
        change: Change,
        now: i64,
    ) -> Result<Option<Account>, StoreError> {
        let mut users = self.write();
        let Some(account) = users.by_id.get_mut(&id) else { return Ok(None) };
        if change.expected_hash.is_some_and(|expected| expected != account.password_hash) {
            return Ok(None);
        }
        if let Some(hash) = change.password_hash {
            account.password_hash = hash;
        }
        account.user.is_admin = change.is_admin.unwrap_or(account.user.is_admin);
        account.disabled = change.disabled.unwrap_or(account.disabled);
        let until = change.tokens_void_until.unwrap_or(0);
        account.tokens_void_until = account.tokens_void_until.max(until);
        account.changed_at = now;
        Ok(Some(account.clone()))
    }

    async fn record_login(&self, id: UserId, now: i64) -> Result<bool, StoreError> {
        let mut users = self.write();
        match users.by_id.get_mut(&id) {
            Some(account) if !account.disabled => {
                account.last_login_at = Some(now);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    async fn remove(&self, id: UserId) -> Result<bool, StoreError> {
        let mut users = self.write();
        let Some(removed) = users.by_id.remove(&id) else { return Ok(false) };
        users.ids.remove(&removed.user.email);
        Ok(true)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
