//! Statements about the hash chain of the audit trail.

use async_trait::async_trait;
use sqlx::QueryBuilder;

use super::pool::SqlStore;
use super::rows::malformed;
use super::transaction_parts::PORTION;
use super::transactions::BeginWrite;
use crate::domain::{AuditEvent, Timestamp};
use crate::store::{
    AuditChain, ChainExtent, ChainHash, ChainLink, ChainRow, Effects, SealedRow, StoreError,
};

/// Locks the row until the transaction ends: one transaction at a time extends the chain.
const LOCK: &str = "UPDATE audit_chain SET id = id WHERE id = 1 RETURNING head_seq, head_hash";

const ANY_UNSEALED: &str = "SELECT 1 FROM audit_events WHERE seq IS NULL LIMIT 1";

/// By `seq` and not after an id: an event is committed after others with higher ids.
const UNSEALED: &str = "SELECT id, at, kind, user_id, actor, session_id, address, request_id, details \
     FROM audit_events WHERE seq IS NULL ORDER BY id LIMIT 500";

const MOVE_HEAD: &str = "UPDATE audit_chain SET head_seq = $1, head_hash = $2 WHERE id = 1";

const MOVE_ANCHOR: &str = "UPDATE audit_chain SET anchor_seq = $1, anchor_hash = $2 WHERE id = 1";

const EXTENT: &str = "SELECT anchor_seq, anchor_hash, head_seq, head_hash, \
     (SELECT COUNT(*) FROM audit_events WHERE seq IS NOT NULL) AS count, \
     (SELECT MIN(seq) FROM audit_events WHERE seq IS NOT NULL) AS lowest, \
     (SELECT MAX(seq) FROM audit_events WHERE seq IS NOT NULL) AS highest \
     FROM audit_chain WHERE id = 1";

const SEALED: &str = "SELECT seq, hash, id, at, kind, user_id, actor, session_id, address, request_id, \
     details FROM audit_events WHERE seq > $1 AND seq <= $2 ORDER BY seq, id LIMIT 1000";

const OLDEST: &str =
    "SELECT seq, hash, at FROM audit_events WHERE seq IS NOT NULL ORDER BY seq LIMIT $1";

/// Where the row was deleted.
const INSERT_CHAIN: &str = "INSERT INTO audit_chain (id, anchor_seq, anchor_hash, head_seq, head_hash) \
     VALUES (1, 0, $1, 0, $1) ON CONFLICT (id) DO NOTHING";

const HIGHEST: &str = "SELECT MAX(seq) FROM audit_events WHERE seq IS NOT NULL";

const UNSEAL: &str = "UPDATE audit_events SET seq = NULL, hash = NULL WHERE seq IS NOT NULL";

/// The highest position of an anchor: one that was altered leaves positions for later events.
const MAX_ANCHOR: i64 = i64::MAX / 2;

const DELETE: &str = "DELETE FROM audit_events WHERE seq <= $1";

rows! {
    struct UnsealedRow {
        id: i64,
        at: i64,
        kind: String,
        user_id: Option<i64>,
        actor: String,
        session_id: Option<String>,
        address: Option<String>,
        request_id: Option<String>,
        details: Option<String>,
    }

    struct ExtentRow {
        anchor_seq: i64,
        anchor_hash: Vec<u8>,
        head_seq: i64,
        head_hash: Vec<u8>,
        count: i64,
        lowest: Option<i64>,
        highest: Option<i64>,
    }

    struct ChainedRow {
        seq: i64,
        hash: Option<Vec<u8>>,
        ..row: UnsealedRow
    }
}

impl From<UnsealedRow> for ChainRow {
    fn from(row: UnsealedRow) -> Self {
        let UnsealedRow { id, at, kind, user_id, actor, .. } = row;
        let UnsealedRow { session_id, address, request_id, details, .. } = row;
        Self { id, at, kind, user_id, actor, session_id, address, request_id, details }
    }
}

fn link(seq: i64, hash: &[u8]) -> Option<ChainLink> {
    Some(ChainLink { seq, hash: ChainHash::from_bytes(hash)? })
}

/// The head, as it is locked.
fn head(row: Option<(i64, Vec<u8>)>) -> Result<ChainLink, sqlx::Error> {
    row.and_then(|(seq, hash)| link(seq, &hash))
        .ok_or_else(|| malformed("the row of audit_chain".to_owned(), "head"))
}

/// Locks the chain: `lock_chain!(transaction)` is its head.
macro_rules! lock_chain {
    ($transaction:expr) => {
        head(sqlx::query_as(LOCK).fetch_optional(&mut *$transaction).await?)?
    };
}

/// Seals a portion of the unsealed events after a locked head: `seal_portion!(transaction, head)` is
/// their number.
macro_rules! seal_portion {
    ($transaction:expr, $head:ident) => {{
        let rows: Vec<UnsealedRow> = sqlx::query_as(UNSEALED).fetch_all(&mut *$transaction).await?;
        if !rows.is_empty() {
            let links = rows.into_iter().map(|row| {
                let row = ChainRow::from(row);
                $head = $head.followed_by(&row);
                (row.id, $head)
            });
            let links: Vec<_> = links.collect();
            let mut update = QueryBuilder::new("WITH sealed (id, seq, hash) AS (");
            update.push_values(&links, |mut row, (id, link)| {
                row.push_bind(*id).push_bind(link.seq).push_bind(link.hash.as_bytes());
            });
            update.push(
                ") UPDATE audit_events SET seq = sealed.seq, hash = sealed.hash FROM sealed \
                 WHERE audit_events.id = sealed.id AND audit_events.seq IS NULL",
            );
            let update = update.build().persistent(false);
            // An event that was deleted meanwhile would leave a gap.
            if update.execute(&mut *$transaction).await?.rows_affected() != links.len() as u64 {
                return Err(sqlx::Error::RowNotFound);
            }
            let moved = sqlx::query(MOVE_HEAD).bind($head.seq).bind($head.hash.as_bytes());
            moved.execute(&mut *$transaction).await?;
            links.len()
        } else {
            0
        }
    }};
}

