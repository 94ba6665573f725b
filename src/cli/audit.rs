//! `countersign audit`

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate};
use clap::{Args, Subcommand};
use serde::Serialize;
use tokio::runtime::Builder;

use super::database;
use super::exit::{CommandError, Exit, exit_code, exit_with_config_errors};
use crate::app::{AppError, OpenStore};
use crate::audit::AuditTrail;
use crate::clock::{Clock, SystemClock};
use crate::config::{DatabaseFlags, DatabaseOptions};
use crate::domain::{Timestamp, UserId, printable, write_json_line};
use crate::store::{AuditRecord, Store, StoreError};

/// The flags of `countersign audit`.
#[derive(Args, Debug)]
pub(super) struct AuditFlags {
    #[command(flatten)]
    database: DatabaseFlags,
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    List(ListFlags),
}

/// List audit events, the oldest first
#[derive(Args, Debug)]
struct ListFlags {
    /// Only events that concern this user, by ID or e-mail address; deleted users by ID
    #[arg(long, value_name = "USER")]
    user: Option<String>,

    /// Only events since this time: RFC 3339, a date (UTC), or a duration before now, such as 24h
    #[arg(long, value_name = "TIME", value_parser = parse_since)]
    since: Option<Timestamp>,

    /// Print JSON Lines, one object per event
    #[arg(long)]
    json: bool,
}

#[derive(Debug, thiserror::Error)]
enum AuditError {
    #[error("there is no user {}", printable(.0))]
    NoSuchUser(String),
    #[error(transparent)]
    App(#[from] AppError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
    #[error("cannot start: {0}")]
    System(io::Error),
}

impl CommandError for AuditError {
    fn exit(&self) -> Exit {
        match self {
            Self::App(error) => error.into(),
            Self::Store(_) => Exit::Database,
            Self::NoSuchUser(_) | Self::Output(_) | Self::System(_) => Exit::Failure,
        }
    }

    fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// The JSON object of an event.
#[derive(Serialize)]
struct EventJson<'a> {
    id: i64,
    at: String,
    kind: &'a str,
    user_id: Option<i64>,
    actor: String,
    session: Option<String>,
    address: Option<&'a str>,
    request_id: Option<&'a str>,
    details: Option<&'a str>,
}

pub(super) fn run(flags: &AuditFlags) -> ExitCode {
    let mut options = match database::options(&flags.database) {
        Ok(options) => options,
        Err(errors) => return exit_with_config_errors(&errors),
    };
    options.sql.create = false;
    let AuditCommand::List(list_flags) = &flags.command;
    let runtime = Builder::new_current_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(list(&options, list_flags)),
        Err(error) => Err(AuditError::System(error)),
    };
    exit_code(done)
}

async fn list(options: &DatabaseOptions, flags: &ListFlags) -> Result<ExitCode, AuditError> {
    let open = OpenStore::open(options, Arc::new(SystemClock)).await?;
    let listed = list_events(open.store(), flags).await;
    open.close().await;
    listed.map(|()| ExitCode::SUCCESS)
}

async fn list_events(store: Arc<dyn Store>, flags: &ListFlags) -> Result<(), AuditError> {
    let user = match &flags.user {
        Some(name) => Some(find(&*store, name).await?),
        None => None,
    };
    let since = flags.since.unwrap_or(Timestamp::UNIX_EPOCH);
    let mut output = BufWriter::new(io::stdout());
    let audit = AuditTrail::new(store, Arc::new(SystemClock));
    audit
        .list(user, since, |record| {
            if flags.json { write_json(&mut output, &record) } else { write(&mut output, &record) }
                .map_err(AuditError::from)
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

fn write_json(output: &mut impl Write, record: &AuditRecord) -> io::Result<()> {
    let event = &record.event;
    let json = EventJson {
        id: record.id,
        at: event.at.to_string(),
        kind: event.kind.name(),
        user_id: event.user.map(|user| user.0),
        actor: event.actor.to_string(),
        session: event.session.map(|session| session.to_string()),
        address: event.address.as_deref(),
        request_id: event.request_id.as_deref(),
        details: event.details.as_deref(),
    };
    write_json_line(output, &json)
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

/// Parses a time, or a duration before now.
fn parse_since(text: &str) -> Result<Timestamp, String> {
    parse_since_at(text, SystemClock.now())
}

fn parse_since_at(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(Timestamp::from_milliseconds(time.timestamp_millis()));
    }
    if let Ok(date) = text.parse::<NaiveDate>() {
        return Ok(date.and_time(chrono::NaiveTime::MIN).and_utc().into());
    }
    let duration = humantime::parse_duration(text);
    duration.map(|duration| now.saturating_sub(duration)).map_err(|_| {
        "expected a time such as 2026-11-23T20:15:00Z, a date such as 2026-11-23, or a duration \
         such as 24h"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_is_a_time_a_date_or_a_duration() {
        let now = parse_since("2026-11-24T08:00:00Z").unwrap();
        for (text, since) in [
            ("2026-11-23T21:15:00+01:00", "2026-11-23T20:15:00Z"),
            ("2026-11-23", "2026-11-23T00:00:00Z"),
            ("24h", "2026-11-23T08:00:00Z"),
        ] {
            assert_eq!(parse_since_at(text, now).unwrap().to_string(), since, "{text}");
        }
        for text in ["", "yesterday", "2026-13-01", "24"] {
            assert!(parse_since(text).unwrap_err().starts_with("expected a time"), "{text}");
        }
    }
}
