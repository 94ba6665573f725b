//! `countersign key`
//!
//! ```text
//! generate.rs      key generate
//! import.rs        key import
//! list.rs          key list
//! change.rs        key promote, key remove, key replace
//! editor.rs        KeyFileEditor: atomic changes of the key file, one command at a time
//! algorithm.rs     AlgorithmArg: an algorithm as an argument
//! kid_prefix.rs    KidPrefix: a kid, or a prefix of one, as an argument
//! error.rs         KeyCommandError and its exit codes
//! ```

mod algorithm;
mod change;
mod editor;
mod error;
mod generate;
mod import;
mod kid_prefix;
mod list;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::exit::{exit_code, exit_with_config_errors};
use crate::config::{ConfigError, Environment};
use editor::KeyFileEditor;

/// The arguments of `countersign key`.
#[derive(Args, Debug)]
pub(super) struct KeyFlags {
    /// The key file, a private JWK Set. Read access to it is the ability to sign tokens.
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

pub(super) fn run(flags: KeyFlags, environment: &Environment) -> ExitCode {
    let mut faults = environment.unknown_variables();
    let Some(path) = flags.keys else {
        faults.push(ConfigError::NoKeyFile);
        return exit_with_config_errors(&faults);
    };
    if !faults.is_empty() {
        return exit_with_config_errors(&faults);
    }
    let editor = KeyFileEditor::new(path);
    let result = match flags.command {
        KeyCommand::Generate(flags) => generate::generate(&editor, &flags),
        KeyCommand::Import(flags) => import::import(&editor, &flags, environment),
        KeyCommand::List(flags) => list::list(&editor, &flags),
        KeyCommand::Promote(flags) => change::promote(&editor, &flags),
        KeyCommand::Remove(flags) => change::remove(&editor, &flags),
        KeyCommand::Replace(flags) => change::replace(&editor, &flags),
    };
    exit_code(result.map(|()| ExitCode::SUCCESS))
}