#[async_trait]
impl AuditChain for SqlStore {
    async fn seal(&self) -> Result<usize, StoreError> {
        // Without the lock: most of the time there is nothing to seal.
        let unsealed = on!(self, read, |db| async {
            sqlx::query(ANY_UNSEALED).fetch_optional(db).await.map(|row| row.is_some())
        })?;
        if !unsealed {
            return Ok(0);
        }
        Ok(on!(self, write, |db| async {
            let mut transaction = db.begin_write().await?;
            let mut head = lock_chain!(transaction);
            let sealed = seal_portion!(transaction, head);
            transaction.commit().await?;
            Ok(sealed)
        })?)
    }

    async fn extent(&self) -> Result<Option<ChainExtent>, StoreError> {
        let row: Option<ExtentRow> =
            on!(self, read, |db| async { sqlx::query_as(EXTENT).fetch_optional(db).await })?;
        Ok(row.and_then(|row| {
            Some(ChainExtent {
                anchor: link(row.anchor_seq, &row.anchor_hash)?,
                head: link(row.head_seq, &row.head_hash)?,
                count: row.count,
                bounds: row.lowest.zip(row.highest),
            })
        }))
    }

    async fn sealed(&self, after: i64, through: i64) -> Result<Vec<SealedRow>, StoreError> {
        let rows: Vec<ChainedRow> = on!(self, read, |db| async {
            sqlx::query_as(SEALED).bind(after).bind(through).fetch_all(db).await
        })?;
        let sealed = |row: ChainedRow| SealedRow {
            seq: row.seq,
            hash: row.hash.and_then(|hash| ChainHash::from_bytes(&hash)),
            row: row.row.into(),
        };
        Ok(rows.into_iter().map(sealed).collect())
    }

    async fn prune(
        &self,
        before: Timestamp,
        record: &(dyn Fn(ChainLink) -> AuditEvent + Send + Sync),
    ) -> Result<usize, StoreError> {
        let pruned = on!(self, write, |db| async {
            let mut transaction = db.begin_write().await?;
            let mut head = lock_chain!(transaction);
            while seal_portion!(transaction, head) > 0 {}
            let rows = sqlx::query_as(OLDEST).bind(PORTION.cast_signed());
            let rows: Vec<(i64, Option<Vec<u8>>, i64)> = rows.fetch_all(&mut *transaction).await?;
            let is_old = |(.., at): &&(i64, Option<Vec<u8>>, i64)| *at < before.milliseconds();
            let old = rows.iter().take_while(is_old).count();
            let Some((seq, hash, _)) = old.checked_sub(1).and_then(|last| rows.get(last)) else {
                transaction.commit().await?;
                return Ok(None);
            };
            let anchor = link(*seq, hash.as_deref().unwrap_or_default())
                .ok_or_else(|| malformed(format!("audit event {seq}"), "hash"))?;
            sqlx::query(DELETE).bind(anchor.seq).execute(&mut *transaction).await?;
            let moved = sqlx::query(MOVE_ANCHOR).bind(anchor.seq).bind(anchor.hash.as_bytes());
            moved.execute(&mut *transaction).await?;
            let event = record(anchor);
            insert_event!(&mut *transaction, event)?;
            seal_portion!(transaction, head);
            transaction.commit().await?;
            Ok(Some((old, event)))
        })?;
        Ok(pruned.map_or(0, |(number, event)| {
            Effects::from(event).log();
            number
        }))
    }

    async fn restart(
        &self,
        record: &(dyn Fn(ChainLink) -> AuditEvent + Send + Sync),
    ) -> Result<(), StoreError> {
        let event = on!(self, write, |db| async {
            let mut transaction = db.begin_write().await?;
            let beginning = ChainLink::default();
            let insert = sqlx::query(INSERT_CHAIN).bind(beginning.hash.as_bytes());
            insert.execute(&mut *transaction).await?;
            let (seq, hash): (i64, Vec<u8>) =
                sqlx::query_as(LOCK).fetch_one(&mut *transaction).await?;
            let highest: Option<i64> =
                sqlx::query_scalar(HIGHEST).fetch_one(&mut *transaction).await?;
            // Later than each head that was noted: none of them may pass for the anchor.
            let last = highest.map_or(seq, |highest| highest.max(seq));
            let seq = last.saturating_add(1).clamp(1, MAX_ANCHOR);
            let hash = ChainHash::from_bytes(&hash).unwrap_or_default();
            let anchor = ChainLink { seq, hash };
            sqlx::query(UNSEAL).execute(&mut *transaction).await?;
            for moving in [MOVE_ANCHOR, MOVE_HEAD] {
                let moved = sqlx::query(moving).bind(anchor.seq).bind(anchor.hash.as_bytes());
                moved.execute(&mut *transaction).await?;
            }
            let event = record(anchor);
            insert_event!(&mut *transaction, event)?;
            transaction.commit().await?;
            Ok(event)
        })?;
        Effects::from(event).log();
        Ok(())
    }
}
