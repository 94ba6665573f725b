//! What is done with users.

use async_trait::async_trait;

use super::tables::MemoryStore;
use crate::domain::{Email, UserId};
use crate::password::PasswordHash;
use crate::store::authorization::{revoked_by_operator, revoked_by_user};
use crate::store::lookup::{Lookup, here};
use crate::store::{
    Account, Authorization, Change, NewSession, NewUser, Standing, StoreError, Unauthorized,
    UserStore,
};

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
        if let Some(hash) = change.password_hash {
            account.password_hash = hash;
        }
        account.user.is_admin = change.is_admin.unwrap_or(account.user.is_admin);
        account.disabled = change.disabled.unwrap_or(account.disabled);
        if change.revoke_tokens {
            account.tokens_void_until = revoked_by_operator(account.tokens_void_until, now);
        }
        account.changed_at = now;
        tables.users.put(&account);
        if ends_sessions {
            tables.sessions.end_all_of(id, None);
        }
        Ok(Some(account))
    }

    async fn change_password(
        &self,
        id: UserId,
        authorization: &Authorization,
        password_hash: PasswordHash,
        session: NewSession,
    ) -> Result<Result<(), Unauthorized>, StoreError> {
        let mut tables = self.write();
        let now = session.created_at;
        let mut account = match tables.authorized(id, authorization, now) {
            Ok(account) => account,
            Err(reason) => return Ok(Err(reason)),
        };
        account.password_hash = password_hash;
        account.tokens_void_until = revoked_by_user(account.tokens_void_until, now);
        account.changed_at = now;
        tables.users.put(&account);
        tables.sessions.end_all_of(id, None);
        tables.sessions.put(session.of(id));
        Ok(Ok(()))
    }

    async fn remove_own(
        &self,
        id: UserId,
        authorization: &Authorization,
        now: i64,
    ) -> Result<Result<(), Unauthorized>, StoreError> {
        let mut tables = self.write();
        Ok(tables.authorized(id, authorization, now).map(|_| {
            tables.remove(id);
        }))
    }

    async fn remove(&self, id: UserId) -> Result<bool, StoreError> {
        Ok(self.write().remove(id))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
