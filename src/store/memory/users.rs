//! Users in memory.

use async_trait::async_trait;

use super::store::MemoryStore;
use crate::domain::{Email, Timestamp, UserId};
use crate::password::PasswordHash;
use crate::store::authorization::revoked_by_user;
use crate::store::{
    Account, Authority, Authorization, Commit, Deletion, Effects, Insertion, NewUser,
    PasswordChange, StoreError, Unauthorized, UserStore,
};

impl MemoryStore {
    /// Inserts a user by this authority.
    pub(super) fn insert_by(
        &self,
        user: NewUser,
        authority: &Authority,
        effects: Commit<'_, UserId>,
    ) -> Result<Insertion, Unauthorized> {
        let mut tables = self.write();
        tables.check_authority(authority, user.created_at)?;
        if tables.by_email(&user.email).is_some() {
            return Ok(Insertion::EmailTaken);
        }
        let Some(effects) = effects(&tables.next_id()) else { return Ok(Insertion::Aborted) };
        let account = tables.insert_user(user);
        tables.apply(effects);
        Ok(Insertion::Inserted(account))
    }
}

#[async_trait]
impl UserStore for MemoryStore {
    async fn insert(
        &self,
        user: NewUser,
        effects: Commit<'_, UserId>,
    ) -> Result<Insertion, StoreError> {
        // An operator's authority always holds.
        let inserted = self.insert_by(user, &Authority::Operator, effects);
        Ok(inserted.unwrap_or(Insertion::Aborted))
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
    ) -> Result<Result<Deletion, Unauthorized>, StoreError> {
        let mut tables = self.write();
        if let Err(reason) = tables.authorized(id, authorization, now) {
            return Ok(Err(reason));
        }
        Ok(Ok(tables.delete_protected(id, effects)))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
