//! Statements about the audit trail.

use async_trait::async_trait;

use super::pool::SqlStore;
use super::rows::{AuditRow, all};
use crate::domain::AuditEvent;
use crate::store::{AuditQuery, AuditRecord, AuditStore, Effects, StoreError};

const LIST: &str = "SELECT id, at, kind, user_id, actor, session_id, address, request_id, details \
     FROM audit_events WHERE id > $1 AND at >= $2 ORDER BY id LIMIT $3";

const LIST_OF_USER: &str = "SELECT id, at, kind, user_id, actor, session_id, address, request_id, \
     details FROM audit_events WHERE user_id = $4 AND id > $1 AND at >= $2 ORDER BY id LIMIT $3";

#[async_trait]
impl AuditStore for SqlStore {
    async fn append(&self, event: AuditEvent) -> Result<(), StoreError> {
        on!(self, write, |db| async { insert_event!(db, &event).map(drop) })?;
        Effects::from(event).log();
        Ok(())
    }

    async fn events(&self, query: &AuditQuery) -> Result<Vec<AuditRecord>, StoreError> {
        let statement = if query.user.is_some() { LIST_OF_USER } else { LIST };
        Ok(on!(self, read, |db| async {
            let mut rows = sqlx::query_as::<_, AuditRow>(statement)
                .bind(query.after)
                .bind(query.since.milliseconds())
                .bind(i64::from(query.limit));
            if let Some(user) = query.user {
                rows = rows.bind(user.0);
            }
            all(rows.fetch_all(db).await?)
        })?)
    }
}
