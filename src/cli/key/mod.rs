//! `countersign key`
//!
//! ```text
//! generate.rs      key generate
//! import.rs        key import
//! list.rs          key list
//! change.rs        key promote, key remove, key replace
//! cabinet.rs       Cabinet: the file with the keys, changed as a whole, by one at a time
//! name.rs          which key is meant
//! error.rs         KeyCommandError: why nothing came of it, and its exit code
//! ```

mod cabinet;
mod change;
mod error;
mod generate;
mod import;
mod list;
mod name;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::exit::{exit_code, exit_with_config_errors};
use crate::config::{ConfigError, Environment};
use cabinet::Cabinet;

/// What `countersign key` can be told.
#[derive(Args, Debug)]
pub(super) struct KeyFlags {
    /// The file with the keys: a private JWK Set. Whoever reads it can sign tokens.
    #[arg(long, env = "COUNTERSIGN_KEYS", value_name = "FILE")]
    keys: Option<PathBuf>,
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    Generate(generate::GenerateFlags),
    Import(import::ImportFlags),
    List(list::ListFlags),
    Promote(change::PromoteFlags),
    Remove(change::RemoveFlags),
    Replace(change::ReplaceFlags),
}

pub(super) fn run(flags: KeyFlags) -> ExitCode {
    let environment = Environment::of_process();
    let mut faults = environment.unknown_variables();
    let Some(path) = flags.keys else {
        faults.push(ConfigError::NoKeyFile);
        return exit_with_config_errors(&faults);
    };
    if !faults.is_empty() {
        return exit_with_config_errors(&faults);
    }
    let cabinet = Cabinet::new(path);
    let done = match flags.command {
        KeyCommand::Generate(flags) => generate::generate(&cabinet, &flags),
        KeyCommand::Import(flags) => import::import(&cabinet, &flags, &environment),
        KeyCommand::List(flags) => list::list(&cabinet, &flags),
        KeyCommand::Promote(flags) => change::promote(&cabinet, &flags),
        KeyCommand::Remove(flags) => change::remove(&cabinet, &flags),
        KeyCommand::Replace(flags) => change::replace(&cabinet, &flags),
    };
    exit_code(done.map(|()| ExitCode::SUCCESS))
}
