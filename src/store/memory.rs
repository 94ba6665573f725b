//! Users in memory.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;

use super::{Credentials, NewUser, StoreError, UserStore};
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
    by_id: HashMap<UserId, Credentials>,
    ids: HashMap<Email, UserId>,
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
    async fn insert(&self, new: NewUser) -> Result<User, StoreError> {
        let mut users = self.write();
        if users.ids.contains_key(&new.email) {
            return Err(StoreError::EmailTaken);
        }
        users.last_id += 1;
        let user = User { id: UserId(users.last_id), email: new.email, is_admin: new.is_admin };
        users.ids.insert(user.email.clone(), user.id);
        let credentials = Credentials { user: user.clone(), password_hash: new.password_hash };
        users.by_id.insert(user.id, credentials);
        Ok(user)
    }

    async fn by_id(&self, id: UserId) -> Result<Option<User>, StoreError> {
        Ok(self.read().by_id.get(&id).map(|credentials| credentials.user.clone()))
    }

    async fn by_email(&self, email: &Email) -> Result<Option<Credentials>, StoreError> {
        let users = self.read();
        Ok(users.ids.get(email).and_then(|id| users.by_id.get(id)).cloned())
    }

    async fn remove(&self, id: UserId) -> Result<bool, StoreError> {
        let mut users = self.write();
        let Some(removed) = users.by_id.remove(&id) else {
            return Ok(false);
        };
        users.ids.remove(&removed.user.email);
        Ok(true)
    }
}
