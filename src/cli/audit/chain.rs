//! `countersign audit verify`, `head`, `prune` and `acknowledge`

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::error::AuditError;
use super::time::parse_time;
use crate::audit::{Chain, Tampering};
use crate::cli::output::print;
use crate::clock::{Clock, SystemClock};
use crate::domain::Timestamp;
use crate::store::ChainLink;

/// Verify that no audit event was changed, moved, inserted or deleted
///
/// Events are chained by hashes. The first sign of tampering is printed, with exit code 1. A program that
/// writes into the database could chain all events anew: --head detects that, and a chain that was cut.
#[derive(Args, Debug)]
pub(super) struct VerifyFlags {
    /// A head that `countersign audit head` printed earlier
    #[arg(long, value_name = "SEQ:HASH")]
    head: Option<ChainLink>,
}

/// Delete audit events before a time; the rest can still be verified
///
/// Verifies the chain first, and deletes nothing if it was tampered with. Deletes from the beginning of
/// the chain up to the first event that happened at this time or later. Each 10,000 deleted events leave an event `audit_pruned`.
#[derive(Args, Debug)]
pub(super) struct PruneFlags {
    /// RFC 3339, a date (UTC), or a duration before now, such as 90d
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    before: Timestamp,
}

/// Acknowledge signs of tampering, and chain all events anew
///
/// `verify` reports a break for ever otherwise, and does not see what is changed after it. Examine the break
/// first, and keep a copy of the database: the events remain as they are stored now, and their positions and
/// hashes are replaced. An event `audit_break_acknowledged` has the signs and the reason, and `verify` shows
/// its position. Does nothing if the chain is intact.
#[derive(Args, Debug)]
pub(super) struct AcknowledgeFlags {
    /// The result of the examination, for the audit trail
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    reason: String,
}

pub(super) async fn verify(chain: &Chain, flags: &VerifyFlags) -> Result<(), AuditError> {
    let intact = chain.verify(flags.head).await??;
    let before = match (intact.anchor.seq, intact.acknowledged) {
        (0, None) => String::new(),
        (seq, None) => format!(", events up to {seq} were pruned"),
        (_, Some(seq)) => format!(", chained anew after a break that event {seq} acknowledges"),
    };
    print(format_args!("intact: {} events{before}, head {}", intact.count, intact.head));
    Ok(())
}

pub(super) async fn head(chain: &Chain) -> Result<(), AuditError> {
    print(chain.head().await?.ok_or(Tampering::NoChain)?);
    Ok(())
}

pub(super) async fn prune(chain: &Chain, flags: &PruneFlags) -> Result<(), AuditError> {
    if flags.before > SystemClock.now() {
        return Err(AuditError::Future(flags.before));
    }
    let pruned = chain.prune(flags.before).await??;
    print(format_args!("deleted {pruned} events"));
    Ok(())
}

pub(super) async fn acknowledge(chain: &Chain, flags: &AcknowledgeFlags) -> Result<(), AuditError> {
    let tampering = chain.acknowledge(&flags.reason).await?.ok_or(AuditError::NotTampered)?;
    print(format_args!("acknowledged: {tampering}"));
    Ok(())
}
