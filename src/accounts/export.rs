//! Everything that is stored about an account, for its user.

use std::fmt;
use std::sync::Arc;

use crate::clock::Clock;
use crate::domain::{AuditEvent, Timestamp, UserId};
use crate::store::{Account, AuditQuery, SESSION_LIMIT, Session, Store, StoreError};

/// The maximum number of exported events.
const MAX_EVENTS: u32 = 10_000;

/// The export of accounts for their users.
pub struct ExportAccount {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

/// Everything that is stored about an account.
#[derive(Clone, Debug)]
pub struct AccountData {
    /// The account.
    pub account: Account,
    /// Its sessions that have not expired.
    pub sessions: Vec<Session>,
    /// The events of the audit trail that concern it, at most 10,000.
    pub events: Vec<AuditEvent>,
}

impl ExportAccount {
    /// The export of the accounts in `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// The data of a user; `None` where the user does not exist.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn export(&self, user: UserId) -> Result<Option<AccountData>, StoreError> {
        let Some(account) = self.store.by_id(user).await? else { return Ok(None) };
        let limit = u32::try_from(SESSION_LIMIT).unwrap_or(u32::MAX);
        let sessions = self.store.sessions_of(user, self.clock.now(), limit).await?;
        let query = AuditQuery {
            user: Some(user),
            kind: None,
            since: Timestamp::UNIX_EPOCH,
            until: Timestamp::MAX,
            after: 0,
            limit: MAX_EVENTS,
        };
        let events = self.store.events(&query).await?;
        let events = events.into_iter().map(|record| record.event).collect();
        Ok(Some(AccountData { account, sessions, events }))
    }
}

impl fmt::Debug for ExportAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportAccount").finish_non_exhaustive()
    }
}
