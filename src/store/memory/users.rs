//! Users in memory.

use async_trait::async_trait;

use super::store::MemoryStore;
use crate::domain::{Email, Timestamp, UserId};
use crate::password::PasswordHash;
use crate::store::authorization::{revoked_by_operator, revoked_by_user};
use crate::store::{
    Account, Authorization, Commit, Effects, Insertion, NewUser, PasswordChange, StoreError,
    Unauthorized, UserStore,
};

impl MemoryStore {
    /// Changes an account; `None` where the user does not exist.
    fn update(
        &self,
        id: UserId,
        now: Timestamp,
        effects: Effects,
        change: impl FnOnce(&mut Account),
    ) -> Option<Account> {
        let mut tables = self.write();
        let account = tables.users.get_mut(&id)?;
        change(account);
        account.changed_at = now;
        let account = account.clone();
        tables.apply(effects);
        Some(account)
    }

    /// Changes an account, revokes all tokens, and ends all sessions.
    fn update_and_revoke(
        &self,
        id: UserId,
        now: Timestamp,
        effects: Effects,
        change: impl FnOnce(&mut Account),
    ) -> Option<Account> {
        let mut tables = self.write();
        let account = tables.users.get_mut(&id)?;
        change(account);
        account.changed_at = now;
        account.tokens_valid_after = revoked_by_operator(account.tokens_valid_after, now);
        let account = account.clone();
        tables.end_sessions_of(id, None);
        tables.apply(effects);
        Some(account)
    }
}

#[async_trait]
impl UserStore for MemoryStore {
    async fn insert(
        &self,
        user: NewUser,
        effects: Commit<'_, UserId>,
    ) -> Result<Insertion, StoreError> {
        let mut tables = self.write();
        if tables.by_email(&user.email).is_some() {
            return Ok(Insertion::EmailTaken);
        }
        let Some(effects) = effects(&tables.next_id()) else { return Ok(Insertion::Aborted) };
        let account = tables.insert_user(user);
        tables.apply(effects);
        Ok(Insertion::Inserted(account))
    }

    async fn insert_many(
        &self,
        users: Vec<NewUser>,
        effects: Commit<'_, usize>,
    ) -> Result<Vec<bool>, StoreError> {
        let mut tables = self.write();
        let insert = |user: NewUser| {
            let is_free = tables.by_email(&user.email).is_none();
            if is_free {
                tables.insert_user(user);
            }
            is_free
        };
        let inserted: Vec<bool> = users.into_iter().map(insert).collect();
        let count = inserted.iter().filter(|inserted| **inserted).count();
        tables.apply(effects(&count).unwrap_or_default());
        Ok(inserted)
    }

    async fn by_id(&self, id: UserId) -> Result<Option<Account>, StoreError> {
        Ok(self.read().users.get(&id).cloned())
    }

    async fn by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        Ok(self.read().by_email(email).cloned())
    }

    async fn page(&self, after: UserId, limit: u32) -> Result<Vec<Account>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let above = UserId(after.0.saturating_add(1))..;
        Ok(self.read().users.range(above).take(limit).map(|(_, account)| account.clone()).collect())
    }

    async fn rehash(
        &self,
        id: UserId,
        expected: &PasswordHash,
        new: PasswordHash,
        now: Timestamp,
    ) -> Result<Option<Account>, StoreError> {
        let mut tables = self.write();
        let account = tables.users.get_mut(&id).filter(|it| it.password_hash == *expected);
        Ok(account.map(|account| {
            account.password_hash = new;
            account.changed_at = now;
            account.clone()
        }))
    }

    async fn set_password(
        &self,
        id: UserId,
        password_hash: PasswordHash,
        now: Timestamp,
        effects: Effects,
    ) -> Result<Option<Account>, StoreError> {
        Ok(self.update_and_revoke(id, now, effects, |account| {
            account.password_hash = password_hash;
        }))
    }

    async fn set_admin(
        &self,
        id: UserId,
        is_admin: bool,
        now: Timestamp,
        effects: Effects,
    ) -> Result<Option<Account>, StoreError> {
        Ok(self.update(id, now, effects, |account| account.user.is_admin = is_admin))
    }

    async fn set_disabled(
        &self,
        id: UserId,
        disabled: bool,
        now: Timestamp,
        effects: Effects,
    ) -> Result<Option<Account>, StoreError> {
        Ok(self.update_and_revoke(id, now, effects, |account| account.disabled = disabled))
    }

    async fn change_password(
        &self,
        change: PasswordChange,
        effects: Effects,
    ) -> Result<Result<(), Unauthorized>, StoreError> {
        let PasswordChange { user, authorization, password_hash, session } = change;
        let now = session.created_at;
        let mut tables = self.write();
        let mut account = match tables.authorized(user, &authorization, now) {
            Ok(account) => account,
            Err(reason) => return Ok(Err(reason)),
        };
        account.password_hash = password_hash;
        account.tokens_valid_after = revoked_by_user(account.tokens_valid_after, now);
        account.changed_at = now;
        tables.users.insert(user, account);
        tables.end_sessions_of(user, None);
        tables.put_session(session.of(user));
        tables.apply(effects);
        Ok(Ok(()))
    }

    async fn delete_own(
        &self,
        id: UserId,
        authorization: &Authorization,
        now: Timestamp,
        effects: Effects,
    ) -> Result<Result<(), Unauthorized>, StoreError> {
        let mut tables = self.write();
        Ok(tables.authorized(id, authorization, now).map(|_| {
            tables.delete_user(id);
            tables.apply(effects);
        }))
    }

    async fn delete(&self, id: UserId, effects: Effects) -> Result<bool, StoreError> {
        let mut tables = self.write();
        let exists = tables.delete_user(id);
        if exists {
            tables.apply(effects);
        }
        Ok(exists)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
