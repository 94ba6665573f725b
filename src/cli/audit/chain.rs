//! `countersign audit verify`, `head` and `prune`

use clap::Args;

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

pub(super) async fn verify(chain: &Chain, flags: &VerifyFlags) -> Result<(), AuditError> {
    let intact = chain.verify(flags.head).await??;
    let pruned = match intact.anchor.seq {
        0 => String::new(),
        seq => format!(", events up to {seq} were pruned"),
    };
    print(format_args!("intact: {} events{pruned}, head {}", intact.count, intact.head));
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
