//! `countersign throttle`

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{ArgGroup, Args, Subcommand};
use serde::Serialize;
use tokio::runtime::Builder;

use super::database;
use super::exit::{CommandError, Exit, exit_code, exit_with_config_errors};
use crate::app::{AppError, OpenStore};
use crate::clock::{Clock, SystemClock};
use crate::config::{DatabaseFlags, DatabaseOptions, Environment, SigningFlags};
use crate::domain::{ClientNetwork, write_json_line};
use crate::store::{FailureMap, FailureStore, MAX_CHANGES, StoreError};
use crate::throttle::{AccountHash, FailureChange, FailureKey, Failures};
use crate::token::TokenOptions;

/// The flags of `countersign throttle`.
#[derive(Args, Debug)]
pub(super) struct ThrottleFlags {
    #[command(flatten)]
    database: DatabaseFlags,
    #[command(flatten)]
    signing: SigningFlags,
    #[command(subcommand)]
    command: ThrottleCommand,
}

#[derive(Debug, Subcommand)]
enum ThrottleCommand {
    List(ListFlags),
    Clear(ClearFlags),
}

/// List failed password checks by what they are counted by, the most first
///
/// `until` is the end of the back-off of an account and network; of other rows the time at which all
/// their failures are forgotten.
#[derive(Args, Debug)]
struct ListFlags {
    #[command(flatten)]
    selection: SelectionFlags,

    /// Print JSON Lines, one object per row
    #[arg(long)]
    json: bool,
}

/// Forget failed password checks
///
/// Running services forget them within a second.
#[derive(Args, Debug)]
#[command(group(
    ArgGroup::new("cleared").required(true).multiple(true).args(["all", "email", "network"])
))]
struct ClearFlags {
    #[command(flatten)]
    selection: SelectionFlags,

    /// All of them
    #[arg(long, conflicts_with_all = ["email", "network"])]
    all: bool,
}

#[derive(Args, Debug)]
struct SelectionFlags {
    /// Only those for the account with this e-mail address; requires the signing key of the service
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,

    /// Only those of this client network: an IPv4 address, an IPv6 address or its /64
    #[arg(long, value_name = "NETWORK")]
    network: Option<ClientNetwork>,
}

/// Which rows a command is about.
struct Selection {
    account: Option<AccountHash>,
    network: Option<ClientNetwork>,
}

impl Selection {
    fn contains(&self, key: FailureKey) -> bool {
        self.account.is_none_or(|account| key.account() == Some(account))
            && self.network.is_none_or(|network| key.concerns(network))
    }
}

#[derive(Debug, thiserror::Error)]
enum ThrottleError {
    #[error(transparent)]
    App(#[from] AppError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot hash the e-mail address")]
    Hash,
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
    #[error("cannot start: {0}")]
    System(io::Error),
}

impl CommandError for ThrottleError {
    fn exit(&self) -> Exit {
        match self {
            Self::App(error) => error.into(),
            Self::Store(_) => Exit::Database,
            Self::Hash | Self::Output(_) | Self::System(_) => Exit::Failure,
        }
    }

    fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// The JSON object of a row.
#[derive(Serialize)]
struct RowJson {
    key: String,
    failures: u32,
    failed_at: String,
    until: String,
}

pub(super) fn run(flags: &ThrottleFlags, environment: &Environment) -> ExitCode {
    let mut options = match database::options(&flags.database, environment) {
        Ok(options) => options,
        Err(errors) => return exit_with_config_errors(&errors),
    };
    options.sql.create = false;
    let (ThrottleCommand::List(ListFlags { selection, .. })
    | ThrottleCommand::Clear(ClearFlags { selection, .. })) = &flags.command;
    let account = match &selection.email {
        None => None,
        Some(email) => {
            let lifetime = TokenOptions::DEFAULT_LIFETIME;
            match flags.signing.options(environment, lifetime) {
                Ok(tokens) => match AccountHash::new(email, &tokens.keys.current()) {
                    Some(account) => Some(account),
                    None => return exit_code(Err(ThrottleError::Hash)),
                },
                Err(error) => return exit_with_config_errors(&[error]),
            }
        }
    };
    let selection = Selection { account, network: selection.network };
    let runtime = Builder::new_current_thread().enable_all().build();
    exit_code(match runtime {
        Ok(runtime) => runtime.block_on(execute(&options, &selection, &flags.command)),
        Err(error) => Err(ThrottleError::System(error)),
    })
}

async fn execute(
    options: &DatabaseOptions,
    selection: &Selection,
    command: &ThrottleCommand,
) -> Result<ExitCode, ThrottleError> {
    let open = OpenStore::open(options, Arc::new(SystemClock)).await?;
    let done = match &open {
        OpenStore::Sql(store) => match command {
            ThrottleCommand::List(flags) => list(store, selection, flags.json).await,
            ThrottleCommand::Clear(_) => clear(store, selection).await,
        },
        // Rejected by `database::options`.
        OpenStore::Memory(_) => Ok(()),
    };
    open.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

async fn list(
    store: &dyn FailureStore,
    selection: &Selection,
    json: bool,
) -> Result<(), ThrottleError> {
    let mut rows: Vec<_> = selected(store, selection).await?.into_iter().collect();
    rows.sort_by_key(|(key, failures)| (std::cmp::Reverse(failures.count), key.to_string()));
    let mut output = BufWriter::new(io::stdout());
    for (key, Failures { count, until, failed_at }) in rows {
        if json {
            let (failed_at, until) = (failed_at.to_string(), until.to_string());
            let row = RowJson { key: key.to_string(), failures: count, failed_at, until };
            write_json_line(&mut output, &row)?;
        } else {
            let failed_at = failed_at.to_string();
            writeln!(output, "{failed_at:24}  {key}  failures={count}  until={until}")?;
        }
    }
    Ok(output.flush()?)
}

async fn clear(store: &dyn FailureStore, selection: &Selection) -> Result<(), ThrottleError> {
    let now = SystemClock.now();
    let keys = selected(store, selection).await?.into_keys();
    let changes: Vec<_> = keys.map(|key| FailureChange::forget(key, now)).collect();
    for part in changes.chunks(MAX_CHANGES) {
        store.change_failures(part).await?;
    }
    writeln!(io::stdout(), "cleared {}", changes.len())?;
    Ok(())
}

/// The failures of a selection.
async fn selected(
    store: &dyn FailureStore,
    selection: &Selection,
) -> Result<FailureMap, ThrottleError> {
    let (mut found, mut version) = (FailureMap::new(), 0);
    loop {
        let (page, newest) = store.failures_since(version).await?;
        if newest == version {
            return Ok(found);
        }
        version = newest;
        for (key, failures) in page {
            if failures.count > 0 && selection.contains(key) {
                found.insert(key, failures);
            } else {
                // It may have been forgotten since an earlier page.
                found.remove(&key);
            }
        }
    }
}
