//! The statement that looks up a caller.

use async_trait::async_trait;

use super::pool::SqlStore;
use super::rows::CallerRow;
use crate::domain::{SessionId, UserId};
use crate::store::{CallerLookup, CallerStatus, StoreError};

const RESOLVE: &str = "SELECT users.id, users.email, users.email_verified, users.is_admin, \
     users.disabled, users.tokens_valid_after, sessions.idle_expires_at, sessions.last_used_at \
     FROM users LEFT JOIN sessions ON sessions.id = $2 AND sessions.user_id = users.id \
     WHERE users.id = $1";

impl SqlStore {
    async fn query_caller(
        &self,
        user: UserId,
        session: Option<SessionId>,
    ) -> Result<Option<CallerStatus>, StoreError> {
        // No session has an empty id.
        let session = session.map(|id| id.to_string()).unwrap_or_default();
        let row: Option<CallerRow> = on!(self, read, |db| sqlx::query_as(RESOLVE)
            .bind(user.0)
            .bind(&session)
            .fetch_optional(db))?;
        Ok(row.map(CallerStatus::from))
    }
}

#[async_trait]
impl CallerLookup for SqlStore {
    fn cached(&self, user: UserId, session: Option<SessionId>) -> Option<Option<CallerStatus>> {
        self.callers.get(user, session).map(Some)
    }

    async fn resolve(
        &self,
        user: UserId,
        session: Option<SessionId>,
    ) -> Result<Option<CallerStatus>, StoreError> {
        self.callers.resolve(user, session, || self.query_caller(user, session)).await
    }
}
