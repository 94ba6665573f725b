//! `countersign token`
//!
//! ```text
//! explain.rs       token explain
//! report.rs        Report: its output
//! issue.rs         token issue
//! error.rs         TokenCommandError and its exit codes
//! ```

mod error;
mod explain;
mod issue;
mod report;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use tokio::runtime::Builder;

use super::exit::{exit_code, exit_with_config_errors};
use crate::config::{DatabaseFlags, DatabaseOptions, Environment, SigningFlags};
use error::TokenCommandError;

/// The arguments of `countersign token`.
#[derive(Args, Debug)]
pub(super) struct TokenFlags {
    #[command(flatten)]
    signing: SigningFlags,
    #[command(flatten)]
    database: DatabaseFlags,
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    Explain(explain::ExplainFlags),
    Issue(issue::IssueFlags),
}

pub(super) fn run(flags: TokenFlags, environment: &Environment) -> ExitCode {
    let mut faults = environment.unknown_variables();
    let lifetime = match &flags.command {
        TokenCommand::Explain(_) => crate::token::TokenOptions::DEFAULT_LIFETIME,
        TokenCommand::Issue(flags) => flags.ttl,
    };
    let tokens = flags.signing.options(environment, lifetime).map_err(|fault| faults.push(fault));
    let database = DatabaseOptions::new(&flags.database)
        .map_err(|fault| faults.push(environment.locate(fault)));
    let (Ok(tokens), Ok(database), true) = (tokens, database, faults.is_empty()) else {
        return exit_with_config_errors(&faults);
    };
    let result = match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(async {
            match flags.command {
                TokenCommand::Explain(flags) => explain::explain(flags, &tokens, &database).await,
                TokenCommand::Issue(flags) => issue::issue(&flags, &tokens, &database).await,
            }
        }),
        Err(error) => Err(TokenCommandError::Io(error)),
    };
    exit_code(result)
}
