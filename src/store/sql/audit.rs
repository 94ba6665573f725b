//! Statements about the audit trail.

use async_trait::async_trait;
use sqlx::QueryBuilder;

use super::pool::SqlStore;
use super::rows::{AuditRow, all};
use crate::domain::{AuditEvent, AuditKind};
use crate::store::{AuditQuery, AuditRecord, AuditStore, Effects, StoreError};

const LIST: &str = "SELECT id, at, kind, user_id, actor, session_id, address, request_id, details \
     FROM audit_events WHERE id > $1 AND at >= $2 AND at < $3 \
     AND (CAST($4 AS TEXT) IS NULL OR kind = $4) ORDER BY id LIMIT $5";

const LIST_OF_USER: &str = "SELECT id, at, kind, user_id, actor, session_id, address, request_id, \
     details FROM audit_events WHERE user_id = $6 AND id > $1 AND at >= $2 AND at < $3 \
     AND (CAST($4 AS TEXT) IS NULL OR kind = $4) ORDER BY id LIMIT $5";

const INSERT_MANY: &str = "INSERT INTO audit_events \
     (at, kind, user_id, actor, session_id, address, request_id, details) ";

/// Events of each statement of [`AuditStore::append_many`]; eight parameters each stay under what both
/// databases accept.
const EVENTS: usize = 500;

#[async_trait]
impl AuditStore for SqlStore {
    async fn append(&self, event: AuditEvent) -> Result<(), StoreError> {
        on!(self, write, |db| async { insert_event!(db, &event).map(drop) })?;
        Effects::from(event).log();
        Ok(())
    }

    async fn append_many(&self, events: &[AuditEvent]) -> Result<(), StoreError> {
        for events in events.chunks(EVENTS) {
            on!(self, write, |db| async {
                let mut insert = QueryBuilder::new(INSERT_MANY);
                insert.push_values(events, |mut row, event| {
                    row.push_bind(event.at.milliseconds())
                        .push_bind(event.kind.name())
                        .push_bind(event.user.map(|user| user.0))
                        .push_bind(event.actor.to_string())
                        .push_bind(event.session.map(|session| session.to_string()))
                        .push_bind(&event.address)
                        .push_bind(&event.request_id)
                        .push_bind(&event.details);
                });
                // A statement for each number of events would displace the others from the cache.
                insert.build().persistent(false).execute(db).await.map(drop)
            })?;
        }
        Ok(())
    }

    async fn events(&self, query: &AuditQuery) -> Result<Vec<AuditRecord>, StoreError> {
        let statement = if query.user.is_some() { LIST_OF_USER } else { LIST };
        Ok(on!(self, read, |db| async {
            let mut rows = sqlx::query_as::<_, AuditRow>(statement)
                .bind(query.after)
                .bind(query.since.milliseconds())
                .bind(query.until.milliseconds())
                .bind(query.kind.map(AuditKind::name))
                .bind(i64::from(query.limit));
            if let Some(user) = query.user {
                rows = rows.bind(user.0);
            }
            all(rows.fetch_all(db).await?)
        })?)
    }
}
