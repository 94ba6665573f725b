//! `countersign audit`
//!
//! ```text
//! list.rs   countersign audit list
//! chain.rs  countersign audit verify, head, prune and acknowledge
//! error.rs  AuditError
//! time.rs   times on the command line
//! ```

mod chain;
mod error;
mod list;
mod time;

use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};
use tokio::runtime::Builder;

use self::chain::{AcknowledgeFlags, PruneFlags, VerifyFlags};
use self::error::AuditError;
use self::list::ListFlags;
use super::database;
use super::exit::{exit_code, exit_with_config_errors};
use crate::app::OpenStore;
use crate::clock::SystemClock;
use crate::config::{ConfigError, DatabaseFlags, DatabaseOptions, Environment};

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
    Verify(VerifyFlags),
    /// Print the head of the chain as SEQ:HASH, for noting
    ///
    /// Keep it where the database's administrators cannot change it, and give it to `countersign audit
    /// verify --head`.
    Head,
    Prune(PruneFlags),
    Acknowledge(AcknowledgeFlags),
}

pub(super) fn run(flags: &AuditFlags, environment: &Environment) -> ExitCode {
    let mut options = match database::options(&flags.database, environment) {
        Ok(options) => options,
        Err(errors) => return exit_with_config_errors(&errors),
    };
    options.sql.create = false;
    let runtime = Builder::new_current_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(run_command(&options, &flags.command)),
        Err(error) => Err(AuditError::System(error)),
    };
    exit_code(done.map(|()| ExitCode::SUCCESS))
}

async fn run_command(options: &DatabaseOptions, command: &AuditCommand) -> Result<(), AuditError> {
    let open = OpenStore::open(options, Arc::new(SystemClock)).await?;
    let done = run_on(&open, command).await;
    open.close().await;
    done
}

async fn run_on(open: &OpenStore, command: &AuditCommand) -> Result<(), AuditError> {
    let chain = open.audit_chain(Arc::new(SystemClock)).ok_or(ConfigError::NoDatabase)?;
    match command {
        AuditCommand::List(flags) => list::list(open.store(), flags).await,
        AuditCommand::Verify(flags) => chain::verify(&chain, flags).await,
        AuditCommand::Head => chain::head(&chain).await,
        AuditCommand::Prune(flags) => chain::prune(&chain, flags).await,
        AuditCommand::Acknowledge(flags) => chain::acknowledge(&chain, flags).await,
    }
}
