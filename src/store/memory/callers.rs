//! Look-ups of callers in memory.

use async_trait::async_trait;

use super::store::MemoryStore;
use crate::domain::{SessionId, UserId};
use crate::store::{CallerLookup, CallerStatus, StoreError};

impl MemoryStore {
    fn status(&self, user: UserId, session: Option<SessionId>) -> Option<CallerStatus> {
        let tables = self.read();
        let account = tables.users.get(&user)?;
        let session = session.and_then(|id| tables.sessions.get(&id));
        let session = session.filter(|session| session.user == user);
        Some(CallerStatus {
            user: account.user.clone(),
            disabled: account.disabled,
            tokens_valid_after: account.tokens_valid_after,
            session_expires_at: session.map(|session| session.idle_expires_at),
            session_used_at: session.map(|session| session.last_used_at),
        })
    }
}

#[async_trait]
impl CallerLookup for MemoryStore {
    fn cached(&self, user: UserId, session: Option<SessionId>) -> Option<Option<CallerStatus>> {
        Some(self.status(user, session))
    }

    async fn resolve(
        &self,
        user: UserId,
        session: Option<SessionId>,
    ) -> Result<Option<CallerStatus>, StoreError> {
        Ok(self.status(user, session))
    }
}
