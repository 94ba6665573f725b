//! Sessions in memory.

use async_trait::async_trait;

use super::store::MemoryStore;
use crate::domain::{SessionId, Timestamp, UserId};
use crate::store::authorization::revoked_by_user;
use crate::store::{
    Account, Authorization, Commit, Effects, EndedSessions, Extension, NewSession, NewUser,
    Opening, PresentedToken, Registration, Rotation, RotationRules, Session, SessionStore,
    StoreError, Unauthorized,
};

#[async_trait]
impl SessionStore for MemoryStore {
    async fn register(
        &self,
        user: NewUser,
        session: NewSession,
        effects: Commit<'_, UserId>,
    ) -> Result<Registration, StoreError> {
        let mut tables = self.write();
        if tables.by_email(&user.email).is_some() {
            return Ok(Registration::EmailTaken);
        }
        let Some(effects) = effects(&tables.next_id()) else { return Ok(Registration::Aborted) };
        let account = tables.insert_user(user);
        let last_login_at = Some(session.created_at);
        tables.log_in(account.user.id, session, &[]);
        tables.apply(effects);
        Ok(Registration::Registered(Account { last_login_at, ..account }))
    }

    async fn open(
        &self,
        verified: &Account,
        session: NewSession,
        effects: Commit<'_, Vec<SessionId>>,
    ) -> Result<Opening, StoreError> {
        let mut tables = self.write();
        let id = verified.user.id;
        let may_log_in = tables.users.get(&id).is_some_and(|current| {
            !current.disabled
                && current.password_hash == verified.password_hash
                && current.tokens_valid_after == verified.tokens_valid_after
        });
        if !may_log_in {
            return Ok(Opening::Conflict);
        }
        let over_limit = tables.sessions_over_limit(id);
        let Some(effects) = effects(&over_limit) else { return Ok(Opening::Aborted) };
        tables.log_in(id, session, &over_limit);
        tables.apply(effects);
        Ok(Opening::Opened)
    }

    async fn rotate(
        &self,
        token: &PresentedToken,
        rules: RotationRules,
        effects: Commit<'_, Rotation>,
    ) -> Result<Rotation, StoreError> {
        let mut tables = self.write();
        let Some(session) = tables.sessions.get(&token.session) else {
            return Ok(Rotation::NotFound);
        };
        let rotation = session.clone().present(token, rules);
        let Some(effects) = effects(&rotation) else { return Ok(Rotation::Aborted) };
        match &rotation {
            Rotation::Rotated(session) | Rotation::Retried(session) => {
                tables.put_session(session.clone());
            }
            Rotation::ReuseDetected(_) => drop(tables.delete_session(token.session)),
            Rotation::NotFound | Rotation::Aborted => return Ok(rotation),
        }
        tables.apply(effects);
        Ok(rotation)
    }

    async fn extend(&self, extension: &Extension) -> Result<bool, StoreError> {
        let mut tables = self.write();
        let session = tables.sessions.get(&extension.session).filter(|session| {
            !session.has_expired(extension.now) && session.last_used_at <= extension.unused_since
        });
        let Some(session) = session else { return Ok(false) };
        let idle_expires_at = extension.idle_expires_at().min(session.absolute_expires_at);
        let last_used_at = extension.now;
        let extended = Session { last_used_at, idle_expires_at, ..session.clone() };
        tables.put_session(extended);
        Ok(true)
    }

    async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        Ok(self.read().sessions.get(&id).cloned())
    }

    async fn sessions_of(
        &self,
        user: UserId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let tables = self.read();
        let sessions = tables.sessions_of(user).into_iter();
        Ok(sessions.filter(|session| !session.has_expired(now)).take(limit).cloned().collect())
    }

    async fn end(
        &self,
        id: SessionId,
        effects: Commit<'_, Session>,
    ) -> Result<Option<Session>, StoreError> {
        let mut tables = self.write();
        let Some(session) = tables.delete_session(id) else { return Ok(None) };
        tables.apply(effects(&session).unwrap_or_default());
        Ok(Some(session))
    }

    async fn end_own(
        &self,
        user: UserId,
        authorization: &Authorization,
        ended: EndedSessions,
        now: Timestamp,
        effects: Effects,
    ) -> Result<Result<bool, Unauthorized>, StoreError> {
        let mut tables = self.write();
        let mut account = match tables.authorized(user, authorization, now) {
            Ok(account) => account,
            Err(reason) => return Ok(Err(reason)),
        };
        match ended {
            EndedSessions::One(id) => {
                if tables.sessions.get(&id).is_none_or(|session| session.user != user) {
                    return Ok(Ok(false));
                }
                tables.delete_session(id);
            }
            EndedSessions::Others => tables.end_sessions_of(user, authorization.session),
            EndedSessions::All => {
                account.tokens_valid_after = revoked_by_user(account.tokens_valid_after, now);
                account.changed_at = now;
                tables.users.insert(user, account);
                tables.end_sessions_of(user, None);
            }
        }
        tables.apply(effects);
        Ok(Ok(true))
    }
}
