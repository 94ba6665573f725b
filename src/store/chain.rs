//! The hash chain of the audit trail.
//!
//! Events are inserted unsealed, in the transactions of their changes, so that no change waits for
//! another one. Sealing gives them consecutive positions and hashes afterwards, in one transaction at a
//! time: `hash = SHA-256(label, hash of the previous event, position, columns)`.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;
use aws_lc_rs::digest::{Context, SHA256};

use super::error::StoreError;
use crate::domain::{AuditEvent, Timestamp};

/// The version of the encoding that is hashed. A changed encoding has another label.
const LABEL: &[u8] = b"countersign audit chain 1";

/// The hash of an event and of all events before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChainHash([u8; 32]);

/// A position in the chain, written as `SEQ:HASH` with the hash in hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChainLink {
    /// The position: 1 for the first event ever, 0 for the beginning of the chain.
    pub seq: i64,
    /// The hash; that of the beginning is all zeros.
    pub hash: ChainHash,
}

/// The columns of an event as they are stored, which need not be valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainRow {
    /// The id.
    pub id: i64,
    /// Unix milliseconds.
    pub at: i64,
    /// The name of the kind.
    pub kind: String,
    /// The id of the user.
    pub user_id: Option<i64>,
    /// The actor.
    pub actor: String,
    /// The id of the session.
    pub session_id: Option<String>,
    /// The address of the client.
    pub address: Option<String>,
    /// The request id.
    pub request_id: Option<String>,
    /// Further information.
    pub details: Option<String>,
}

/// An event of the chain as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedRow {
    /// The position.
    pub seq: i64,
    /// The stored hash; `None` if it is none.
    pub hash: Option<ChainHash>,
    /// The event.
    pub row: ChainRow,
}

/// The extent of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainExtent {
    /// What precedes the first event: the last one that was pruned, or the beginning of the chain.
    pub anchor: ChainLink,
    /// The last event.
    pub head: ChainLink,
    /// The number of sealed events.
    pub count: i64,
    /// The lowest and the highest position of sealed events.
    pub bounds: Option<(i64, i64)>,
}

/// Stores the hash chain of an audit trail that outlives the process.
#[async_trait]
pub trait AuditChain: Send + Sync + 'static {
    /// Seals a portion of the unsealed events. Returns their number, 0 if all are sealed.
    ///
    /// Several processes may seal concurrently: the chain is one.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn seal(&self) -> Result<usize, StoreError>;

    /// The extent of the chain; `None` if its row is missing or malformed.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn extent(&self) -> Result<Option<ChainExtent>, StoreError>;

    /// A page of the events after the position `after`, up to `through`, in the order of the chain.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn sealed(&self, after: i64, through: i64) -> Result<Vec<SealedRow>, StoreError>;

    /// Deletes a portion of the events before the first one that happened at `before` or later, moves
    /// the anchor, and seals the event that `record` returns for it. Returns the number of deleted
    /// events.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn prune(
        &self,
        before: Timestamp,
        record: &(dyn Fn(ChainLink) -> AuditEvent + Send + Sync),
    ) -> Result<usize, StoreError>;

    /// Moves the anchor behind the end of the chain, whatever is stored there, makes all events unsealed, and
    /// inserts the event that `record` returns for the anchor, in one transaction.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn restart(
        &self,
        record: &(dyn Fn(ChainLink) -> AuditEvent + Send + Sync),
    ) -> Result<(), StoreError>;
}

impl ChainHash {
    /// The hash in these bytes; `None` unless they are 32.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl ChainLink {
    /// The link of the event that follows this one.
    ///
    /// The encoding is unambiguous: numbers have 8 bytes, a text is preceded by its length, and an
    /// optional value by a byte that says whether there is one.
    #[must_use]
    pub fn followed_by(&self, row: &ChainRow) -> Self {
        let seq = self.seq.saturating_add(1);
        let mut encoding = Encoding(Context::new(&SHA256));
        encoding.bytes(LABEL);
        encoding.bytes(&self.hash.0);
        encoding.number(seq);
        encoding.number(row.id);
        encoding.number(row.at);
        encoding.bytes(row.kind.as_bytes());
        encoding.option(row.user_id, Encoding::number);
        encoding.bytes(row.actor.as_bytes());
        for text in [&row.session_id, &row.address, &row.request_id, &row.details] {
            encoding.option(text.as_deref(), |encoding, text| encoding.bytes(text.as_bytes()));
        }
        let hash = ChainHash::from_bytes(encoding.0.finish().as_ref()).unwrap_or_default();
        Self { seq, hash }
    }
}

