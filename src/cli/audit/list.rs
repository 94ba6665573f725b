//! `countersign audit list`

use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use clap::Args;

use super::error::AuditError;
use super::time::parse_time;
use crate::audit::{AuditFilter, AuditTrail, EventJson};
use crate::cli::database;
use crate::clock::SystemClock;
use crate::domain::{AuditKind, Timestamp, UserId, printable, write_json_line};
use crate::store::{AuditRecord, Store};

/// List audit events, the oldest first
#[derive(Args, Debug)]
pub(super) struct ListFlags {
    /// Only events that concern this user, by ID or e-mail address; deleted users by ID
    #[arg(long, value_name = "USER")]
    user: Option<String>,

    /// Only events of this kind, such as `login_failed`
    #[arg(long, value_parser = parse_kind)]
    kind: Option<AuditKind>,

    /// Only events since this time: RFC 3339, a date (UTC), or a duration before now, such as 24h
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    since: Option<Timestamp>,

    /// Only events before this time
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    until: Option<Timestamp>,

    /// Only the first N of them
    #[arg(long, value_name = "N")]
    limit: Option<u64>,

    /// Print JSON Lines, one object per event
    #[arg(long)]
    json: bool,
}

pub(super) async fn list(store: Arc<dyn Store>, flags: &ListFlags) -> Result<(), AuditError> {
    let user = match &flags.user {
        Some(name) => Some(find(&*store, name).await?),
        None => None,
    };
    let all = AuditFilter::default();
    let filter = AuditFilter {
        user,
        kind: flags.kind,
        since: flags.since.unwrap_or(all.since),
        until: flags.until.unwrap_or(all.until),
        limit: flags.limit.unwrap_or(all.limit),
    };
    let mut output = BufWriter::new(io::stdout());
    let audit = AuditTrail::new(store, Arc::new(SystemClock));
    audit
        .list(filter, |record| {
            let written = if flags.json {
                write_json_line(&mut output, &EventJson::from(&record))
            } else {
                write(&mut output, &record)
            };
            written.map_err(AuditError::from)
        })
        .await?;
    Ok(output.flush()?)
}

/// The ID of a user; that of a deleted one is taken as it is.
async fn find(store: &dyn Store, name: &str) -> Result<UserId, AuditError> {
    if let Ok(id) = name.parse() {
        return Ok(UserId(id));
    }
    let account = database::find(store, name).await?;
    account.map(|account| account.user.id).ok_or_else(|| AuditError::NoSuchUser(name.to_owned()))
}

/// Time and kind in columns, then the members that the event has.
fn write(output: &mut impl Write, record: &AuditRecord) -> io::Result<()> {
    let event = &record.event;
    write!(output, "{:24}  {:22}", event.at.to_string(), event.kind.name())?;
    if let Some(user) = event.user {
        write!(output, "  user={user}")?;
    }
    write!(output, "  actor={}", event.actor)?;
    if let Some(session) = event.session {
        write!(output, "  session={session}")?;
    }
    for (name, value) in [
        ("address", &event.address),
        ("request_id", &event.request_id),
        ("details", &event.details),
    ] {
        if let Some(value) = value {
            write!(output, "  {name}={}", printable(value))?;
        }
    }
    writeln!(output)
}

fn parse_kind(name: &str) -> Result<AuditKind, String> {
    AuditKind::parse(name).ok_or_else(|| {
        "there is no such kind; the documentation of the audit trail lists them".to_owned()
    })
}
