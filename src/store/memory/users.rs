//! What is done with users.

use async_trait::async_trait;

use super::tables::MemoryStore;
use crate::store::lookup::{Lookup, here};
use crate::store::{Account, Change, NewUser, Standing, StoreError, UserStore};
use crate::user::{Email, UserId};

#[async_trait]
impl UserStore for MemoryStore {
    async fn insert(&self, user: NewUser) -> Result<Account, StoreError> {
        self.write().insert(user).ok_or(StoreError::EmailTaken)
    }

    async fn insert_many(&self, new: Vec<NewUser>) -> Result<Vec<bool>, StoreError> {
        let mut tables = self.write();
        Ok(new.into_iter().map(|user| tables.insert(user).is_some()).collect())
    }

    async fn by_id(&self, id: UserId) -> Result<Option<Account>, StoreError> {
        Ok(self.read().get(id).map(|account| Account::clone(account)))
    }

    fn recent(&self, id: UserId) -> Lookup<'_, Standing> {
        here(self.read().get(id).map(|account| Standing {
            user: account.user.clone(),
            disabled: account.disabled,
            tokens_void_until: account.tokens_void_until,
        }))
    }

    async fn by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        let tables = self.read();
        let account = tables.ids.get(email).and_then(|id| tables.get(*id));
        Ok(account.map(|account| Account::clone(account)))
    }

    async fn page(&self, after: UserId, limit: u32) -> Result<Vec<Account>, StoreError> {
        let tables = self.read();
        // The user after the one in place n - 1 is in place n.
        let first = usize::try_from(after.0.max(0)).unwrap_or(usize::MAX);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let above = tables.by_id.iter().skip(first).flatten();
        Ok(above.take(limit).map(|account| Account::clone(account)).collect())
    }

    async fn change(
        &self,
        id: UserId,
        change: Change,
        now: i64,
    ) -> Result<Option<Account>, StoreError> {
        let mut tables = self.write();
        let ends_sessions = change.ends_sessions();
        let Some(account) = tables.get_mut(id) else { return Ok(None) };
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
        let account = account.clone();
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
        let Some(removed) = tables.take(id) else { return Ok(false) };
        tables.ids.remove(&removed.user.email);
        tables.sessions.end_all_of(id, None);
        Ok(true)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
