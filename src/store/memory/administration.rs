//! Administrative changes of users in memory.

use async_trait::async_trait;

use super::store::MemoryStore;
use crate::domain::{SessionId, Timestamp, UserId};
use crate::password::PasswordHash;
use crate::store::authorization::revoked_by_operator;
use crate::store::{
    Account, AdministrationStore, Authority, Commit, Deletion, Effects, Insertion, NewUser,
    StoreError, Unauthorized, UpdatedUser, UserChange, UserQuery, UserUpdate,
};

#[async_trait]
impl AdministrationStore for MemoryStore {
    async fn find_users(&self, query: &UserQuery) -> Result<Vec<Account>, StoreError> {
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let above = UserId(query.after.0.saturating_add(1))..;
        let tables = self.read();
        let users = tables.users.range(above).map(|(_, account)| account);
        let found = users.filter(|account| account.user.email.as_str().contains(&query.search));
        Ok(found.take(limit).cloned().collect())
    }

    async fn create_user(
        &self,
        user: NewUser,
        authority: &Authority,
        effects: Commit<'_, UserId>,
    ) -> Result<Result<Insertion, Unauthorized>, StoreError> {
        Ok(self.insert_by(user, authority, effects))
    }

    async fn update_user(
        &self,
        id: UserId,
        change: &UserChange,
        authority: &Authority,
        now: Timestamp,
        effects: Commit<'_, UpdatedUser>,
    ) -> Result<Result<UserUpdate, Unauthorized>, StoreError> {
        let mut tables = self.write();
        if let Err(reason) = tables.check_authority(authority, now) {
            return Ok(Err(reason));
        }
        let Some(before) = tables.users.get(&id).cloned() else {
            return Ok(Ok(UserUpdate::NotFound));
        };
        let Ok(after) = change.apply(&before, now) else {
            return Ok(Ok(UserUpdate::MetadataTooLarge));
        };
        if after == before {
            return Ok(Ok(UserUpdate::Unchanged(after)));
        }
        let updated = UpdatedUser { before, after };
        let taken = tables.by_email(&updated.after.user.email);
        if taken.is_some_and(|other| other.user.id != id) {
            return Ok(Ok(UserUpdate::EmailTaken));
        }
        if updated.removes_administrator() && tables.is_last_administrator(id) {
            return Ok(Ok(UserUpdate::LastAdministrator));
        }
        if updated.ends_sessions() {
            tables.end_sessions_of(id, None);
        }
        if updated.after.user.email != updated.before.user.email {
            tables.one_time_tokens.retain(|_, stored| stored.token.user != id);
        }
        tables.replace_user(updated.after.clone());
        tables.apply(effects(&updated).unwrap_or_default());
        Ok(Ok(UserUpdate::Updated(updated.after)))
    }

    async fn set_password(
        &self,
        id: UserId,
        password_hash: PasswordHash,
        authority: &Authority,
        now: Timestamp,
        effects: Effects,
    ) -> Result<Result<Option<Account>, Unauthorized>, StoreError> {
        let mut tables = self.write();
        if let Err(reason) = tables.check_authority(authority, now) {
            return Ok(Err(reason));
        }
        let Some(account) = tables.users.get_mut(&id) else { return Ok(Ok(None)) };
        account.password_hash = password_hash;
        account.changed_at = now;
        account.tokens_valid_after = revoked_by_operator(account.tokens_valid_after, now);
        let account = account.clone();
        tables.end_sessions_of(id, None);
        tables.apply(effects);
        Ok(Ok(Some(account)))
    }

    async fn end_sessions(
        &self,
        user: UserId,
        session: Option<SessionId>,
        authority: &Authority,
        now: Timestamp,
        effects: Effects,
    ) -> Result<Result<bool, Unauthorized>, StoreError> {
        let mut tables = self.write();
        if let Err(reason) = tables.check_authority(authority, now) {
            return Ok(Err(reason));
        }
        if let Some(id) = session {
            if tables.sessions.get(&id).is_none_or(|session| session.user != user) {
                return Ok(Ok(false));
            }
            tables.delete_session(id);
        } else {
            let Some(account) = tables.users.get_mut(&user) else { return Ok(Ok(false)) };
            account.tokens_valid_after = revoked_by_operator(account.tokens_valid_after, now);
            account.changed_at = now;
            tables.end_sessions_of(user, None);
        }
        tables.apply(effects);
        Ok(Ok(true))
    }

    async fn delete_user(
        &self,
        id: UserId,
        authority: &Authority,
        now: Timestamp,
        effects: Effects,
    ) -> Result<Result<Deletion, Unauthorized>, StoreError> {
        let mut tables = self.write();
        if let Err(reason) = tables.check_authority(authority, now) {
            return Ok(Err(reason));
        }
        Ok(Ok(tables.delete_protected(id, effects)))
    }
}
