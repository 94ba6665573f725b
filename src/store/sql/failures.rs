//! Statements about the failures of the throttle.

use std::collections::HashMap;

use async_trait::async_trait;
use sqlx::QueryBuilder;

use super::pool::SqlStore;
use super::rows::FailureRow;
use super::transactions::BeginWrite;
use crate::domain::Timestamp;
use crate::store::{FailureMap, FailureStore, StoreError};
use crate::throttle::{FailureChange, FailureKey, Failures};

/// Locks the row, so that versions become visible in their order.
const NEXT_VERSION: &str = "INSERT INTO throttle_version (id, version) VALUES (1, 1) \
     ON CONFLICT (id) DO UPDATE SET version = throttle_version.version + 1 RETURNING version";

/// A version may have more rows than the limit: they come together.
const SINCE: &str = "SELECT key, count, until, failed_at, version FROM throttle_failures \
     WHERE version > $1 AND version <= (SELECT COALESCE(MAX(version), 0) FROM (SELECT version \
     FROM throttle_failures WHERE version > $1 ORDER BY version LIMIT 10000) AS page)";

const DELETE_BEFORE: &str = "DELETE FROM throttle_failures WHERE failed_at < $1";

const COUNT: &str = "SELECT COUNT(*) FROM throttle_failures";

const DELETE_FEWEST: &str = "DELETE FROM throttle_failures WHERE key IN (SELECT key \
     FROM throttle_failures ORDER BY count, failed_at LIMIT $1)";

#[async_trait]
impl FailureStore for SqlStore {
    async fn change_failures(&self, changes: &[FailureChange]) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        on!(self, write, |db| async {
            let mut transaction = db.begin_write().await?;
            let version: i64 =
                sqlx::query_scalar(NEXT_VERSION).fetch_one(&mut *transaction).await?;
            let mut failures = FailureMap::new();
            let mut select = QueryBuilder::new(
                "SELECT key, count, until, failed_at, version FROM throttle_failures WHERE key IN (",
            );
            let mut keys = select.separated(", ");
            for change in changes {
                if failures.insert(change.key, Failures::default()).is_none() {
                    keys.push_bind(change.key.to_string());
                }
            }
            select.push(")");
            let select = select.build_query_as::<FailureRow>().persistent(false);
            for row in select.fetch_all(&mut *transaction).await? {
                if let Ok(key) = row.key.parse() {
                    failures.insert(key, Failures::from(&row));
                }
            }
            for change in changes {
                let failures = failures.entry(change.key).or_default();
                *failures = change.apply(*failures);
            }
            let mut upsert = QueryBuilder::new(
                "INSERT INTO throttle_failures (key, count, until, failed_at, version) ",
            );
            upsert.push_values(&failures, |mut row, (key, failures)| {
                row.push_bind(key.to_string())
                    .push_bind(i64::from(failures.count))
                    .push_bind(failures.until.milliseconds())
                    .push_bind(failures.failed_at.milliseconds())
                    .push_bind(version);
            });
            upsert.push(
                " ON CONFLICT (key) DO UPDATE SET count = excluded.count, until = excluded.until, \
                 failed_at = excluded.failed_at, version = excluded.version",
            );
            upsert.build().persistent(false).execute(&mut *transaction).await?;
            transaction.commit().await
        })?;
        Ok(())
    }

    async fn failures_since(&self, version: i64) -> Result<(FailureMap, i64), StoreError> {
        let rows: Vec<FailureRow> = on!(self, read, |db| async {
            sqlx::query_as(SINCE).bind(version).fetch_all(db).await
        })?;
        let newest = rows.iter().map(|row| row.version).max().unwrap_or(version);
        // A key that a newer version of the service has written is not understood.
        let known = |row: &FailureRow| Some((row.key.parse::<FailureKey>().ok()?, row.into()));
        Ok((rows.iter().filter_map(known).collect::<HashMap<_, _>>(), newest))
    }

    async fn delete_failures(&self, before: Timestamp, capacity: usize) -> Result<(), StoreError> {
        on!(self, write, |db| async {
            let mut transaction = db.begin_write().await?;
            sqlx::query(DELETE_BEFORE)
                .bind(before.milliseconds())
                .execute(&mut *transaction)
                .await?;
            let count: i64 = sqlx::query_scalar(COUNT).fetch_one(&mut *transaction).await?;
            let excess = count.saturating_sub(i64::try_from(capacity).unwrap_or(i64::MAX));
            if excess > 0 {
                sqlx::query(DELETE_FEWEST).bind(excess).execute(&mut *transaction).await?;
            }
            transaction.commit().await
        })?;
        Ok(())
    }
}