struct Encoding(Context);

impl Encoding {
    fn number(&mut self, number: i64) {
        self.0.update(&number.to_be_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    fn option<T>(&mut self, value: Option<T>, encode: impl FnOnce(&mut Self, T)) {
        self.0.update(&[u8::from(value.is_some())]);
        if let Some(value) = value {
            encode(self, value);
        }
    }
}

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Display for ChainLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, self.hash)
    }
}

/// A text that is no `SEQ:HASH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected SEQ:HASH as `countersign audit head` prints it, with 64 hexadecimal digits")]
pub struct ChainLinkError;

impl FromStr for ChainLink {
    type Err = ChainLinkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (seq, hash) = text.trim().split_once(':').ok_or(ChainLinkError)?;
        let seq = seq.parse().ok().filter(|seq| *seq >= 0).ok_or(ChainLinkError)?;
        let hash = hex::decode(hash).ok().and_then(|bytes| ChainHash::from_bytes(&bytes));
        Ok(Self { seq, hash: hash.ok_or(ChainLinkError)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> ChainRow {
        ChainRow {
            id: 1,
            at: 1_764_000_000_000,
            kind: "login".to_owned(),
            user_id: Some(7),
            actor: "user:7".to_owned(),
            session_id: None,
            address: Some("192.0.2.1".to_owned()),
            request_id: Some("request-1".to_owned()),
            details: None,
        }
    }

    /// Chains that were noted and stored stay valid: the encoding of a label never changes. The value
    /// was computed by Python's hashlib.
    #[test]
    fn encoding_never_changes() {
        let link = ChainLink::default().followed_by(&row());
        assert_eq!(
            link.to_string(),
            "1:8f8cb5a1bb4ec9a299b81880a30f84732f065b7700c1e4fdcf920fb0f4f88ffe"
        );
        assert_eq!(link.to_string().parse(), Ok(link));
    }

    #[test]
    fn each_column_and_the_previous_hash_change_the_hash() {
        let first = ChainLink::default();
        let hash = first.followed_by(&row()).hash;
        let text = || Some("x".to_owned());
        let altered = [
            ChainRow { id: 2, ..row() },
            ChainRow { at: 0, ..row() },
            ChainRow { kind: "logout".to_owned(), ..row() },
            ChainRow { user_id: None, ..row() },
            ChainRow { actor: "user:8".to_owned(), ..row() },
            ChainRow { session_id: text(), ..row() },
            ChainRow { address: None, ..row() },
            ChainRow { request_id: text(), ..row() },
            ChainRow { details: Some(String::new()), ..row() },
            // What moves from one column to the next one.
            ChainRow { address: None, session_id: row().address, ..row() },
            ChainRow { kind: "loginuser".to_owned(), actor: ":7".to_owned(), ..row() },
        ];
        for row in altered {
            assert_ne!(first.followed_by(&row).hash, hash, "{row:?}");
        }
        let elsewhere = ChainLink { seq: 1, ..first };
        assert_ne!(elsewhere.followed_by(&row()).hash, hash);
        let after_another = ChainLink { seq: 0, hash };
        assert_ne!(after_another.followed_by(&row()).hash, hash);
    }

    #[test]
    fn link_is_parsed_as_it_is_written_and_nothing_else() {
        let zeros = "0".repeat(64);
        assert_eq!(format!("0:{zeros}\n").parse(), Ok(ChainLink::default()));
        for text in ["", "7", "7:", ":00", &*format!("-1:{zeros}"), &*format!("7:{zeros}0")] {
            assert_eq!(text.parse::<ChainLink>(), Err(ChainLinkError), "{text}");
        }
    }
}
