//! `countersign mail`

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{ArgGroup, Args, Subcommand};
use tokio::runtime::Builder;

use super::database;
use super::exit::{CommandError, Exit, exit_code, exit_with_config_errors};
use crate::app::{AppError, OpenStore};
use crate::clock::SystemClock;
use crate::config::{DatabaseFlags, DatabaseOptions, Environment};
use crate::domain::{Email, EmailError, printable, write_json_line};
use crate::outbox::{MailJson, Outbox};
use crate::store::{MailQuery, MailRecord, StoreError};

/// The flags of `countersign mail`.
#[derive(Args, Debug)]
pub(super) struct MailFlags {
    #[command(flatten)]
    database: DatabaseFlags,
    #[command(subcommand)]
    command: MailCommand,
}

#[derive(Debug, Subcommand)]
enum MailCommand {
    List(ListFlags),
    Retry(RetryFlags),
}

/// List mails that are queued or were given up, the newest first
#[derive(Args, Debug)]
struct ListFlags {
    /// Also those that were sent within the last 7 days
    #[arg(long)]
    all: bool,

    /// Only those to this address
    #[arg(long, value_name = "ADDRESS", value_parser = parse_email)]
    recipient: Option<Email>,

    /// Only the first N of them
    #[arg(long, value_name = "N")]
    limit: Option<u32>,

    /// Print JSON Lines, one object per mail
    #[arg(long)]
    json: bool,
}

/// Send a mail again that was given up, or that waits for its next attempt
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("retried").required(true).args(["id", "all"])))]
struct RetryFlags {
    /// ID of the mail
    #[arg(value_name = "ID")]
    id: Option<i64>,

    /// All mails that were not sent
    #[arg(long)]
    all: bool,
}

#[derive(Debug, thiserror::Error)]
enum MailError {
    #[error("there is no mail {0} to be sent")]
    NotFound(i64),
    #[error(transparent)]
    App(#[from] AppError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
    #[error("cannot start: {0}")]
    System(io::Error),
}

impl CommandError for MailError {
    fn exit(&self) -> Exit {
        match self {
            Self::App(error) => error.into(),
            Self::Store(_) => Exit::Database,
            Self::NotFound(_) | Self::Output(_) | Self::System(_) => Exit::Failure,
        }
    }

    fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

pub(super) fn run(flags: &MailFlags, environment: &Environment) -> ExitCode {
    let mut options = match database::options(&flags.database, environment) {
        Ok(options) => options,
        Err(errors) => return exit_with_config_errors(&errors),
    };
    options.sql.create = false;
    let runtime = Builder::new_current_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(execute(&options, &flags.command)),
        Err(error) => Err(MailError::System(error)),
    };
    exit_code(done.map(|()| ExitCode::SUCCESS))
}

async fn execute(options: &DatabaseOptions, command: &MailCommand) -> Result<(), MailError> {
    let clock = Arc::new(SystemClock);
    let open = OpenStore::open(options, clock.clone()).await?;
    let outbox = Outbox::new(open.store(), clock);
    let done = match command {
        MailCommand::List(flags) => list(&outbox, flags).await,
        MailCommand::Retry(flags) => retry(&outbox, flags).await,
    };
    open.close().await;
    done
}

async fn list(outbox: &Outbox, flags: &ListFlags) -> Result<(), MailError> {
    let query = MailQuery {
        recipient: flags.recipient.clone(),
        sent: flags.all,
        limit: flags.limit.unwrap_or(u32::MAX),
        ..MailQuery::unsent()
    };
    let mut output = BufWriter::new(io::stdout());
    outbox
        .list(query, |mail| {
            let written = if flags.json {
                write_json_line(&mut output, &MailJson::from(&mail))
            } else {
                write(&mut output, &mail)
            };
            written.map_err(MailError::from)
        })
        .await?;
    Ok(output.flush()?)
}

async fn retry(outbox: &Outbox, flags: &RetryFlags) -> Result<(), MailError> {
    let count = match flags.id {
        Some(id) if outbox.retry(id).await? => 1,
        Some(id) => return Err(MailError::NotFound(id)),
        None => outbox.retry_all().await?,
    };
    writeln!(io::stdout(), "queued {count}")?;
    Ok(())
}

fn write(output: &mut impl Write, mail: &MailRecord) -> io::Result<()> {
    let json = MailJson::from(mail);
    let (id, created_at, state) = (json.id, &json.created_at, json.state);
    let (kind, recipient) = (json.kind, printable(json.recipient));
    write!(output, "{id:>8}  {created_at:24}  {state:6}  {kind:18}  {recipient}")?;
    if mail.attempts > 0 {
        write!(output, "  attempts={}", mail.attempts)?;
    }
    if let Some(next) = &json.next_attempt_at {
        write!(output, "  next={next}")?;
    }
    if let Some(error) = &mail.last_error {
        write!(output, "  error={}", printable(error))?;
    }
    writeln!(output)
}

fn parse_email(text: &str) -> Result<Email, EmailError> {
    Email::parse(text)
}
