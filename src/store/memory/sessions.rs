//! What is done with sessions.

use std::cmp::Reverse;
use std::sync::Arc;

use async_trait::async_trait;

use super::tables::MemoryStore;
use crate::domain::{SessionId, UserId};
use crate::store::authorization::revoked_by_user;
use crate::store::lookup::{Lookup, here};
use crate::store::{
    Account, Advance, Authorization, EndedSessions, NewSession, NewUser, RefreshRules, Session,
    SessionStore, StoreError, Unauthorized,
};

#[async_trait]
impl SessionStore for MemoryStore {
    async fn register(&self, user: NewUser, session: NewSession) -> Result<Account, StoreError> {
        let mut tables = self.write();
        let account = tables.users.insert(user)?;
        let last_login_at = Some(session.created_at);
        tables.log_in(account.user.id, session);
        Ok(Account { last_login_at, ..account })
    }

    async fn open(&self, account: &Account, session: NewSession) -> Result<bool, StoreError> {
        let mut tables = self.write();
        let id = account.user.id;
        let may_log_in = tables.users.account(id).is_some_and(|current| {
            !current.disabled
                && current.password_hash == account.password_hash
                && current.tokens_void_until == account.tokens_void_until
        });
        Ok(may_log_in && tables.log_in(id, session).is_some())
    }

    async fn advance(
        &self,
        id: SessionId,
        presented: i64,
        now: i64,
        rules: RefreshRules,
    ) -> Result<Advance, StoreError> {
        let mut tables = self.write();
        let Some(session) = tables.sessions.entries.get(&id) else { return Ok(Advance::Unknown) };
        let mut session = Session::clone(session);
        if session.is_over(now) {
            return Ok(Advance::Unknown);
        }
        if session.generation == presented {
            session.generation += 1;
            session.expires_at = session.refreshed_until(now, rules);
            session.last_used_at = now;
            tables.sessions.put(session.clone());
            return Ok(Advance::Advanced(session));
        }
        let advance = session.judge_old(presented, now, rules);
        if matches!(advance, Advance::Reused(_)) {
            tables.sessions.take(id);
        }
        Ok(advance)
    }

    async fn session(&self, id: SessionId) -> Result<Option<Arc<Session>>, StoreError> {
        Ok(self.read().sessions.entries.get(&id).cloned())
    }

    fn recent_session(&self, id: SessionId) -> Lookup<'_, Arc<Session>> {
        here(self.read().sessions.entries.get(&id).cloned())
    }

    async fn sessions_of(
        &self,
        user: UserId,
        now: i64,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        let tables = self.read();
        let live = tables.sessions.of(user).filter(|session| !session.is_over(now));
        let mut sessions: Vec<Session> = live.map(|session| Session::clone(session)).collect();
        sessions.sort_by_key(|session| Reverse((session.last_used_at, session.id)));
        sessions.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(sessions)
    }

    async fn end(&self, id: SessionId) -> Result<bool, StoreError> {
        Ok(self.write().sessions.take(id).is_some())
    }

    async fn end_own(
        &self,
        user: UserId,
        authorization: &Authorization,
        ended: EndedSessions,
        now: i64,
    ) -> Result<Result<bool, Unauthorized>, StoreError> {
        let mut tables = self.write();
        let mut account = match tables.authorized(user, authorization, now) {
            Ok(account) => account,
            Err(reason) => return Ok(Err(reason)),
        };
        match ended {
            EndedSessions::One(id) => {
                let is_theirs = tables.sessions.entries.get(&id).is_some_and(|it| it.user == user);
                return Ok(Ok(is_theirs && tables.sessions.take(id).is_some()));
            }
            EndedSessions::Others => tables.sessions.end_all_of(user, authorization.session),
            EndedSessions::All => {
                account.tokens_void_until = revoked_by_user(account.tokens_void_until, now);
                account.changed_at = now;
                tables.users.put(&account);
                tables.sessions.end_all_of(user, None);
            }
        }
        Ok(Ok(true))
    }
}
