//! Verification of the hash chain.

use super::chain::{Chain, THROUGH};
use crate::domain::AuditKind;
use crate::store::{ChainExtent, ChainLink, SealedRow, StoreError};

/// A chain in which nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intact {
    /// The number of its events.
    pub count: i64,
    /// What was pruned or broken before them; the beginning of the chain if nothing was.
    pub anchor: ChainLink,
    /// The position of the last event that acknowledges signs of tampering.
    pub acknowledged: Option<i64>,
    /// The last event.
    pub head: ChainLink,
}

/// Signs of tampering, the first one in the order of the chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Tampering {
    /// The row of the chain is missing.
    #[error("the table audit_chain has no valid row")]
    NoChain,
    /// An event is not as it was sealed, or is in another place.
    #[error(
        "event {seq} (id {id}) is not the one that was sealed: it was changed, replaced or moved"
    )]
    Changed {
        /// The position.
        seq: i64,
        /// The id that the row has now.
        id: i64,
    },
    /// Events are missing.
    #[error("events {first} to {last} are missing")]
    Missing {
        /// The first position.
        first: i64,
        /// The last position.
        last: i64,
    },
    /// Rows outside of the chain, or twice in it.
    #[error("event {0} was inserted: the chain has no such position, or has it twice")]
    Inserted(i64),
    /// More rows than positions.
    #[error("{0} rows are twice in the chain")]
    Surplus(i64),
    /// The head is another one than that of the last event.
    #[error("event {0} is not the one that the head in audit_chain was made of")]
    Head(i64),
    /// A prefix is missing, and no event says so.
    #[error(
        "events up to {0} are missing, and no event audit_pruned or audit_break_acknowledged has the \
         hash of the last one"
    )]
    Anchor(i64),
    /// The chain ends before the noted head.
    #[error("events {first} to {noted} are missing: the chain ends before the noted head")]
    Cut {
        /// The first position that is missing.
        first: i64,
        /// The position of the noted head.
        noted: i64,
    },
    /// The event of the noted head has another hash.
    #[error(
        "event {0} is not the noted head: it, or an event before it, was changed and sealed anew"
    )]
    Rewritten(i64),
    /// The event of the noted head was pruned, or chained anew after an acknowledged break.
    #[error(
        "the noted head {noted} cannot be compared, since events up to {anchor} were pruned, or chained \
         anew; note the head again after each `audit prune` and `audit acknowledge`"
    )]
    Pruned {
        /// The position of the noted head.
        noted: i64,
        /// The last pruned position.
        anchor: i64,
    },
}

impl Chain {
    /// Seals all events, and verifies the chain, also against a head that was `noted`.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn verify(
        &self,
        noted: Option<ChainLink>,
    ) -> Result<Result<Intact, Tampering>, StoreError> {
        // Before the seal, which fails without the row.
        if self.store.extent().await?.is_none() {
            return Ok(Err(Tampering::NoChain));
        }
        // A chain that was tampered with may not be sealed, such as one whose head was moved back.
        let sealed = self.seal().await;
        loop {
            let Some(extent) = self.store.extent().await? else {
                return Ok(Err(Tampering::NoChain));
            };
            let verified = self.verify_extent(&extent, noted).await?;
            if verified.is_ok() {
                sealed?;
                return Ok(verified);
            }
            // A concurrent prune deletes what is about to be read.
            let now = self.store.extent().await?;
            if now.is_none_or(|now| now.anchor == extent.anchor) {
                return Ok(verified);
            }
        }
    }

    async fn verify_extent(
        &self,
        extent: &ChainExtent,
        noted: Option<ChainLink>,
    ) -> Result<Result<Intact, Tampering>, StoreError> {
        let (anchor, head) = (extent.anchor, extent.head);
        let mut walk =
            Walk { last: anchor, anchor, is_recorded: anchor.seq == 0, acknowledged: None, noted };
        if let Err(tampering) = walk.compare_with_noted() {
            return Ok(Err(tampering));
        }
        loop {
            let page = self.store.sealed(walk.last.seq, head.seq).await?;
            if page.is_empty() {
                return Ok(walk.end(extent));
            }
            if let Some(tampering) = page.iter().find_map(|row| walk.step(row).err()) {
                return Ok(Err(tampering));
            }
        }
    }
}

/// What has been verified up to a position.
struct Walk {
    last: ChainLink,
    anchor: ChainLink,
    /// Whether an event has recorded the prune up to the anchor, or the acknowledged break there.
    is_recorded: bool,
    acknowledged: Option<i64>,
    noted: Option<ChainLink>,
}

impl Walk {
    fn step(&mut self, sealed: &SealedRow) -> Result<(), Tampering> {
        let next = self.last.seq.saturating_add(1);
        if sealed.seq > next {
            return Err(Tampering::Missing { first: next, last: sealed.seq - 1 });
        }
        if sealed.seq < next {
            return Err(Tampering::Inserted(sealed.seq));
        }
        let link = self.last.followed_by(&sealed.row);
        if sealed.hash != Some(link.hash) {
            return Err(Tampering::Changed { seq: sealed.seq, id: sealed.row.id });
        }
        self.last = link;
        let details = sealed.row.details.as_deref().unwrap_or_default();
        let is_acknowledgment = sealed.row.kind == AuditKind::AuditBreakAcknowledged.name();
        if is_acknowledgment {
            self.acknowledged = Some(sealed.seq);
        }
        let is_record = is_acknowledgment || sealed.row.kind == AuditKind::AuditPruned.name();
        let through = details.strip_prefix(THROUGH).and_then(|text| text.split(' ').next());
        self.is_recorded |=
            is_record && through.and_then(|text| text.parse().ok()) == Some(self.anchor);
        self.compare_with_noted()
    }

    /// Compares the noted head with the last link, if it has the same position.
    fn compare_with_noted(&self) -> Result<(), Tampering> {
        match self.noted {
            Some(noted) if noted.seq < self.anchor.seq => {
                Err(Tampering::Pruned { noted: noted.seq, anchor: self.anchor.seq })
            }
            Some(noted) if noted.seq == self.last.seq && noted != self.last => {
                Err(Tampering::Rewritten(noted.seq))
            }
            _ => Ok(()),
        }
    }

    fn end(&self, extent: &ChainExtent) -> Result<Intact, Tampering> {
        let (anchor, head, last) = (extent.anchor, extent.head, self.last);
        if last.seq < head.seq {
            return Err(Tampering::Missing { first: last.seq + 1, last: head.seq });
        }
        if last != head {
            return Err(Tampering::Head(head.seq));
        }
        match extent.bounds {
            Some((lowest, _)) if lowest <= anchor.seq => return Err(Tampering::Inserted(lowest)),
            Some((_, highest)) if highest > head.seq => return Err(Tampering::Inserted(highest)),
            _ => {}
        }
        let surplus = extent.count - (head.seq - anchor.seq);
        if surplus != 0 {
            return Err(Tampering::Surplus(surplus));
        }
        if !self.is_recorded {
            return Err(Tampering::Anchor(anchor.seq));
        }
        if let Some(noted) = self.noted.filter(|noted| noted.seq > head.seq) {
            return Err(Tampering::Cut { first: head.seq + 1, noted: noted.seq });
        }
        Ok(Intact { count: extent.count, anchor, acknowledged: self.acknowledged, head })
    }
}
