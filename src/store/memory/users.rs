//! What is done with users.

use async_trait::async_trait;

use super::tables::MemoryStore;
use crate::store::lookup::{Lookup, here};
use crate::store::{Account, Change, NewUser, Standing, StoreError, UserStore};
use crate::user::{Email, UserId};

#[async_trait]
impl UserStore for MemoryStore {
    async fn insert(&self, user: NewUser) -> Result<Account, StoreError> {
        self.write().users.insert(user)
    }

    async fn insert_many(&self, new: Vec<NewUser>) -> Result<Vec<bool>, StoreError> {
        let mut tables = self.write();
        Ok(new.into_iter().map(|user| tables.users.insert(user).is_ok()).collect())
    }

    async fn by_id(&self, id: UserId) -> Result<Option<Account>, StoreError> {
        Ok(self.read().users.account(id))
    }

    fn recent(&self, id: UserId) -> Lookup<'_, Standing> {
        here(self.read().users.standing(id))
    }

    async fn by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        let users = &self.read().users;
        Ok(users.by_email(email).and_then(|id| users.account(id)))
    }

    async fn page(&self, after: UserId, limit: u32) -> Result<Vec<Account>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(self.read().users.above(after).take(limit).collect())
    }

    async fn change(
        &self,
        id: UserId,
        change: Change,
        now: i64,
    ) -> Result<Option<Account>, StoreError> {
        let mut tables = self.write();
        let ends_sessions = change.ends_sessions();
        let Some(mut account) = tables.users.account(id) else { return Ok(None) };
        if change.expected_hash.is_some_and(|expected| expected != account.password_hash) {
            return Ok(None);
        }
        if account.disabled && change.session.is_some() {
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
        tables.users.put(&account);
        if ends_sessions {
            tables.sessions.end_all_of(id, None);
        }
        if let Some(session) = change.session {
            tables.sessions.put(session.of(id));
        }
        Ok(Some(account))
    }

    async fn remove(&self, id: UserId) -> Result<bool, StoreError> {
        let mut tables = self.write();
        let was_there = tables.users.remove(id).is_some();
        tables.sessions.end_all_of(id, None);
        Ok(was_there)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
